import io
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import TestCase

from playbooks import search
from playbooks.importing import carry_out, plan_import
from playbooks.models import Item, Kind, Playbook, Version
from playbooks.publishing import PublishAnswers, publish, start_draft
from tests.factories import make_area, make_editor, make_kind, make_user

SHARED = Path(__file__).resolve().parents[3] / 'shared' / 'real-input'


class ImportTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_kind('guide')
        make_kind('ritual')
        make_area('process')
        make_area('research')

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='rampbook-import-')
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / 'handbook'
        self.folder.mkdir()

    def write(self, **files):
        for name, text in files.items():
            path = self.folder / f'{name.replace("__", "/").replace("_", "-")}.md'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def bring_in(self):
        plan = plan_import(self.folder, kind=make_kind('guide'), area=make_area('process'))
        list(carry_out(plan))
        return {entry.path: entry for entry in plan.entries}

    def text(self, slug):
        return Playbook.objects.select_related('current_version').get(slug=slug).current_version.text

    def edit(self, slug, old, new):
        editor = make_editor()
        draft = start_draft(playbook=Playbook.objects.get(slug=slug), author=editor)
        assert old in draft.text
        draft.text = draft.text.replace(old, new)
        draft.save()
        publish(draft=draft, editor=editor, answers=PublishAnswers(Version.Weight.CLARIFICATION, 'Better.'))

    def test_fields_come_in_as_they_are_written_and_what_is_no_value_in_words(self):
        self.write(
            tool='---\nfields:\n  renewal_on: 2027-10-01\n  cost: 7200\n  share: .nan\n  adopted: yes\n  empty:\n'
            '  parts: [a, 2027-01-02, ~]\n  odd: {a: 1}\n  7: seven\n  nul: "a\\0b"\n---\n\nText.\n'
        )

        self.bring_in()

        fields = Version.objects.get().fields
        plain = {'renewal_on': '2027-10-01', 'cost': 7200, 'share': 'nan', 'adopted': True, '7': 'seven', 'nul': 'ab'}
        self.assertEqual(fields, plain | {'parts': ['a', '2027-01-02'], 'odd': "{'a': 1}"})

    def test_a_field_for_a_person_holds_the_one_with_the_address_and_no_number_of_a_file_is_anybody(self):
        people = [{'name': name, 'label': name, 'type': 'person'} for name in ('buyer', 'seller', 'payer')]
        Kind.objects.filter(slug='guide').update(fields=people)
        buyer = make_user(email='bea@example.com')
        self.write(tool=f'---\nfields:\n  buyer: Bea@example.com\n  seller: {buyer.pk}\n  payer: Ann\n---\n\nText.\n')

        self.bring_in()

        self.assertEqual(Version.objects.get().fields, {'buyer': buyer.pk, 'seller': str(buyer.pk), 'payer': 'Ann'})

    def test_front_matter_says_what_the_file_is(self):
        owner = make_user(email='olga@example.com')
        Group.objects.create(name='Leads')
        self.write(
            triage='---\ntitle: Bug triage\nkind: ritual\narea: research\nowner: Olga@example.com\n'
            'tags: [Bugs, weekly]\ncategories: "support, Bugs"\naudience: [Leads]\n---\n\nEvery Monday.\n'
        )

        self.bring_in()

        playbook = Playbook.objects.get()
        self.assertEqual(
            (playbook.title, playbook.slug, playbook.kind.slug, playbook.area.slug, playbook.owner),
            ('Bug triage', 'triage', 'ritual', 'research', owner),
        )
        self.assertEqual({tag.name for tag in playbook.tags.all()}, {'bugs', 'weekly', 'support'})
        self.assertEqual([group.name for group in playbook.audience.all()], ['Leads'])
        self.assertEqual(playbook.current_version.text, 'Every Monday.\n')

    def test_a_file_for_a_group_that_there_is_not_stays_out_and_is_not_shown_to_everybody(self):
        self.write(pay='---\naudience: [Payroll]\n---\n\nWho earns what.\n')

        entry = self.bring_in()['pay.md']

        self.assertEqual(
            (entry.action, entry.remarks), ('skipped', ['It is meant for a group that there is not: “Payroll”.'])
        )
        self.assertFalse(Playbook.objects.exists())

    def test_the_title_is_the_first_heading_or_the_name_of_the_file(self):
        self.write(a='# Working together\n\nText.\n', b_c='Only text.\n', people__index='Who we are.\n')

        self.bring_in()

        titles = dict(Playbook.objects.values_list('slug', 'current_version__title'))
        self.assertEqual(titles, {'a': 'Working together', 'b-c': 'B c', 'people': 'People'})

    def test_a_title_in_the_front_matter_loses_its_html(self):
        self.write(a='---\ntitle: "Travel <em>before</em> R&amp;D"\n---\nText.\n')

        self.bring_in()

        self.assertEqual(Playbook.objects.get().current_version.title, 'Travel before R&D')

    def test_folders_become_tags(self):
        self.write(guides__travel__trains='Trains first.\n')

        self.bring_in()

        self.assertEqual({tag.name for tag in Playbook.objects.get().tags.all()}, {'guides', 'travel'})

    def test_links_between_the_files_become_links_between_playbooks(self):
        self.write(
            one='[Two](sub/two.md) [part](sub/two.md#how-to) [gone](gone.md) [web](https://example.com/a.md)'
            ' `[x](sub/two.md)`\n\n'
            '```\n[code](sub/two.md)\n```\n\n[ref]: sub/two.md "Two"\n',
            sub__two='---\npermalink: /deux/\n---\n[One](../one.md) [self]({{site.baseurl}}/deux/) {% link one.md %}\n',
        )

        self.bring_in()

        self.assertEqual(
            self.text('one'),
            '[Two](playbook:two) [part](playbook:two#s-how-to) [gone](gone.md) [web](https://example.com/a.md)'
            ' `[x](sub/two.md)`\n\n```\n[code](sub/two.md)\n```\n\n[ref]: playbook:two "Two"\n',
        )
        self.assertEqual(self.text('two'), '[One](playbook:one) [self](playbook:two) {% link one.md %}\n')

    def test_what_cannot_be_read_is_reported_and_the_rest_comes_in(self):
        self.write(
            fine='Good.\n', latin='Caf\xe9'.encode('latin-1'), large='x' * 300_000, empty='\n\n',
            broken='- [ ] A {#a after=nowhere}\n', deep='>' * 5000 + ' x\n',
        )  # fmt: skip

        entries = self.bring_in()

        self.assertEqual([playbook.slug for playbook in Playbook.objects.all()], ['fine'])
        self.assertEqual(
            {path: entry.action for path, entry in entries.items()},
            {'fine.md': 'new', 'latin.md': 'skipped', 'large.md': 'skipped', 'empty.md': 'skipped',
             'broken.md': 'failed', 'deep.md': 'skipped'},
        )  # fmt: skip
        self.assertTrue(all(entry.remarks for path, entry in entries.items() if path != 'fine.md'))
        self.assertIn('nowhere', entries['broken.md'].remarks[0])

    def test_nothing_outside_the_folder_is_read(self):
        secret = self.folder.parent / 'secret.md'
        secret.write_text('Secret.\n')
        (self.folder.parent / 'elsewhere').mkdir()
        (self.folder.parent / 'elsewhere' / 'more.md').write_text('More secrets.\n')
        os.symlink(secret, self.folder / 'link.md')
        os.symlink(secret.parent / 'elsewhere', self.folder / 'folder')
        self.write(up='[Up](../secret.md)\n')

        entries = self.bring_in()

        self.assertEqual([playbook.slug for playbook in Playbook.objects.all()], ['up'])
        self.assertEqual(self.text('up'), '[Up](../secret.md)\n')
        self.assertEqual({entries['link.md'].action, entries['folder'].action}, {'skipped'})

    def test_a_page_that_only_leads_elsewhere_becomes_a_link(self):
        self.write(
            old='---\ntitle: Old\nredirect_to: https://example.com/new\nredirect_from: [/older/]\n---\n',
            b='[x](/older)\n',
        )

        self.bring_in()

        self.assertIn('<https://example.com/new>', self.text('old'))
        self.assertEqual(self.text('b'), '[x](playbook:old)\n')

    def test_a_dry_run_writes_nothing(self):
        self.write(a='Text.\n')
        out = io.StringIO()

        call_command('import_handbook', self.folder, '--dry-run', stdout=out)

        self.assertFalse(Playbook.objects.exists())
        self.assertIn('Would be: 1 new.', out.getvalue())

    def test_a_second_import_publishes_only_what_changed_in_the_files(self):
        self.write(a='First.\n', b='Same.\n')
        self.bring_in()
        self.edit('b', 'Same.', 'Edited here.')
        self.write(a='Second.\n')

        entries = self.bring_in()

        self.assertEqual((entries['a.md'].action, entries['b.md'].action), ('changed', 'unchanged'))
        self.assertEqual((self.text('a'), self.text('b')), ('Second.\n', 'Edited here.\n'))
        self.assertEqual(Version.objects.count(), 4)

    def test_pins_added_since_are_kept(self):
        tasks = '- [ ] Read the guide\n- [ ] Meet the team\n'
        self.write(a=tasks)
        self.bring_in()
        self.edit('a', 'Read the guide', 'Read the guide {#reading}')
        self.write(a=tasks + '- [ ] Write a brief\n')

        self.bring_in()

        keys = Item.objects.filter(version__number=3).values_list('key', flat=True)
        self.assertEqual(list(keys), ['reading', 'meet-the-team', 'write-a-brief'])

    def test_edits_here_and_in_the_file_are_merged(self):
        self.write(a='One.\n\nTwo.\n\nThree.\n')
        self.bring_in()
        self.edit('a', 'One.', 'One, edited here.')
        self.write(a='One.\n\nTwo.\n\nThree, edited there.\n')

        self.bring_in()

        self.assertEqual(self.text('a'), 'One, edited here.\n\nTwo.\n\nThree, edited there.\n')

    def test_the_same_line_edited_in_both_places_is_reported_and_nothing_is_published(self):
        self.write(a='One.\n')
        self.bring_in()
        self.edit('a', 'One.', 'One here.')
        self.write(a='One there.\n')

        entry = self.bring_in()['a.md']

        self.assertEqual(entry.action, 'failed')
        self.assertIn('edited both here and in the file', entry.remarks[0])
        self.assertEqual(self.text('a'), 'One here.\n')

    def test_a_file_that_is_gone_leaves_its_playbook(self):
        self.write(a='One.\n', b='Two.\n')
        self.bring_in()
        (self.folder / 'b.md').unlink()

        entries = self.bring_in()

        self.assertIn('no longer in the folder', entries['b.md'].remarks[0])
        self.assertEqual(self.text('b'), 'Two.\n')

    def test_two_files_of_one_name_get_slugs_of_their_own(self):
        self.write(a__notes='A.\n', b__notes='B.\n', notes='C.\n')

        self.bring_in()

        self.assertEqual({p.slug for p in Playbook.objects.all()}, {'notes', 'a-notes', 'b-notes'})

    def test_an_unknown_kind_is_refused_with_those_there_are(self):
        with self.assertRaisesMessage(CommandError, 'There are: guide, ritual.'):
            call_command('import_handbook', self.folder, '--kind', 'novel')


@pytest.mark.skipif(not SHARED.exists(), reason='the real documents are not beside this checkout')
class RealHandbookTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_kind('guide')
        make_area('process')

    def bring_in(self, folder):
        plan = plan_import(folder, kind=make_kind('guide'), area=make_area('process'))
        list(carry_out(plan))
        return plan

    def test_a_real_handbook_comes_in_whole_and_only_once(self):
        with tempfile.TemporaryDirectory() as folder:
            bundle = SHARED / '18f-handbook.bundle'
            subprocess.run(['git', 'clone', '-q', '-b', 'main', bundle, f'{folder}/handbook'], check=True)

            plan = self.bring_in(Path(folder) / 'handbook')
            again = self.bring_in(Path(folder) / 'handbook')

        self.assertEqual([(e.path, e.remarks) for e in plan.of('skipped', 'failed')], [])
        self.assertEqual(len(plan.of('new')), 246)
        self.assertEqual(len(again.of('unchanged')), 246)
        self.assertEqual(Version.objects.count(), 246)
        self.assertTrue(search.search('travel', Playbook.objects.published()).total > 5)

    def test_the_product_guide_comes_in_whole_with_its_links(self):
        plan = self.bring_in(SHARED / '18f-product-guide')

        self.assertEqual([(e.path, e.remarks) for e in plan.of('failed')], [])
        self.assertFalse(Version.objects.filter(text__contains=']({{site.baseurl}}/define/strategy').exists())
        self.assertTrue(Version.objects.filter(text__contains='](playbook:strategy)').exists())

    def test_the_tracks_come_in_whole(self):
        for folder in (SHARED / 'product-team-track', SHARED):
            self.assertEqual([(e.path, e.remarks) for e in self.bring_in(folder).of('failed')], [])
