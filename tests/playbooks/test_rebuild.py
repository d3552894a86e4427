"""`manage.py rebuild`: what is derived comes back, facts stay."""

from io import StringIO

from django.core.management import CommandError, call_command
from django.test import TestCase

from playbooks import search
from playbooks import text as texts
from playbooks.models import Item, Rendering
from playbooks.publishing import publish_unattended
from tests.factories import CHECKLIST, make_editor, make_playbook


class RebuildTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.playbook = make_playbook('launch')
        for number in (1, 2):
            text = f'See [it](playbook:launch). Pelicans, version {number}.\n\n{CHECKLIST}'
            publish_unattended(playbook=cls.playbook, title='Launch', text=text)
        cls.version = cls.playbook.current_version

    def rebuild(self, *arguments):
        out = StringIO()
        call_command('rebuild', *arguments, stdout=out)
        return out.getvalue()

    def test_what_is_as_it_should_be_stays_as_it_is(self):
        before = list(Rendering.objects.order_by('pk').values())

        told = self.rebuild()

        self.assertIn('2 versions read, 0 came out differently', told)
        self.assertEqual(list(Rendering.objects.order_by('pk').values()), before)

    def test_renderings_labels_links_and_search_come_back(self):
        html = self.version.renderings.get().html
        Rendering.objects.filter(version=self.version).update(html='', pipeline=texts.PIPELINE + 1)
        Item.objects.filter(version=self.version).update(label_html='')
        self.version.links.all().delete()
        search.remove(self.playbook)

        told = self.rebuild('launch', '--current')

        self.assertIn('1 versions read, 1 came out differently', told)
        rendering = self.version.renderings.get()
        self.assertEqual((rendering.html, rendering.pipeline), (html, texts.PIPELINE))
        self.assertFalse(Item.objects.filter(label_html='').exists())
        self.assertEqual(self.version.links.get().target_slug, 'launch')
        self.assertEqual(search.search('pelicans', search.visible(make_editor())).total, 1)

    def test_a_version_whose_keys_would_change_is_left_alone_and_reported(self):
        Item.objects.filter(version=self.version, key='promise').update(key='vow', label_html='As it was.')

        with self.assertRaisesMessage(CommandError, 'launch v2: other keys, promise, vow'):
            self.rebuild()

        self.assertEqual(self.version.items.get(key='vow').label_html, 'As it was.')

    def test_an_unknown_playbook_is_told(self):
        with self.assertRaisesMessage(CommandError, 'There is no playbook “nowhere”.'):
            self.rebuild('nowhere')
