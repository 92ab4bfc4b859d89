"""The role and the organisation of a person become their first hat."""

from django.db import migrations
from django.utils import timezone


def hats_of_people(apps, _schema_editor):
    """One hat for each person with a role; an organisation not yet on register is entered under its id."""
    people, hats, orgs = (apps.get_model("registry", name).objects for name in ("Person", "Hat", "Organisation"))
    for person in people.exclude(role="").only("id", "role", "org").order_by("id"):
        org = None
        if person.org:
            org, _made = orgs.get_or_create(
                id=person.org, defaults={"name_zh": person.org, "kind": "", "declared": True}
            )
        hats.create(person=person, role=person.role, org=org, granted_by="setup", granted_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0004_personal_data"),
    ]

    operations = [
        migrations.RunPython(hats_of_people, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveField(model_name="person", name="role"),
        migrations.RemoveField(model_name="person", name="org"),
    ]
