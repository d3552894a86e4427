from django.db import migrations


def make_groups(apps, schema_editor):
    Group = apps.get_model('auth', 'Group')
    for name in ('Editors', 'Admins'):
        Group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    """The two groups that the site itself knows. They stay when this is undone, for people may be in them."""

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]
