"""The table of states: who may take an item from where to where, and what is refused."""

from django.core.files.base import ContentFile

from accounts.models import User
from playbooks import runs
from playbooks.models import Event, Evidence, RunNote
from playbooks.runs import NotAllowed, NotPossible
from tests.factories import make_editor, make_playbook, make_track, make_user, publish_text

from .base import NOW, RunTestCase, at, publish, start

TRACK = """\
## Week 1

- [ ] Join the channels {#join due=+1wd}
- [ ] Meet the team {#meet after=join due=+2wd}
- [ ] Write a brief {#brief kind=submit signoff=manager due=+5wd}
- [ ] Shadow a call {#shadow signoff=buddy due=+5wd}
- [ ] Give the tour {#tour role=buddy due=+1wd}
- [ ] Say hello to the lawyers {#legal signoff=legal optional}
"""


class EnrollmentTestCase(RunTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.track = make_track('track', text=TRACK)
        cls.run_ = start(cls.track.current_version, cls.pia, roles={'buddy': [cls.buddy]})

    def do(self, action, key, by, **more):
        return action(run=self.run_, key=key, by=by, shown_number=1, now=more.pop('now', NOW), **more)

    def refuse(self, refusal, action, key, by, **more):
        return self.assertRefused(refusal, action, run=self.run_, key=key, by=by, shown_number=1, now=NOW, **more)

    def shadowed(self):
        return self.do(runs.complete, 'shadow', self.pia)


class CompleteTests(EnrollmentTestCase):
    def test_who_holds_the_role_completes_and_is_credited_with_the_version_they_were_shown(self):
        outcome = self.do(runs.complete, 'join', self.pia)

        row = self.row(self.run_, 'join')
        self.assertTrue(outcome.changed)
        self.assertEqual((row.state, row.done_by, row.done_at, row.earned_number), ('done', self.pia, NOW, 1))

    def test_an_item_that_asks_for_a_sign_off_awaits_it(self):
        self.shadowed()

        self.assertEqual(self.state(self.run_, 'shadow'), 'awaiting')

    def test_the_buddy_does_the_items_of_the_buddy(self):
        self.do(runs.complete, 'tour', self.buddy)

        self.assertEqual(self.row(self.run_, 'tour').done_by, self.buddy)

    def test_nobody_else_does_them_neither_manager_nor_editor(self):
        for person in (self.buddy, self.manager, self.head, self.editor, self.stranger):
            self.refuse(NotAllowed, runs.complete, 'join', person)
        self.refuse(NotAllowed, runs.complete, 'tour', self.pia)

    def test_what_opens_after_something_else_waits_for_it_and_says_so(self):
        message = self.refuse(NotPossible, runs.complete, 'meet', self.pia)

        self.assertEqual(message, 'This opens after “Join the channels”.')

    def test_what_it_opens_after_may_be_done_or_excused(self):
        self.do(runs.waive, 'join', self.manager, reason='does_not_apply')

        self.assertTrue(self.do(runs.complete, 'meet', self.pia).changed)

    def test_what_awaits_its_sign_off_does_not_open_the_next(self):
        track = make_track('b', text='- [ ] A {#a signoff=manager}\n- [ ] B {#b after=a}\n')
        run = start(track.current_version, self.pia)
        runs.complete(run=run, key='a', by=self.pia, shown_number=1)

        self.assertRefused(NotPossible, runs.complete, run=run, key='b', by=self.pia, shown_number=1)

    def test_work_is_asked_for_before_it_counts(self):
        message = self.refuse(NotPossible, runs.complete, 'brief', self.pia)
        self.do(runs.add_evidence, 'brief', self.pia, kind='link', url='https://example.com/brief')

        self.assertIn('Hand in your work first', message)
        self.assertEqual(self.do(runs.complete, 'brief', self.pia).item.state, 'awaiting')

    def test_done_twice_it_is_done_once(self):
        self.do(runs.complete, 'join', self.pia)
        again = self.do(runs.complete, 'join', self.pia, now=at(3))

        self.assertFalse(again.changed)
        self.assertEqual(self.row(self.run_, 'join').done_at, NOW)
        self.assertEqual(self.actions(self.run_), ['started', 'completed'])

    def test_a_key_that_never_was_is_refused(self):
        self.refuse(NotPossible, runs.complete, 'nothing-such', self.pia)

    def test_a_version_that_never_was_is_refused(self):
        self.assertRefused(NotPossible, runs.complete, run=self.run_, key='join', by=self.pia, shown_number=9)

    def test_completing_ends_waiting_and_what_was_asked(self):
        self.do(runs.wait_for, 'join', self.pia, whom=self.buddy)
        self.do(runs.ask_to_be_excused, 'join', self.pia, note='I am in them.')
        self.do(runs.complete, 'join', self.pia)

        row = self.row(self.run_, 'join')
        self.assertEqual((row.waiting_for, row.waiting_since, row.excuse_asked_at), (None, None, None))


class ShownVersionTests(EnrollmentTestCase):
    def test_on_a_key_no_longer_asked_it_is_recorded_all_the_same(self):
        publish(self.track, TRACK.replace('- [ ] Join the channels {#join due=+1wd}\n', ''), by=self.editor)
        self.do(runs.complete, 'join', self.pia)

        self.assertEqual(self.state(self.run_, 'join'), 'done')

    def test_on_one_that_changed_in_substance_since_it_is_to_be_confirmed(self):
        publish(self.track, TRACK.replace('channels', 'new channels'), by=self.editor, meanings={'join': 'substance'})
        self.do(runs.complete, 'join', self.pia)

        row = self.row(self.run_, 'join')
        self.assertEqual((row.state, row.earned_number), ('to_confirm', 1))

    def test_naming_an_older_version_is_no_way_around_the_sign_off(self):
        text = TRACK.replace('Shadow', 'Closely shadow')
        self.assertNotEqual(text, TRACK)
        publish(self.track, text, by=self.editor, meanings={'shadow': 'substance'})
        self.do(runs.complete, 'shadow', self.pia)
        self.assertEqual(self.state(self.run_, 'shadow'), 'awaiting')

        runs.sign_off(run=self.run_, key='shadow', by=self.buddy, shown_number=2, now=NOW)

        self.assertEqual(self.state(self.run_, 'shadow'), 'done')

    def test_on_one_that_was_only_better_said_it_is_done(self):
        publish(self.track, TRACK.replace('channels', 'channels!'), by=self.editor, meanings={'join': 'wording'})
        self.do(runs.complete, 'join', self.pia)

        self.assertEqual(self.state(self.run_, 'join'), 'done')

    def test_a_key_of_the_version_shown_that_the_run_was_moved_back_from_is_recorded(self):
        publish(self.track, TRACK + '- [ ] Extra {#extra}\n', by=self.editor)
        runs.undo_carry_over(run=self.run_, by=self.pia)
        outcome = runs.complete(run=self.run_, key='extra', by=self.pia, shown_number=2, now=NOW)

        self.assertEqual((outcome.item.state, outcome.item.earned_number), ('done', 2))


class SignOffTests(EnrollmentTestCase):
    def test_the_role_asked_for_signs_off(self):
        self.shadowed()
        self.do(runs.sign_off, 'shadow', self.buddy)

        row = self.row(self.run_, 'shadow')
        self.assertEqual((row.state, row.done_by, row.signed_by, row.signed_at), ('done', self.pia, self.buddy, NOW))

    def test_nobody_else_signs_off(self):
        self.shadowed()

        for person in (self.pia, self.manager, self.head, self.editor, self.stranger):
            self.refuse(NotAllowed, runs.sign_off, 'shadow', person)

    def test_signed_off_twice_is_signed_once(self):
        self.shadowed()
        self.do(runs.sign_off, 'shadow', self.buddy)

        self.assertFalse(self.do(runs.sign_off, 'shadow', self.buddy, now=at(3)).changed)
        self.assertEqual(self.actions(self.run_).count('signed_off'), 1)

    def test_what_is_not_done_yet_is_not_signed_off(self):
        self.refuse(NotPossible, runs.sign_off, 'shadow', self.buddy)

    def test_after_two_working_days_the_managers_manager_may_sign_too(self):
        self.do(runs.complete, 'shadow', self.pia, now=at(5))  # a Thursday
        friday = {'run': self.run_, 'key': 'shadow', 'by': self.head, 'shown_number': 1, 'now': at(6)}

        self.assertRefused(NotAllowed, runs.sign_off, **friday)
        self.assertTrue(runs.sign_off(**friday | {'now': at(9)}).changed)

    def test_what_nobody_holds_the_role_for_goes_to_the_managers_manager(self):
        self.do(runs.complete, 'legal', self.pia)

        self.refuse(NotAllowed, runs.sign_off, 'legal', self.editor)
        self.assertTrue(self.do(runs.sign_off, 'legal', self.head).changed)

    def test_without_a_managers_manager_any_editor_signs(self):
        User.objects.filter(pk=self.manager.pk).update(reports_to=None)
        self.do(runs.complete, 'legal', self.pia)

        self.refuse(NotAllowed, runs.sign_off, 'legal', self.head)
        self.assertTrue(self.do(runs.sign_off, 'legal', self.editor).changed)

    def test_nobody_signs_off_what_they_completed(self):
        runs.set_role(run=self.run_, role='buddy', people=[self.pia], by=self.manager)
        self.shadowed()

        self.refuse(NotAllowed, runs.sign_off, 'shadow', self.pia)
        self.assertTrue(self.do(runs.sign_off, 'shadow', self.head).changed)

    def test_the_stand_in_that_is_named_comes_before_the_managers_manager(self):
        runs.set_role(run=self.run_, role='stand-in', people=[self.stranger], by=self.manager)
        self.do(runs.complete, 'legal', self.pia)

        self.refuse(NotAllowed, runs.sign_off, 'legal', self.head)
        self.assertTrue(self.do(runs.sign_off, 'legal', self.stranger).changed)

    def test_the_manager_role_follows_the_reporting_line(self):
        self.do(runs.add_evidence, 'brief', self.pia, kind='text', text='A brief.')
        self.do(runs.complete, 'brief', self.pia)
        User.objects.filter(pk=self.pia.pk).update(reports_to=self.stranger)

        self.refuse(NotAllowed, runs.sign_off, 'brief', self.manager)
        self.assertTrue(self.do(runs.sign_off, 'brief', self.stranger).changed)

    def test_somebody_who_left_holds_no_role(self):
        User.objects.filter(pk=self.buddy.pk).update(is_active=False)
        self.shadowed()

        self.assertTrue(self.do(runs.sign_off, 'shadow', self.head).changed)

    def test_signed_on_a_page_from_before_a_change_of_substance_it_is_to_be_confirmed_by_the_signer(self):
        self.shadowed()
        publish(self.track, TRACK.replace('a call', 'two calls'), by=self.editor, meanings={'shadow': 'substance'})
        self.do(runs.sign_off, 'shadow', self.buddy)

        self.assertEqual(self.state(self.run_, 'shadow'), 'to_confirm')
        self.refuse(NotAllowed, runs.confirm, 'shadow', self.pia)
        runs.confirm(run=self.run_, key='shadow', by=self.buddy, shown_number=2, now=at(3))
        self.assertEqual(self.row(self.run_, 'shadow').signed_at, at(3))


class ReturnAndWithdrawTests(EnrollmentTestCase):
    def test_the_signer_asks_for_changes_with_a_note(self):
        self.shadowed()
        self.do(runs.return_item, 'shadow', self.buddy, note=' Listen to a second one. ')

        row = self.row(self.run_, 'shadow')
        note = RunNote.objects.get(run=self.run_)
        self.assertEqual((row.state, row.done_by, row.returned_at), ('to_do', None, NOW))
        self.assertEqual((note.kind, note.text, note.author), ('returned', 'Listen to a second one.', self.buddy))

    def test_the_ledger_holds_no_words(self):
        self.shadowed()
        self.do(runs.return_item, 'shadow', self.buddy, note='Listen to a second one.')

        self.assertNotIn('Listen', str(list(Event.objects.values_list('data', flat=True))))

    def test_changes_are_not_asked_without_saying_which(self):
        self.shadowed()

        self.refuse(NotPossible, runs.return_item, 'shadow', self.buddy, note='  ')

    def test_only_the_signer_asks_for_changes(self):
        self.shadowed()

        self.refuse(NotAllowed, runs.return_item, 'shadow', self.manager, note='No.')

    def test_who_completed_it_takes_it_back(self):
        self.shadowed()
        self.do(runs.withdraw, 'shadow', self.pia)

        row = self.row(self.run_, 'shadow')
        self.assertEqual((row.state, row.done_at, row.earned_number), ('to_do', None, None))
        self.assertFalse(self.do(runs.withdraw, 'shadow', self.pia).changed)

    def test_nobody_else_takes_it_back(self):
        self.shadowed()

        for person in (self.buddy, self.manager, self.editor):
            self.refuse(NotAllowed, runs.withdraw, 'shadow', person)

    def test_what_is_done_cannot_be_taken_back_only_reopened(self):
        self.do(runs.complete, 'join', self.pia)

        self.refuse(NotPossible, runs.withdraw, 'join', self.pia)


class WaiveTests(EnrollmentTestCase):
    def test_manager_line_above_and_editor_excuse_with_a_reason(self):
        for key, person in (('join', self.manager), ('tour', self.head), ('shadow', self.editor)):
            self.do(runs.waive, key, person, reason='already_knows')

            row = self.row(self.run_, key)
            self.assertEqual((row.state, row.waived_by, row.waived_reason), ('waived', person, 'already_knows'))

    def test_neither_the_person_nor_the_buddy_excuses(self):
        for person in (self.pia, self.buddy, self.stranger):
            self.refuse(NotAllowed, runs.waive, 'join', person, reason='already_knows')

    def test_a_reason_is_needed_and_another_reason_needs_words(self):
        self.refuse(NotPossible, runs.waive, 'join', self.manager, reason='')
        self.refuse(NotPossible, runs.waive, 'join', self.manager, reason='other')

    def test_the_person_may_ask(self):
        self.do(runs.ask_to_be_excused, 'join', self.pia, note='I am in them all.')

        self.assertEqual(self.row(self.run_, 'join').excuse_asked_at, NOW)
        self.assertFalse(self.do(runs.ask_to_be_excused, 'join', self.pia, note='I am in them all.').changed)

    def test_what_is_done_is_not_excused(self):
        self.do(runs.complete, 'join', self.pia)

        self.refuse(NotPossible, runs.waive, 'join', self.manager, reason='already_knows')

    def test_what_is_excused_is_not_completed_but_opened_again_by_manager_or_editor(self):
        self.do(runs.waive, 'join', self.manager, reason='already_knows')

        self.refuse(NotPossible, runs.complete, 'join', self.pia)
        self.refuse(NotAllowed, runs.reopen, 'join', self.pia)
        self.refuse(NotAllowed, runs.reopen, 'join', self.head)
        self.do(runs.reopen, 'join', self.manager)
        self.assertEqual((self.state(self.run_, 'join'), self.row(self.run_, 'join').waived_reason), ('to_do', ''))


class ReopenTests(EnrollmentTestCase):
    def test_who_completed_it_opens_it_again(self):
        self.do(runs.complete, 'join', self.pia)
        self.do(runs.reopen, 'join', self.pia)

        row = self.row(self.run_, 'join')
        self.assertEqual((row.state, row.done_by, row.earned_number), ('to_do', None, None))
        self.assertFalse(self.do(runs.reopen, 'join', self.pia).changed)

    def test_unsigned_nobody_else_does(self):
        self.do(runs.complete, 'join', self.pia)

        for person in (self.buddy, self.manager, self.editor):
            self.refuse(NotAllowed, runs.reopen, 'join', person)

    def test_once_signed_it_is_the_signers_or_an_editors(self):
        for person in (self.buddy, self.editor):
            self.shadowed()
            self.do(runs.sign_off, 'shadow', self.buddy)
            self.refuse(NotAllowed, runs.reopen, 'shadow', self.pia)
            self.refuse(NotAllowed, runs.reopen, 'shadow', self.manager)
            self.do(runs.reopen, 'shadow', person)

            row = self.row(self.run_, 'shadow')
            self.assertEqual((row.state, row.signed_by), ('to_do', None))


class ConfirmTests(EnrollmentTestCase):
    def changed(self):
        self.do(runs.complete, 'join', self.pia)
        publish(self.track, TRACK.replace('channels', 'two channels'), by=self.editor, meanings={'join': 'substance'})

    def test_who_did_it_says_that_it_still_holds(self):
        self.changed()
        runs.confirm(run=self.run_, key='join', by=self.pia, shown_number=2, now=at(3))

        row = self.row(self.run_, 'join')
        self.assertEqual((row.state, row.done_at, row.earned_number, row.confirmed_number), ('done', NOW, 1, 2))

    def test_said_on_a_page_from_before_the_change_it_says_nothing(self):
        self.changed()

        self.assertFalse(self.do(runs.confirm, 'join', self.pia).changed)
        self.assertEqual(self.state(self.run_, 'join'), 'to_confirm')

    def test_nobody_else_says_it_and_nothing_else_is_confirmed(self):
        self.changed()

        self.refuse(NotAllowed, runs.confirm, 'join', self.manager)
        self.refuse(NotPossible, runs.confirm, 'meet', self.pia)

    def test_it_counts_as_done_for_what_comes_after(self):
        self.changed()

        self.assertTrue(self.do(runs.complete, 'meet', self.pia).changed)


class WaitingWorkAndCommentTests(EnrollmentTestCase):
    def test_waiting_is_set_and_ended_by_hand(self):
        self.do(runs.wait_for, 'join', self.pia, whom=self.buddy)
        self.assertFalse(self.do(runs.wait_for, 'join', self.pia, whom=self.buddy, now=at(3)).changed)
        row = self.row(self.run_, 'join')
        self.do(runs.stop_waiting, 'join', self.buddy)

        self.assertEqual((row.waiting_for, row.waiting_since), (self.buddy, NOW))
        self.assertEqual(self.row(self.run_, 'join').waiting_for, None)
        self.assertFalse(self.do(runs.stop_waiting, 'join', self.pia).changed)

    def test_only_who_does_the_item_says_that_it_waits(self):
        self.refuse(NotAllowed, runs.wait_for, 'join', self.manager, whom=self.buddy)

    def test_the_same_work_handed_in_twice_is_there_once(self):
        for content in (b'one', b'one', b'two'):
            file = ContentFile(content, name='brief.txt')
            self.do(runs.add_evidence, 'brief', self.pia, kind='file', file=file)

        contents = []
        for evidence in Evidence.objects.filter(run=self.run_):
            with evidence.file.open() as file:
                contents.append(file.read())
        self.assertEqual(contents, [b'one', b'two'])
        self.assertEqual(self.actions(self.run_).count('evidence_added'), 2)

    def test_work_is_taken_back_by_who_handed_it_in_before_it_counts(self):
        self.do(runs.add_evidence, 'brief', self.pia, kind='text', text='A brief.')
        evidence = Evidence.objects.get()

        with self.assertRaises(NotAllowed):
            runs.remove_evidence(evidence=evidence, by=self.manager)
        self.assertTrue(runs.remove_evidence(evidence=evidence, by=self.pia).changed)
        self.assertFalse(runs.remove_evidence(evidence=evidence, by=self.pia).changed)
        self.assertFalse(Evidence.objects.exists())

    def test_work_that_was_counted_stays(self):
        self.do(runs.add_evidence, 'brief', self.pia, kind='text', text='A brief.')
        self.do(runs.complete, 'brief', self.pia)

        with self.assertRaises(NotPossible):
            runs.remove_evidence(evidence=Evidence.objects.get(), by=self.pia)
        self.assertTrue(Evidence.objects.exists())

    def test_nothing_is_no_work(self):
        self.refuse(NotPossible, runs.add_evidence, 'brief', self.pia, kind='text', text=' ')

    def test_a_comment_said_twice_in_a_row_is_there_once(self):
        for person, words in ((self.pia, 'How?'), (self.pia, 'How?'), (self.buddy, 'So.'), (self.pia, 'How?')):
            self.do(runs.comment, 'join', person, note=words)

        self.assertEqual([note.text for note in RunNote.objects.all()], ['How?', 'So.', 'How?'])

    def test_who_does_not_see_the_work_does_not_comment(self):
        for person in (self.head, self.editor, self.stranger):
            self.refuse(NotAllowed, runs.comment, 'join', person, note='Well.')


class LaunchTests(RunTestCase):
    """A run that is no enrollment: its owner leads it."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        text = '- [ ] Plan {#plan}\n- [ ] Tell sales {#sales role=sales}\n- [ ] Test {#test role=qa signoff=legal}\n'
        cls.launch = make_playbook('launch', text=text)
        cls.wen, cls.lena = make_user('Wen'), make_user('Lena Lawyer')
        cls.run_ = start(
            cls.launch.current_version, cls.pia, private=False, roles={'sales': [cls.wen], 'legal': [cls.lena]}
        )

    def test_the_owner_ticks_for_others_and_it_says_for_whom(self):
        runs.complete(run=self.run_, key='sales', by=self.pia, shown_number=1)

        row = self.row(self.run_, 'sales')
        self.assertEqual((row.done_by, row.done_for), (self.pia, self.wen))

    def test_neither_who_ticked_nor_for_whom_signs(self):
        runs.set_role(run=self.run_, role='qa', people=[self.lena], by=self.pia)
        runs.complete(run=self.run_, key='test', by=self.pia, shown_number=1)

        for person in (self.pia, self.lena, self.wen):
            self.assertRefused(NotAllowed, runs.sign_off, run=self.run_, key='test', by=person)
        self.assertTrue(runs.sign_off(run=self.run_, key='test', by=self.manager).changed)

    def test_others_do_only_the_items_of_their_role(self):
        runs.complete(run=self.run_, key='sales', by=self.wen, shown_number=1)

        self.assertRefused(NotAllowed, runs.complete, run=self.run_, key='plan', by=self.wen, shown_number=1)

    def test_the_owner_skips_with_a_reason_and_opens_again(self):
        runs.waive(run=self.run_, key='sales', by=self.pia, reason='does_not_apply')
        runs.reopen(run=self.run_, key='sales', by=self.pia)

        self.assertRefused(NotAllowed, runs.waive, run=self.run_, key='sales', by=self.manager, reason='already_knows')
        self.assertEqual(self.state(self.run_, 'sales'), 'to_do')

    def test_what_is_done_for_nobodys_role_is_the_owners(self):
        runs.complete(run=self.run_, key='test', by=self.pia, shown_number=1)

        self.assertEqual(self.row(self.run_, 'test').done_for, None)


class ReadingTests(RunTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.page = make_playbook('how-we-work', text='Like this.\n')
        read = '[How we work](playbook:how-we-work)'
        cls.text = (
            f'- [ ] Read {read} {{#read kind=read}}\n- [ ] Read {read[:-1]}@1) {{#read-one kind=read}}\n'
            f'- [ ] Talk {{#talk}}\n- [ ] Read {read} {{#later kind=read after=talk}}\n'
            f'- [ ] Read {read} {{#signed kind=read signoff=manager}}\n'
        )
        cls.track = make_track('track', text=cls.text)

    def acknowledge(self, number, **more):
        return runs.acknowledge(playbook=self.page, person=self.pia, number=number, now=more.pop('now', NOW))

    def test_saying_that_one_has_read_it_does_every_read_item_in_all_runs_once(self):
        first = start(self.track.current_version, self.pia)
        second = start(make_track('other', text=self.text).current_version, self.pia)
        result = self.acknowledge(1)
        again = self.acknowledge(1)

        self.assertEqual(
            [(row.run_id, row.key) for row in result.completed],
            [(run.pk, key) for run in (first, second) for key in ('read', 'read-one', 'signed')],
        )
        self.assertEqual(self.states(first), self.states(second))
        self.assertEqual(
            self.states(first),
            {'read': 'done', 'read-one': 'done', 'talk': 'to_do', 'later': 'to_do', 'signed': 'awaiting'},
        )
        self.assertEqual((result.is_new, again.is_new, again.completed), (True, False, []))

    def test_a_reading_from_before_the_last_process_change_does_not_count(self):
        run = start(self.track.current_version, self.pia)
        publish_text(self.page, 'Otherwise.\n', weight='process_change')
        publish_text(self.page, 'Otherwise!\n', weight='editorial')

        self.assertEqual([row.key for row in self.acknowledge(1).completed], ['read-one'])
        self.assertEqual([row.key for row in self.acknowledge(2).completed], ['read', 'signed'])
        self.assertEqual(self.states(run)['read'], 'done')

    def test_a_read_item_is_not_ticked_without_it(self):
        run = start(self.track.current_version, self.pia)

        message = self.assertRefused(NotPossible, runs.complete, run=run, key='read', by=self.pia, shown_number=1)
        self.assertIn('say so at its end', message)

    def test_what_opened_later_is_ticked_on_the_strength_of_the_earlier_reading(self):
        run = start(self.track.current_version, self.pia)
        self.acknowledge(1)
        runs.complete(run=run, key='talk', by=self.pia, shown_number=1, now=at(5))
        runs.complete(run=run, key='later', by=self.pia, shown_number=1, now=at(5))

        row = self.row(run, 'later')
        self.assertEqual((row.state, row.done_at), ('done', NOW))

    def test_what_was_read_before_the_run_began_is_done_with_the_date_it_was_read(self):
        self.acknowledge(1)
        run = start(self.track.current_version, self.pia, now=at(20))

        row = self.row(run, 'read')
        self.assertEqual((row.state, row.done_by, row.done_at), ('done', self.pia, NOW))
        self.assertEqual((self.state(run, 'later'), self.state(run, 'signed')), ('to_do', 'awaiting'))

    def test_somebody_elses_reading_does_nothing(self):
        run = start(self.track.current_version, self.pia)
        result = runs.acknowledge(playbook=self.page, person=self.manager, number=1)

        self.assertEqual((result.completed, self.state(run, 'read')), ([], 'to_do'))

    def test_a_version_that_never_was_cannot_have_been_read(self):
        with self.assertRaises(NotPossible):
            self.acknowledge(7)

    def test_reading_under_an_earlier_address_counts(self):
        run = start(self.track.current_version, self.pia)
        self.page.slug_history.create(slug='how-we-work')
        self.page.slug = 'how-we-do-it'
        self.page.save()

        self.assertEqual({row.key for row in self.acknowledge(1).completed}, {'read', 'read-one', 'signed'})
        self.assertEqual(self.state(run, 'read'), 'done')


class EditorAsBuddyTests(RunTestCase):
    def test_an_editor_who_completed_it_leaves_the_sign_off_to_another_editor(self):
        User.objects.filter(pk=self.manager.pk).update(reports_to=None)
        other = make_editor('Olaf Other')
        track = make_track('t2', text='- [ ] Do {#do role=buddy signoff=buddy}\n')
        run = start(track.current_version, self.pia, roles={'buddy': [self.editor]})
        runs.complete(run=run, key='do', by=self.editor, shown_number=1)

        self.assertRefused(NotAllowed, runs.sign_off, run=run, key='do', by=self.editor)
        self.assertTrue(runs.sign_off(run=run, key='do', by=other).changed)
