"""publish(): what it writes, what it refuses, and that a refusal changes nothing."""

from datetime import date

from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from playbooks import runs, search
from playbooks import text as texts
from playbooks.drafts import create_playbook, save_draft, start_draft, text_hash
from playbooks.models import Draft, Item, ItemChange, Kind, Rendering, Run, RunItem, Version
from playbooks.publishing import (
    DraftChanged,
    NotAllowed,
    NotApproved,
    PublishAnswers,
    StaleDraft,
    TextErrors,
    WeightTooLight,
    approve,
    publish,
    publish_unattended,
)
from tests.factories import CHECKLIST, make_area, make_editor, make_kind, make_playbook, make_user

CLEARER = PublishAnswers('clarification', 'Said more plainly.')
FIX = PublishAnswers('editorial', 'A typo.')


def draft_with(playbook, author, text, **fields):
    """The author's draft of the playbook, saved with this text."""
    playbook.refresh_from_db()
    draft = start_draft(playbook=playbook, author=author)
    title = fields.pop('title', draft.title or 'A playbook')
    return save_draft(draft=draft, title=title, text=text, fields=fields, shown_revision=draft.revision)


def everything():
    """All that a publication writes, for saying that nothing of it was."""
    tables = (Version, Item, ItemChange, Rendering)
    return [table.objects.count() for table in tables], list(Draft.objects.values_list('text', 'revision'))


class PublishTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.editor = make_editor()
        cls.kind = make_kind('guide')
        cls.playbook = make_playbook('launch', text=CHECKLIST)

    def publish(self, text, answers=CLEARER, **fields):
        draft = draft_with(self.playbook, self.editor, text, **fields)
        return publish(draft=draft, editor=self.editor, answers=answers)

    def test_a_first_version_holds_the_text_its_items_sections_links_and_rendering(self):
        playbook = create_playbook(
            by=self.editor,
            kind=self.kind,
            area=make_area(),
            title='Launch',
            text=f'See [it](playbook:launch@1#promise).\r\n\r\n{CHECKLIST}',
        )

        version = publish(draft=playbook.drafts.get(), editor=self.editor, answers=CLEARER)

        self.assertEqual((version.number, version.base, version.note), (1, None, 'Said more plainly.'))
        self.assertEqual(version.text, f'See [it](playbook:launch@1#promise).\n\n{CHECKLIST}')
        self.assertEqual(version.text_hash, text_hash('Launch', version.text, {}))
        self.assertEqual((version.author, version.publisher), (self.editor, self.editor))
        self.assertEqual(list(version.items.values_list('key', flat=True)), ['promise', 'rehearse', 'compare'])
        self.assertEqual(list(version.sections.values_list('title', flat=True)), ['Before', 'After'])
        links = version.links.values_list('target_slug', 'target_number', 'target_item', 'line')
        self.assertEqual(list(links), [('launch', 1, 'promise', 1)])
        rendering = version.renderings.get()
        self.assertEqual(rendering.pipeline, texts.PIPELINE)
        self.assertIn('Write the promise', rendering.html)
        playbook.refresh_from_db()
        self.assertEqual(playbook.current_version, version)
        self.assertFalse(Draft.objects.exists())

    def test_the_next_version_is_numbered_based_and_found_by_search(self):
        version = self.publish(f'{CHECKLIST}\nPelicans are welcome.\n')

        self.assertEqual((version.number, version.base.number), (2, 1))
        hits = search.search('pelicans', search.visible(self.editor)).hits
        self.assertEqual([hit.slug for hit in hits], [self.playbook.slug])
        self.assertEqual(self.playbook.versions.get(number=1).text, CHECKLIST)

    def test_a_heading_longer_than_a_row_holds_is_published_all_the_same(self):
        version = self.publish(f'{CHECKLIST}\n## {"long " * 300}\n\n## {"long " * 300}\n')

        titles = [(len(section.title), section.anchor[-2:]) for section in version.sections.order_by('-position')[:2]]
        self.assertEqual(titles, [(500, '-1'), (500, 'g-')])

    def test_the_number_of_queries_does_not_depend_on_the_length_of_the_text(self):
        def publishing(items):
            draft = draft_with(self.playbook, self.editor, '\n'.join(f'- [ ] Task {n}' for n in range(items)))
            self.assertTrue(self.editor.is_editor and draft.playbook.kind)
            with CaptureQueriesContext(connection) as queries:
                publish(draft=draft, editor=self.editor, answers=CLEARER)
            return len(queries)

        self.assertEqual(publishing(40), publishing(3))
        self.assertLess(publishing(3), 40)

    def test_a_stale_draft_publishes_nothing_and_hands_back_the_text_that_came_between(self):
        late = draft_with(self.playbook, make_editor(), f'{CHECKLIST}\nToo late.\n')
        between = self.publish(f'{CHECKLIST}\nFirst.\n')
        before = everything()

        with self.assertRaises(StaleDraft) as refused:
            publish(draft=late, editor=late.author, answers=CLEARER)

        self.assertEqual(refused.exception.current, between)
        self.assertEqual(refused.exception.current.text, f'{CHECKLIST}\nFirst.\n')
        self.assertEqual(everything(), before)
        self.assertEqual(Draft.objects.get().text, f'{CHECKLIST}\nToo late.\n')

    def test_a_draft_saved_in_another_tab_meanwhile_is_not_published_as_it_was(self):
        draft = draft_with(self.playbook, self.editor, 'One.\n')
        draft_with(self.playbook, self.editor, 'Another.\n')

        with self.assertRaises(DraftChanged) as refused:
            publish(draft=draft, editor=self.editor, answers=CLEARER)

        self.assertEqual(refused.exception.stored.text, 'Another.\n')
        self.assertEqual(self.playbook.versions.count(), 1)

    def test_errors_in_the_text_refuse_publication_with_their_lines_and_keep_the_draft(self):
        text = 'Intro.\n\n- [ ] A {due=soon}\n- [ ] Read [x](playbook:nowhere) {kind=read}\n'

        with self.assertRaises(TextErrors) as refused:
            self.publish(text)

        self.assertEqual([problem.line for problem in refused.exception.problems], [3, 4])
        self.assertEqual(self.playbook.versions.count(), 1)
        self.assertEqual(Draft.objects.get().text, text)

    def test_a_text_that_is_too_large_is_an_error_and_not_a_crash(self):
        with self.assertRaises(TextErrors):
            self.publish('word ' * 60_000)

        self.assertEqual(self.playbook.versions.count(), 1)

    def test_a_dead_link_is_only_a_warning(self):
        version = self.publish(f'{CHECKLIST}\nSee [this](playbook:nowhere).\n')

        self.assertEqual(version.number, 2)

    def test_required_fields_of_the_kind_are_asked_for_at_publication(self):
        kind = make_kind('decision', fields=[{'name': 'status', 'label': 'Status', 'type': 'text', 'required': True}])
        playbook = create_playbook(by=self.editor, kind=kind, area=make_area(), title='Decision', text='We do.\n')

        with self.assertRaises(TextErrors) as refused:
            publish(draft=playbook.drafts.get(), editor=self.editor, answers=CLEARER)
        version = publish(
            draft=draft_with(playbook, self.editor, 'We do.\n', status='Accepted'), editor=self.editor, answers=CLEARER
        )

        self.assertEqual([problem.message for problem in refused.exception.problems], ['Fill in “Status”.'])
        self.assertEqual(version.fields, {'status': 'Accepted'})

    def test_a_failure_half_way_leaves_everything_as_it_was(self):
        draft = draft_with(self.playbook, self.editor, f'{CHECKLIST}\nMore.\n')
        in_the_way = {
            'playbook': self.playbook,
            'title': 'In the way',
            'text': '',
            'text_hash': '',
            'weight': 'editorial',
        }
        Version.objects.create(number=2, **in_the_way)
        before = everything()

        with self.assertRaises(IntegrityError), transaction.atomic():
            publish(draft=draft, editor=self.editor, answers=CLEARER)

        self.assertEqual(everything(), before)
        self.playbook.refresh_from_db()
        self.assertEqual(self.playbook.current_version.number, 1)

    def test_who_may_not_publish_is_refused(self):
        member = make_user()
        draft = Draft.objects.create(
            playbook=self.playbook, author=member, base=self.playbook.current_version, title='Launch', text='Mine.\n'
        )

        with self.assertRaises(NotAllowed):
            publish(draft=draft, editor=member, answers=CLEARER)

        self.assertEqual(self.playbook.versions.count(), 1)

    def test_an_editor_may_publish_what_somebody_else_wrote(self):
        member = make_user()
        draft = Draft.objects.create(
            playbook=self.playbook, author=member, base=self.playbook.current_version, title='Launch', text='Theirs.\n'
        )

        version = publish(draft=draft, editor=self.editor, answers=CLEARER)

        self.assertEqual((version.author, version.publisher), (member, self.editor))

    def test_an_archived_playbook_is_brought_back_first(self):
        draft = draft_with(self.playbook, self.editor, 'New.\n')
        type(self.playbook).objects.update(archived_at=draft.created_at, archived_by=self.editor)
        draft.playbook.refresh_from_db()

        with self.assertRaises(NotAllowed):
            publish(draft=draft, editor=self.editor, answers=CLEARER)

        self.assertEqual(self.playbook.versions.count(), 1)


class WeightTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.editor = make_editor()
        cls.playbook = make_playbook('launch', text=CHECKLIST)

    def test_a_small_fix_may_change_prose_and_the_wording_of_items(self):
        text = CHECKLIST.replace('every release', 'each release').replace('Write the promise', 'Write down the promise')

        version = publish(draft=draft_with(self.playbook, self.editor, text), editor=self.editor, answers=FIX)

        self.assertEqual((version.number, version.weight), (2, 'editorial'))

    def test_a_small_fix_may_not_add_remove_redate_or_change_the_rules_of_an_item(self):
        changes = {
            'added': f'{CHECKLIST}- [ ] One more\n',
            'removed': CHECKLIST.replace('- [ ] Compare with the promise {#compare due=+5wd optional}\n', ''),
            'another date': CHECKLIST.replace('due=-5wd', 'due=-4wd'),
            'another role': CHECKLIST.replace('{#promise', '{#promise role=captain'),
            'required': CHECKLIST.replace(' optional}', '}'),
        }
        for what, text in changes.items():
            with self.subTest(what):
                draft = draft_with(self.playbook, self.editor, text)

                with self.assertRaises(WeightTooLight) as refused:
                    publish(draft=draft, editor=self.editor, answers=FIX)

                self.assertEqual(len(refused.exception.reasons), 1)
                self.assertEqual(self.playbook.versions.count(), 1)

    def test_a_small_fix_may_not_change_a_task_in_substance(self):
        text = CHECKLIST.replace('Write the promise', 'Write the promise and its price')
        answers = PublishAnswers('editorial', 'x', meanings={'promise': ('substance', 'It has a price now.')})

        with self.assertRaises(WeightTooLight):
            publish(draft=draft_with(self.playbook, self.editor, text), editor=self.editor, answers=answers)

        self.assertEqual(self.playbook.versions.count(), 1)


class ApprovalTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.editor = make_user('Olga'), make_editor()
        kind = make_kind('policy', approval=Kind.Approval.EDITOR)
        cls.playbook = make_playbook('policy', text='Old.\n', kind='policy', owner=cls.owner)
        assert cls.playbook.kind == kind

    def test_unapproved_text_is_not_published(self):
        draft = draft_with(self.playbook, self.owner, 'New.\n')

        with self.assertRaises(NotApproved):
            publish(draft=draft, editor=self.owner, answers=CLEARER)

        self.assertEqual(self.playbook.versions.count(), 1)
        self.assertEqual(Draft.objects.get().text, 'New.\n')

    def test_exactly_the_approved_text_is_published(self):
        draft = draft_with(self.playbook, self.owner, 'New.\n')
        approve(playbook=self.playbook, draft=draft, by=self.editor)

        version = publish(draft=draft, editor=self.owner, answers=CLEARER)

        self.assertEqual(version.text, 'New.\n')

    def test_any_later_edit_needs_approval_again(self):
        approve(playbook=self.playbook, draft=draft_with(self.playbook, self.owner, 'New.\n'), by=self.editor)
        for title, text in (('Policy', 'Newer.\n'), ('Another title', 'New.\n')):
            with self.subTest(title=title):
                draft = draft_with(self.playbook, self.owner, text, title=title)

                with self.assertRaises(NotApproved):
                    publish(draft=draft, editor=self.owner, answers=CLEARER)

        self.assertEqual(self.playbook.versions.count(), 1)

    def test_nobody_approves_their_own_text_and_members_approve_nothing(self):
        for author, approver in ((self.editor, self.editor), (self.owner, self.owner), (self.owner, make_user())):
            draft = draft_with(self.playbook, author, 'New.\n')

            with self.subTest(approver=approver.name), self.assertRaises(NotAllowed):
                approve(playbook=self.playbook, draft=draft, by=approver)

        self.assertFalse(self.playbook.approvals.exists())

    def test_a_small_fix_needs_no_approval_but_a_first_version_does(self):
        version = publish(
            draft=draft_with(self.playbook, self.owner, 'Old!\n'),
            editor=self.owner,
            answers=PublishAnswers('editorial'),
        )
        first = create_playbook(by=self.editor, kind=self.playbook.kind, area=make_area(), title='First', text='Hi.\n')

        with self.assertRaises(NotApproved):
            publish(draft=first.drafts.get(), editor=self.editor, answers=PublishAnswers('editorial'))

        self.assertEqual(version.number, 2)
        self.assertFalse(first.versions.exists())

    def test_where_a_second_person_is_asked_for_the_owner_may_be_it(self):
        Kind.objects.update(approval=Kind.Approval.SECOND_PERSON)
        playbook = type(self.playbook).objects.select_related('kind').get()
        draft = draft_with(playbook, self.editor, 'New.\n')

        approve(playbook=playbook, draft=draft, by=self.owner)

        self.assertEqual(publish(draft=draft, editor=self.editor, answers=CLEARER).number, 2)


class MeaningTests(TestCase):
    """Changed items that somebody under way has finished."""

    @classmethod
    def setUpTestData(cls):
        cls.editor, cls.owner = make_editor(), make_user('Wen')
        cls.playbook = make_playbook('track', text=CHECKLIST, kind='onboarding-track')
        cls.doing = runs.start_run(
            version=cls.playbook.current_version, owner=cls.owner, anchor_on=date(2026, 11, 16), by=cls.owner
        )
        runs.complete(run=cls.doing, key='promise', by=cls.owner, shown_number=1)
        cls.reworded = CHECKLIST.replace('Write the promise', 'Write the promise and its price')

    def state(self, key):
        return RunItem.objects.get(run=self.doing, key=key).state

    def test_wording_is_what_is_taken_and_done_stays_done(self):
        draft = draft_with(self.playbook, self.editor, self.reworded)

        version = publish(draft=draft, editor=self.editor, answers=CLEARER)

        self.assertEqual(list(version.item_changes.values_list('key', 'meaning')), [('promise', 'wording')])
        self.assertEqual(self.state('promise'), 'done')
        self.assertEqual(Run.objects.get().version, version)

    def test_substance_is_stored_with_its_reason_and_asks_to_check_again(self):
        answers = PublishAnswers('process_change', 'Prices.', meanings={'promise': ('substance', 'It has a price.')})

        version = publish(
            draft=draft_with(self.playbook, self.editor, self.reworded), editor=self.editor, answers=answers
        )

        self.assertEqual(
            list(version.item_changes.values_list('key', 'meaning', 'reason')),
            [('promise', 'substance', 'It has a price.')],
        )
        self.assertEqual(self.state('promise'), 'to_confirm')

    def test_one_answer_may_hold_for_all(self):
        text = self.reworded.replace('Rehearse', 'Practice')
        answers = PublishAnswers('clarification', 'x', all_meaning='substance', reason='Both changed.')

        version = publish(draft=draft_with(self.playbook, self.editor, text), editor=self.editor, answers=answers)

        self.assertEqual(
            set(version.item_changes.values_list('key', 'meaning', 'reason')),
            {('promise', 'substance', 'Both changed.'), ('rehearse', 'substance', 'Both changed.')},
        )

    def test_a_different_task_cannot_keep_the_key(self):
        answers = PublishAnswers('clarification', 'x', meanings={'promise': ('new', 'Another task.')})

        with self.assertRaises(TextErrors) as refused:
            publish(draft=draft_with(self.playbook, self.editor, self.reworded), editor=self.editor, answers=answers)

        self.assertEqual([problem.line for problem in refused.exception.problems], [5])
        self.assertEqual(self.playbook.versions.count(), 1)

    def test_a_different_task_with_its_own_key_replaces_the_earlier_one(self):
        text = self.reworded.replace('{#promise', '{#price').replace('after=promise', 'after=price')
        answers = PublishAnswers('clarification', 'x', reason='Another task.', replaces={'price': 'promise'})

        version = publish(draft=draft_with(self.playbook, self.editor, text), editor=self.editor, answers=answers)

        stored = version.item_changes.exclude(replaces='').values_list('key', 'meaning', 'reason', 'replaces')
        self.assertEqual(list(stored), [('price', 'new', 'Another task.', 'promise')])
        self.assertEqual((self.state('price'), self.state('promise')), ('to_do', 'done'))

    def test_runs_are_left_where_they_are_when_that_is_the_answer(self):
        answers = PublishAnswers('clarification', 'x', runs=Kind.OnPublish.LEAVE)

        publish(draft=draft_with(self.playbook, self.editor, self.reworded), editor=self.editor, answers=answers)

        self.assertEqual(Run.objects.get().version.number, 1)


class PublishUnattendedTests(TestCase):
    def test_it_publishes_without_asking_and_reports_what_it_took_for_granted(self):
        playbook = make_playbook('notes', text='- [ ] Call five customers\n- [ ] Write it down\n')

        published = publish_unattended(
            playbook=playbook,
            title='Notes',
            text='- [ ] Please call five customers\r\n- [ ] Write it down\r\n',
            note='Imported.',
            source='import',
            source_hash='abc',
            author_name='Git Author',
            author_email='git@example.com',
        )

        version = published.version
        self.assertEqual(version.text, '- [ ] Please call five customers {#call-five-customers}\n- [ ] Write it down\n')
        self.assertEqual((version.source, version.source_hash, version.author), ('import', 'abc', None))
        self.assertEqual((version.author_name, version.author_email), ('Git Author', 'git@example.com'))
        self.assertEqual({decision.line for decision in published.decisions}, {1})
        self.assertEqual(list(version.item_changes.values_list('key', 'meaning')), [('call-five-customers', 'wording')])

    def test_only_approved_text_is_published_unless_it_was_approved_elsewhere(self):
        make_kind('policy', approval=Kind.Approval.EDITOR)
        playbook = make_playbook('policy', kind='policy')

        with self.assertRaises(NotApproved):
            publish_unattended(playbook=playbook, title='Policy', text='Hi.\n')
        published = publish_unattended(playbook=playbook, title='Policy', text='Hi.\n', needs_approval=False)

        self.assertEqual(published.version.number, 1)

    def test_a_small_fix_that_is_more_becomes_a_clarification(self):
        playbook = make_playbook('notes', text='- [ ] One\n')

        published = publish_unattended(
            playbook=playbook, title='Notes', text='- [ ] One\n- [ ] Two\n', weight='editorial'
        )

        self.assertEqual(published.version.weight, 'clarification')
        self.assertEqual([decision.line for decision in published.decisions], [0])
