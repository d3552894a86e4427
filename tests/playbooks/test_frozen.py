"""What is published or recorded never changes: in the model, in the database itself, in the administrators' pages."""

from datetime import date

from django.contrib import admin
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory, TestCase
from django.urls import reverse

from playbooks import runs
from playbooks.models import Event, Item, Rendering, Version
from playbooks.triggers import existing_triggers, permit_erasing, trigger_names
from tests.factories import make_admin, make_editor, make_playbook, make_user


class FrozenTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner = make_user('Wen')
        cls.playbook = make_playbook('launch', versions=2)
        cls.version = cls.playbook.current_version
        cls.doing = runs.start_run(
            version=cls.version, owner=cls.owner, anchor_on=date(2026, 12, 1), by=cls.owner, name='Dockside'
        )
        cls.event = Event.objects.first()

    def refused(self, change):
        """Whether the database refused; the transaction around stays usable."""
        with self.assertRaises(DatabaseError), transaction.atomic():
            change()

    def test_the_triggers_are_there(self):
        self.assertEqual(existing_triggers(connection), trigger_names())

    def test_the_models_refuse_to_save_an_existing_row(self):
        for row in (self.version, self.event):
            with self.subTest(row=row), self.assertRaises(TypeError):
                row.save()

    def test_the_database_refuses_to_update_a_version_and_nothing_has_changed(self):
        for change in ({'text': 'Forged.'}, {'number': 9}, {'author': None}, {'note': ''}):
            with self.subTest(change=change):
                self.refused(lambda change=change: Version.objects.filter(pk=self.version.pk).update(**change))

        self.assertEqual(Version.objects.values_list('number', 'text').get(pk=self.version.pk), (2, self.version.text))

    def test_the_database_refuses_to_update_an_event(self):
        self.refused(lambda: Event.objects.update(action='forged'))

        self.assertFalse(Event.objects.filter(action='forged').exists())

    def test_the_database_refuses_to_delete_either(self):
        Rendering.objects.all().delete()
        Item.objects.all().delete()

        self.refused(lambda: Event.objects.all().delete())
        self.refused(lambda: Version.objects.filter(number=1).delete())
        self.refused(lambda: connection.cursor().execute('DELETE FROM playbooks_version'))

        self.assertEqual((Version.objects.count(), Event.objects.count() > 0), (2, True))

    def test_the_database_refuses_to_delete_a_playbook_with_its_history(self):
        other = make_playbook('other', versions=1)

        self.refused(other.delete)

        self.assertEqual(other.versions.count(), 1)

    def test_the_erase_path_may_delete_and_nobody_after_it(self):
        make_playbook('other', versions=1)

        with permit_erasing('a person asked for it'):
            Event.objects.all().delete()

        self.assertFalse(Event.objects.exists())
        self.refused(lambda: connection.cursor().execute('DELETE FROM playbooks_version'))


class AdminSiteTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.admin, owner = make_admin(), make_user('Wen')
        playbook = make_playbook('launch', versions=1)
        cls.version = playbook.current_version
        cls.doing = runs.start_run(version=cls.version, owner=owner, anchor_on=date(2026, 12, 1), by=owner)
        private = {'anchor_on': date(2026, 12, 1), 'by': make_editor(), 'visibility': 'private'}
        cls.private = runs.start_run(version=cls.version, owner=owner, **private)

    def setUp(self):
        self.client.force_login(self.admin)

    def test_versions_and_events_can_be_looked_at(self):
        event = Event.objects.filter(run=self.doing).first()
        for name, row in (('version', self.version), ('event', event)):
            with self.subTest(name):
                self.assertContains(self.client.get(reverse(f'admin:playbooks_{name}_changelist')), str(row.pk))
                page = self.client.get(reverse(f'admin:playbooks_{name}_change', args=[row.pk]))

                self.assertEqual(page.status_code, 200)
                self.assertNotContains(page, 'name="_save"')

    def test_they_can_be_neither_changed_nor_added_nor_deleted(self):
        event = Event.objects.filter(run=self.doing).first()
        for name, row in (('version', self.version), ('event', event)):
            urls = [
                reverse(f'admin:playbooks_{name}_change', args=[row.pk]),
                reverse(f'admin:playbooks_{name}_delete', args=[row.pk]),
                reverse(f'admin:playbooks_{name}_add'),
            ]
            for url in urls:
                with self.subTest(url=url):
                    self.assertEqual(self.client.post(url, {'text': 'Forged.', 'post': 'yes'}).status_code, 403)

        self.assertEqual(Version.objects.get().text, self.version.text)

    def test_everything_that_follows_from_them_is_read_only_too(self):
        request = RequestFactory().get('/')
        request.user = self.admin
        for model in (Version, Event, Item, Rendering):
            shown = admin.site.get_model_admin(model)
            with self.subTest(model=model.__name__):
                may = (shown.has_add_permission, shown.has_change_permission, shown.has_delete_permission)
                self.assertEqual([ask(request) for ask in may], [False, False, False])
                self.assertTrue(shown.has_view_permission(request))

    def test_enrollments_are_not_shown_to_administrators_here_either(self):
        event = Event.objects.filter(run=self.private).first()

        for name, row in (('run', self.private), ('event', event)):
            page = self.client.get(reverse(f'admin:playbooks_{name}_change', args=[row.pk]))
            self.assertRedirects(page, reverse('admin:index'), fetch_redirect_response=False)
