from django.db import migrations

CREATE = {
    'sqlite': [
        "CREATE VIRTUAL TABLE playbooks_search USING fts5(title, body, prefix='2 3',"
        " tokenize='porter unicode61 remove_diacritics 2')"
    ],
    'postgresql': [
        'CREATE TABLE playbooks_search (playbook_id bigint PRIMARY KEY, title text NOT NULL, body text NOT NULL,'
        ' vector tsvector NOT NULL)',
        'CREATE INDEX playbooks_search_vector ON playbooks_search USING gin (vector)',
    ],
}


def create_table(apps, schema_editor):
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop_table(apps, schema_editor):
    schema_editor.execute('DROP TABLE playbooks_search')


class Migration(migrations.Migration):
    dependencies = [('playbooks', '0003_draft_can_be_discarded')]

    operations = [migrations.RunPython(create_table, drop_table)]
