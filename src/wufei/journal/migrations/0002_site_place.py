"""Every site of the registry is a place of the journal."""

from importlib.resources import files

from django.db import migrations


def install(apps: object, schema_editor: object) -> None:  # noqa: ARG001  # Django's signature
    """Put the trigger on the registry's sites, and bring over those that stand already."""
    text = files("wufei.journal").joinpath("sql/site_place.sql").read_text(encoding="utf-8")
    schema_editor.connection.ensure_connection()  # type: ignore[attr-defined]
    schema_editor.connection.connection.execute(text)  # type: ignore[attr-defined]


class Migration(migrations.Migration):
    """A trigger on a table of the registry."""

    dependencies = [("journal", "0001_initial"), ("registry", "0003_registry")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
