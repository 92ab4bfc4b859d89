"""Who writes the audit log learns the next number of a case without reading it."""

from importlib.resources import files

from django.db import migrations


def install(apps: object, schema_editor: object) -> None:  # noqa: ARG001  # Django's signature
    """Make the function."""
    text = files("wufei.journal").joinpath("sql/audit.sql").read_text(encoding="utf-8")
    schema_editor.connection.ensure_connection()  # type: ignore[attr-defined]
    schema_editor.connection.connection.execute(text)  # type: ignore[attr-defined]


class Migration(migrations.Migration):
    """One function."""

    dependencies = [("journal", "0002_site_place")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
