"""The publish step as a page, and approving somebody's draft."""

from datetime import date

from django.test import TestCase
from django.urls import reverse

from playbooks import runs
from playbooks.drafts import save_draft, start_draft
from playbooks.models import Acknowledgement, Draft, Kind, Run, RunItem
from playbooks.plans import plan_publication
from tests.factories import CHECKLIST, make_editor, make_kind, make_playbook, make_user, publish_text

STEP = 'playbooks:playbook_publish'


FOLDED = {'better', 'measure', 'look_in', 'look_on', 'later_on', 'later_at'}  # there for whoever opens that part


def asked(page):
    """The fields that the step asks for, without those that it only offers."""
    names = [field.name for field in page.context['form'].visible_fields() if field.name not in FOLDED]
    return [name for name in names if not (page.context['is_typo'] and name == 'weight')]


class StepTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.editor = make_editor()
        cls.playbook = make_playbook('launch', text=CHECKLIST)
        cls.url = reverse(STEP, args=['launch'])

    def setUp(self):
        self.client.force_login(self.editor)

    def write(self, text, *, author=None, title='Launch'):
        self.playbook.refresh_from_db()
        draft = start_draft(playbook=self.playbook, author=author or self.editor)
        return save_draft(draft=draft, title=title, text=text, fields={}, shown_revision=draft.revision)

    def publish(self, *, url=None, **data):
        revision = Draft.objects.values_list('revision', flat=True).get(author=self.editor)
        sent = {'note': 'Because.', 'weight': 'clarification', 'revision': revision} | data
        return self.client.post(url or self.url, sent)


class PlaybookPublishTests(StepTestCase):
    def test_a_typo_costs_one_field_and_one_click(self):
        self.write(CHECKLIST.replace('every release', 'each release'))

        page = self.client.get(self.url)

        form = page.context['form']
        self.assertEqual(asked(page), ['note'])
        self.assertContains(page, 'Small fix: nobody is told.')
        self.assertEqual(form['weight'].value(), 'editorial')
        self.assertContains(page, 'Publish version 2')

    def test_more_than_a_few_words_ask_how_big_it_is(self):
        self.write(CHECKLIST + '\nThis paragraph says a good deal more than anybody would call a slip of the pen.\n')

        page = self.client.get(self.url)

        self.assertEqual(asked(page), ['note', 'weight'])

    def test_who_else_is_writing_is_named_to_who_may_see_drafts_and_counted_for_others(self):
        member, owner = make_user('Mina'), make_user('Olga')
        self.write('Mine.\n')
        type(self.playbook).objects.filter(slug='launch').update(owner=owner)
        self.write('Suggested.\n', author=member)

        page = self.client.get(self.url)
        self.client.force_login(member)
        counted = self.client.get(reverse('playbooks:playbook_edit', args=['launch']))

        self.assertContains(page, 'Mina</a> (since')
        self.assertContains(counted, 'Somebody else is writing a change of this page too.')
        self.assertNotContains(counted, 'Edith Editor')

    def test_where_an_item_was_added_a_small_fix_is_not_proposed(self):
        self.write(CHECKLIST + '- [ ] One more\n')

        page = self.client.get(self.url)

        self.assertEqual(page.context['form']['weight'].value(), 'clarification')
        self.assertContains(page, 'Items: 1 added')

    def test_publishing_makes_the_version_and_shows_the_page(self):
        self.write('Something else.\n')

        answer = self.publish(weight='process_change')

        self.assertRedirects(answer, reverse('playbooks:playbook', args=['launch']), fetch_redirect_response=False)
        version = self.playbook.versions.get(number=2)
        self.assertEqual(
            (version.text, version.note, version.weight), ('Something else.\n', 'Because.', 'process_change')
        )
        self.assertFalse(Draft.objects.exists())

    def test_an_unchanged_text_makes_no_version(self):
        self.write('Something else.\n')
        self.publish()
        self.write('Something else.\n')

        page = self.client.get(self.url)
        answer = self.publish()

        self.assertContains(page, 'There is nothing to publish.')
        self.assertNotContains(page, 'name="note"')
        self.assertContains(answer, 'There is nothing to publish.', status_code=422)
        self.assertEqual(self.playbook.versions.count(), 2)

    def test_a_field_kept_as_a_number_is_the_same_as_its_digits_from_a_form(self):
        base = self.playbook.current_version
        for stored, written, same in ((50, '50', True), (None, '', True), (50, '51', False)):
            with self.subTest(written=written):
                draft = self.write(CHECKLIST)
                draft.base = base
                base.fields, draft.fields = {'minutes': stored}, {'minutes': written}

                self.assertIs(plan_publication(draft=draft, editor=self.editor).says_the_same, same)

    def test_a_title_alone_is_a_change(self):
        before = self.playbook.current_version.title
        self.write(CHECKLIST, title='Going live')

        page = self.client.get(self.url)

        self.assertContains(page, f'The title changed: it was “{before}”.')
        self.assertNotContains(page, 'Nothing changed.')

    def test_a_first_version_asks_for_no_weight(self):
        make_playbook('fresh')
        fresh = type(self.playbook).objects.get(slug='fresh')
        start_draft(playbook=fresh, author=self.editor)
        Draft.objects.filter(playbook=fresh).update(title='Fresh', text='Hello.\n')
        url = reverse(STEP, args=['fresh'])

        page = self.client.get(url)
        self.publish(url=url, note='')

        self.assertEqual(asked(page), ['note'])
        self.assertEqual(fresh.versions.get().title, 'Fresh')

    def test_without_a_draft_there_is_nothing_to_publish(self):
        for answer in (self.client.get(self.url), self.client.post(self.url, {'note': 'x', 'weight': 'editorial'})):
            self.assertRedirects(answer, reverse('playbooks:playbook_edit', args=['launch']))
        self.assertEqual(self.playbook.versions.count(), 1)

    def test_a_missing_note_comes_back_with_the_answers_and_publishes_nothing(self):
        self.write('New.\n')

        answer = self.publish(note=' ', weight='process_change')

        self.assertContains(answer, 'Say in a sentence what changed, and why.', status_code=422)
        self.assertEqual(answer.context['form']['weight'].value(), 'process_change')
        self.assertEqual(self.playbook.versions.count(), 1)

    def test_a_small_fix_that_is_more_is_refused_at_its_field(self):
        self.write(CHECKLIST + '- [ ] One more\n')

        answer = self.publish(weight='editorial')

        self.assertContains(answer, 'more than a small fix: “One more” is added', status_code=422)
        self.assertEqual(self.playbook.versions.count(), 1)

    def test_errors_in_the_text_are_shown_with_their_lines_and_there_is_no_button(self):
        self.write('Intro.\n\n- [ ] A task {due=soon}\n')

        page = self.client.get(self.url)
        self.publish()

        self.assertContains(page, '#line-3')
        self.assertNotContains(page, 'Publish v2')
        self.assertEqual(self.playbook.versions.count(), 1)
        self.assertTrue(Draft.objects.exists())

    def test_a_dead_link_is_a_warning_beside_the_button(self):
        self.write('See [this](playbook:nowhere).\n')

        page = self.client.get(self.url)

        self.assertContains(page, 'Line 1: “playbook:nowhere” leads nowhere')
        self.assertContains(page, 'Publish v2')

    def test_a_playbook_that_one_may_not_see_is_a_dead_link_like_any_other(self):
        make_playbook('secret', text='Hidden.\n', audience=['Board'])
        owner = make_user()
        type(self.playbook).objects.filter(slug='launch').update(owner=owner)
        self.write('See [this](playbook:secret) and [that](playbook:nowhere).\n', author=owner)
        self.client.force_login(owner)

        page = self.client.get(self.url)

        self.assertContains(page, '“playbook:secret” leads nowhere: there is no playbook with this address.')

    def test_a_stale_publish_publishes_nothing_and_answers_with_what_both_changed_to_be_settled(self):
        self.write(CHECKLIST.replace('every release', 'each release'))
        publish_text(self.playbook, CHECKLIST.replace('every release', 'any release'), title='Launch')
        merge = reverse('playbooks:playbook_merge', args=['launch'])

        page = self.client.get(self.url)
        answer = self.publish(note='Because of this.', weight='process_change')
        (one,) = answer.context['asked']
        settled = self.client.post(merge, {f'choice-{one.conflict.name}': 'mine', 'then': 'publish'})
        again = self.client.get(self.url)

        self.assertContains(page, 'Version 2 was published while you were writing')
        self.assertContains(answer, 'nothing was published now', status_code=409)
        self.assertRedirects(settled, self.url)
        form = again.context['form']
        self.assertEqual([form[name].value() for name in ('note', 'weight')], ['Because of this.', 'process_change'])
        self.assertEqual(self.playbook.versions.count(), 2)
        self.publish()
        self.assertEqual(self.playbook.versions.get(number=3).text, CHECKLIST.replace('every release', 'each release'))

    def test_a_stale_publish_of_a_text_that_fits_answers_with_both_together_to_be_published_again(self):
        self.write(CHECKLIST.replace('every release', 'each release'))
        theirs = CHECKLIST.replace('## After', '## Afterwards')
        publish_text(self.playbook, theirs, title='Launch')

        answer = self.publish(note='Because of this.')
        page = self.client.get(self.url)

        self.assertRedirects(answer, self.url, fetch_redirect_response=False)
        self.assertContains(page, 'so nothing was published now')
        self.assertEqual(page.context['form']['note'].value(), 'Because of this.')
        self.assertEqual(self.playbook.versions.count(), 2)
        draft = Draft.objects.get()
        self.assertEqual((draft.text, draft.base.number), (theirs.replace('every release', 'each release'), 2))

    def test_a_draft_saved_in_another_tab_is_shown_again_before_it_is_published(self):
        self.write('Mine.\n')

        answer = self.publish(revision=1)

        self.assertContains(answer, 'saved in another tab', status_code=409)
        self.assertEqual(self.playbook.versions.count(), 1)

    def test_it_says_what_links_here_and_how_many_have_read_it(self):
        make_playbook('other', text='See [it](playbook:launch).\n')
        other = type(self.playbook).objects.get(slug='other')
        other.current_version.links.create(target_slug='launch', line=1)
        make_playbook('hidden', text='x\n', audience=['Board']).current_version.links.create(
            target_slug='launch', line=1
        )
        owner = make_user()
        type(self.playbook).objects.filter(slug='launch').update(owner=owner)
        for person in (owner, self.editor):
            Acknowledgement.objects.create(playbook=self.playbook, person=person, number=1)
        self.write('Mine.\n', author=owner)
        self.client.force_login(owner)

        page = self.client.get(self.url)

        self.assertEqual([one.slug for one in page.context['impact'].linked_from], ['other'])
        self.assertContains(page, '1 person is asked to read it again')
        self.assertContains(page, '<li>Edith Editor</li>', html=True)


class MeaningQuestionTests(StepTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.wen, cls.maya = make_user('Wen'), make_user('Maya')
        cls.track = make_playbook(
            'track', text='- [ ] Write the promise\n- [ ] Call a customer\n', kind='onboarding-track'
        )
        cls.step = reverse(STEP, args=['track'])
        private = {'visibility': Run.Visibility.PRIVATE, 'anchor_on': date(2026, 11, 16), 'by': cls.editor}
        for person in (cls.wen, cls.maya):
            runs.start_run(version=cls.track.current_version, owner=person, **private)
        doing = Run.objects.get(owner=cls.wen)
        runs.complete(run=doing, key='write-the-promise', by=cls.wen, shown_number=1)

    def write(self, text, **more):
        self.playbook = self.track
        return super().write(text, **more)

    def state(self, key):
        return RunItem.objects.get(run__owner=self.wen, key=key).state

    def test_opening_the_step_by_its_address_writes_nothing_but_shows_the_rewording(self):
        self.write('- [ ] Write down the promise\n- [ ] Call a customer\n')

        page = self.client.get(self.step)

        ((question, _comparison, _field),) = page.context['questions']
        self.assertEqual((question.key, question.finished), ('write-the-promise', 1))
        self.assertNotIn('{#', Draft.objects.get().text)

    def test_a_rewording_is_pinned_and_done_stays_done(self):
        self.write('- [ ] Write down the promise\n- [ ] Call a customer\n')

        self.publish(url=self.step, **{'meaning-0': 'wording', 'runs': 'move_all'})

        version = self.track.versions.get(number=2)
        self.assertEqual(version.text, '- [ ] Write down the promise {#write-the-promise}\n- [ ] Call a customer\n')
        self.assertEqual(self.state('write-the-promise'), 'done')

    def test_a_different_task_gets_a_key_of_its_own_and_the_old_one_is_kept(self):
        self.write('- [ ] Write down the promise\n- [ ] Call a customer\n')

        self.publish(url=self.step, **{'meaning-0': 'new', 'runs': 'move_all', 'reason': 'Another.'})

        version = self.track.versions.get(number=2)
        self.assertEqual(version.text.splitlines()[0], '- [ ] Write down the promise {#write-down-the-promise}')
        change = version.item_changes.get()
        self.assertEqual((change.key, change.meaning), ('write-down-the-promise', 'new'))
        self.assertEqual((change.replaces, change.reason), ('write-the-promise', 'Another.'))
        self.assertEqual((self.state('write-the-promise'), self.state('write-down-the-promise')), ('done', 'to_do'))

    def test_a_look_counts_with_the_answers_and_publishes_nothing(self):
        self.write('- [ ] Write down the promise\n- [ ] Call a customer\n')
        revision = Draft.objects.get().revision
        counts = {}

        for meaning in ('wording', 'substance', 'new'):
            answers = {'meaning-0': meaning, 'runs': 'move_all', 'weight': 'clarification', 'revision': revision}
            page = self.client.post(self.step, {**answers, 'note': '', 'look': '1'})
            self.assertNotContains(page, 'Say in a sentence what changed')
            counts[meaning] = (page.context['impact'].to_check.total, page.context['impact'].added.total)

        self.assertEqual(counts, {'wording': (0, 0), 'substance': (1, 0), 'new': (0, 2)})
        self.assertEqual((self.track.versions.count(), Draft.objects.get().revision), (1, revision))

    def test_a_look_by_script_gets_the_counts_alone(self):
        self.write('- [ ] Write down the promise\n- [ ] Call a customer\n')
        answers = {'meaning-0': 'substance', 'revision': Draft.objects.get().revision}

        page = self.client.post(self.step, answers, headers={'HX-Request': 'true'})

        self.assertTemplateUsed(page, 'playbooks/_impact.html')
        self.assertNotContains(page, '<html')
        self.assertEqual(page.context['impact'].to_check.total, 1)
        self.assertEqual(self.track.versions.count(), 1)

    def test_substance_asks_to_check_again(self):
        self.write('- [ ] Write down the promise\n- [ ] Call a customer\n')

        self.publish(url=self.step, **{'meaning-0': 'substance', 'runs': 'move_all', 'reason': 'It has a price.'})

        self.assertEqual(self.state('write-the-promise'), 'to_confirm')
        self.assertEqual(self.track.versions.get(number=2).item_changes.get().reason, 'It has a price.')

    def test_a_small_fix_cannot_change_a_task_in_substance(self):
        self.write('- [ ] Write down the promise\n- [ ] Call a customer\n')

        answer = self.publish(url=self.step, weight='editorial', **{'meaning-0': 'substance', 'runs': 'move_all'})

        self.assertContains(answer, 'you said that a task changed', status_code=422)
        self.assertEqual(self.track.versions.count(), 1)

    def test_the_impact_is_counted_and_named_for_editors(self):
        self.write(self.track.current_version.text + '- [ ] Meet the founder\n')

        page = self.client.get(self.step)

        impact = page.context['impact']
        self.assertEqual((impact.runs, impact.added.total, impact.added.most), (2, 2, 1))
        self.assertEqual([(row.name, row.added) for row in impact.rows], [('Maya', 1), ('Wen', 1)])
        self.assertContains(page, 'Everybody keeps what they have done')
        self.assertContains(page, '<li><b>Maya</b>, v1: one new item</li>', html=True)

    def test_an_owner_sees_the_count_and_only_the_names_they_may_see(self):
        owner = make_user('Olga')
        type(self.track).objects.filter(slug='track').update(owner=owner)
        self.wen.reports_to = owner
        self.wen.save()
        self.write(self.track.current_version.text + '- [ ] Meet the founder\n', author=owner)
        self.client.force_login(owner)

        page = self.client.get(self.step)

        impact = page.context['impact']
        self.assertEqual((impact.added.total, [row.name for row in impact.rows], impact.unnamed), (2, ['Wen'], 1))
        self.assertNotContains(page, 'Maya')

    def test_a_new_date_alone_asks_nothing(self):
        self.write('- [ ] Write the promise {due=+3wd}\n- [ ] Call a customer\n')

        page = self.client.get(self.step)

        self.assertEqual(page.context['questions'], [])
        self.assertEqual(asked(page), ['note', 'weight', 'runs'])

    def test_the_number_of_queries_does_not_depend_on_how_many_are_under_way(self):
        def counted():
            self.write(self.track.current_version.text + '- [ ] Meet the founder\n')
            self.client.get(self.step)
            with self.assertNumQueries(14):
                self.client.get(self.step)

        counted()
        for _ in range(5):
            runs.start_run(
                version=self.track.current_version,
                owner=make_user(),
                anchor_on=date(2026, 11, 16),
                by=self.editor,
                visibility=Run.Visibility.PRIVATE,
            )
        counted()


class ApprovalPageTests(StepTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        make_kind('policy', approval=Kind.Approval.EDITOR)
        cls.owner = make_user('Olga')
        cls.playbook = make_playbook('policy', text='Old.\n', kind='policy', owner=cls.owner)
        cls.url = reverse(STEP, args=['policy'])

    def setUp(self):
        super().setUp()
        self.mine = self.write('New.\n', author=self.owner, title='Policy')
        self.shown = reverse('playbooks:draft', args=['policy', self.mine.pk])
        self.approve = reverse('playbooks:draft_approve', args=['policy', self.mine.pk])

    def test_an_editor_sees_the_change_and_approves_exactly_it(self):
        page = self.client.get(self.shown)
        answer = self.client.post(self.approve, {'text_hash': page.context['plan'].text_hash})

        self.assertContains(page, 'Approve exactly this text')
        self.assertRedirects(answer, self.shown)
        self.assertEqual(self.playbook.approvals.get().approver, self.editor)

    def test_a_text_that_was_changed_since_is_not_approved(self):
        shown = self.client.get(self.shown).context['plan'].text_hash
        self.write('Newer.\n', author=self.owner, title='Policy')

        answer = self.client.post(self.approve, {'text_hash': shown})

        self.assertContains(answer, 'Newer.', status_code=409)
        self.assertFalse(self.playbook.approvals.exists())

    def test_the_author_is_told_what_is_missing_and_publishes_once_it_is_there(self):
        page = self.client.get(self.shown)
        self.client.force_login(self.owner)
        sent = {'note': 'Because.', 'weight': 'clarification', 'revision': self.mine.revision}

        step = self.client.get(self.url)
        refused = self.client.post(self.url, sent)
        self.client.force_login(self.editor)
        self.client.post(self.approve, {'text_hash': page.context['plan'].text_hash})
        self.client.force_login(self.owner)
        self.client.post(self.url, sent)

        self.assertContains(step, self.shown)
        self.assertContains(refused, 'Nobody has approved exactly this text yet.', status_code=422)
        self.assertEqual(self.playbook.versions.get(number=2).text, 'New.\n')
