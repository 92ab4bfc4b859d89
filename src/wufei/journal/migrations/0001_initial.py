"""The journal's schema, rules and folds."""

from django.db import migrations

from wufei.journal.schema import install_sql


def install(apps: object, schema_editor: object) -> None:  # noqa: ARG001  # Django's signature
    """Run the journal's SQL as it stands; per cent signs are its own."""
    schema_editor.connection.ensure_connection()  # type: ignore[attr-defined]
    schema_editor.connection.connection.execute(install_sql())  # type: ignore[attr-defined]


class Migration(migrations.Migration):
    """Make the journal in an empty database."""

    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
