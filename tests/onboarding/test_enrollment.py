"""The track page: what it shows to whom, in which words, and at what cost."""

import datetime as dt

from django.test import TestCase
from django.urls import reverse

from accounts.models import User
from onboarding.models import Enrollment
from playbooks import runs
from playbooks.models import ItemChange, Run
from tests.factories import ONBOARDING, make_editor, make_enrollment, make_track, make_user, publish_text


class EnrollmentTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.enrollment = make_enrollment()
        cls.the_run = cls.enrollment.run
        cls.maya = cls.the_run.owner
        cls.manager = cls.maya.reports_to
        cls.buddy = User.objects.get(name='Priya Nair')
        cls.editor = make_editor('Wen Li')
        cls.url = reverse('onboarding:enrollment', args=[cls.enrollment.pk])

    def page(self, who, **query):
        self.client.force_login(who)
        return self.client.get(self.url, query)

    def row(self, who, key, **query):
        """What the page says of one item."""
        return self.page(who, **query).content.decode().partition(f'id="i-{key}"')[2].partition('</li>')[0]

    def complete(self, key, by=None):
        return runs.complete(run=self.the_run, key=key, by=by or self.maya, shown_number=1)

    def test_its_heading_is_the_track_and_it_says_how_far_they_are(self):
        self.complete('call')

        page = self.page(self.maya)

        self.assertContains(page, f'<h1>{self.the_run.version.title}</h1>', html=True)
        self.assertContains(page, '<span>1 of 6</span>', html=True)
        self.assertRegex(page.content.decode(), 'Working day [34] of 19')  # on a weekend the fourth is still to come

    def test_an_item_says_what_it_is_when_it_is_due_and_who_does_it(self):
        row = self.row(self.maya, 'show-around')

        self.assertIn('Priya Nair does this', row)
        self.assertNotIn('class="tick"', row)
        self.assertIn('class="tick"', self.row(self.buddy, 'show-around'))
        self.assertIn('45 min', self.row(self.maya, 'call'))

    def test_an_item_in_order_names_what_opens_it(self):
        row = self.row(self.maya, 'brief')

        self.assertIn('Opens after “Hand in three notes”', row)
        self.assertNotIn('class="tick"', row)

    def test_what_awaits_a_sign_off_names_with_whom_and_since_when(self):
        self.complete('planning')

        row = self.row(self.maya, 'planning')

        self.assertIn('With Ingrid Solberg since', row)
        self.assertIn('Awaiting sign-off', row)
        self.assertIn('Review', self.row(self.manager, 'planning'))

    def test_excused_overdue_waiting_and_today_are_each_a_word(self):
        runs.waive(run=self.the_run, key='call', by=self.manager, reason='other', note='Did it in May.', shown_number=1)
        runs.wait_for(run=self.the_run, key='notes', by=self.maya, whom=self.buddy, shown_number=1)
        self.the_run.items.filter(key='meet-team').update(due_on=dt.date(2020, 1, 1))

        self.assertIn('Excused by Ingrid Solberg: Did it in May.', self.row(self.maya, 'call'))
        self.assertIn('Waiting for Priya Nair since', self.row(self.maya, 'notes'))
        self.assertIn('class="due late">Due Wed 1 Jan 2020', self.row(self.maya, 'meet-team'))

    def test_left_to_do_leaves_out_what_is_done(self):
        self.complete('call')

        page = self.page(self.maya, show='left')

        self.assertNotContains(page, 'id="i-call"')
        self.assertContains(page, 'id="i-meet-team"')

    def test_a_finished_phase_is_folded_and_the_others_are_not(self):
        self.complete('call')
        self.complete('meet-team')
        self.complete('show-around', by=self.buddy)

        page = self.page(self.maya)

        self.assertContains(page, '<summary>Show 3 finished items</summary>', html=True)
        self.assertContains(page, '<summary>', 1)

    def test_it_says_who_sees_what(self):
        page = self.page(self.maya)

        self.assertContains(page, 'Who sees what')
        self.assertContains(page, 'You, your buddy, your direct manager; whoever signs an item, for that item.')

    def test_who_holds_only_another_role_sees_the_items_of_that_role_and_no_figures(self):
        analyst = make_user('Owen Price')
        text = ONBOARDING.replace('{#call ', '{#call role=analyst ')
        person = make_user('Jonas Keller', reports_to=self.manager)
        other = make_enrollment(track=make_track(text=text), person=person, buddy=self.buddy)
        runs.set_role(run=other.run, role='analyst', people=[analyst], by=self.editor)
        self.client.force_login(analyst)

        page = self.client.get(other.get_absolute_url()).content.decode()

        self.assertIn('id="i-call"', page)
        self.assertNotIn('id="i-meet-team"', page)
        self.assertNotIn('0 of', page)
        self.assertNotIn('class="ramp', page)

    def test_who_has_no_part_in_it_finds_nothing(self):
        self.assertEqual(self.page(make_user()).status_code, 404)

    def test_writing_to_it_is_refused(self):
        self.client.force_login(self.maya)

        self.assertEqual(self.client.post(self.url).status_code, 405)

    def test_the_address_of_the_run_leads_here(self):
        self.client.force_login(self.maya)

        self.assertRedirects(self.client.get(f'/runs/{self.the_run.pk}/'), self.url)

    def test_my_track_leads_to_the_one_under_way_or_says_that_there_is_none(self):
        self.client.force_login(self.maya)
        self.assertRedirects(self.client.get('/my-track/'), self.url)

        self.client.force_login(make_user())
        self.assertContains(self.client.get('/my-track/'), 'You are not on a track')

    def test_what_came_after_the_version_it_follows_can_be_compared_by_whoever_may_read_it(self):
        self.client.force_login(self.maya)
        self.assertNotContains(self.client.get(self.url), 'is out.')
        publish_text(self.the_run.playbook, 'Another track altogether.\n', note='All new.')

        page = self.client.get(self.url)

        self.assertContains(page, 'This follows v1. Version 2 is out.')
        self.assertContains(page, f'href="/playbooks/{self.the_run.playbook.slug}/compare/1/2/"')

    def test_the_queries_do_not_grow_with_what_there_is(self):
        """Session, person, enrollment, its roles, items, notes, numbers of files, names."""
        self.client.force_login(self.maya)
        self.client.get(self.url)
        with self.assertNumQueries(8):
            self.client.get(self.url)
        for key in ('call', 'notes', 'planning'):
            for words in ('One.', 'Two.'):
                runs.comment(run=self.the_run, key=key, by=self.buddy, note=f'{words} {key}')
            runs.add_evidence(run=self.the_run, key=key, by=self.maya, kind='text', text='Mine.')
        self.complete('call')
        self.complete('planning')
        with self.assertNumQueries(8):
            self.client.get(self.url)


class CarriedOverTests(TestCase):
    """After a publication the page says per key what became of it."""

    @classmethod
    def setUpTestData(cls):
        cls.enrollment = make_enrollment()
        cls.maya = cls.enrollment.run.owner
        cls.editor = make_editor('Daniel Weiss')
        cls.url = cls.enrollment.get_absolute_url()
        run = cls.enrollment.run
        for key in ('meet-team', 'call'):
            runs.complete(run=run, key=key, by=cls.maya, shown_number=1)
        text = ONBOARDING.replace('Sit in on a call', 'Sit in on two calls').replace(
            '- [ ] Add a word to the glossary {#word due=+20wd optional}', '- [ ] Draw the funnel {#funnel due=+20wd}'
        )
        version = publish_text(run.playbook, text, note='Two calls show more.', author=cls.editor)
        ItemChange.objects.create(version=version, key='call', meaning='substance', reason='One call is luck.')
        runs.carry_over(run=run, version=version, by=cls.editor)

    def setUp(self):
        self.client.force_login(self.maya)

    def page(self):
        return self.client.get(self.url).content.decode()

    def row(self, key):
        return self.page().partition(f'id="i-{key}"')[2].partition('</li>')[0]

    def test_each_key_has_its_words(self):
        self.assertIn('<span>kept</span>', self.row('meet-team'))
        self.assertIn('done on v1, ', self.row('meet-team'))
        self.assertIn('added in v2', self.row('funnel'))
        self.assertIn('Changed, please check again', self.row('call'))
        self.assertIn('Changed: One call is luck.', self.row('call'))
        self.assertIn('/compare/1/2/', self.row('call'))
        self.assertIn('no longer asked', self.row('word'))

    def test_the_move_is_told_once_with_its_note_and_what_it_did(self):
        page = self.page()

        self.assertIn('Moved from v1 to v2', page)
        self.assertIn('5 kept, 1 added in v2, 1 changed, please check again, 1 no longer asked.', page)
        self.assertIn('Daniel Weiss: “Two calls show more.”', page)
        self.assertIn('<span>2 of 7, 1 added since you started</span>', page)

    def test_confirming_holds_and_undoing_the_move_puts_the_rest_back(self):
        self.client.post(f'{self.url}items/call/confirm/', {'version': 2, 'at': 'track'})
        self.assertEqual(self.enrollment.run.items.get(key='call').state, 'done')

        self.assertRedirects(self.client.post(f'{self.url}undo-move/'), self.url)

        run = Run.objects.get(pk=self.enrollment.run_id)
        self.assertEqual(run.version.number, 1)
        self.assertFalse(run.items.filter(key='funnel').exists())
        self.assertNotIn('Moved from', self.page())

    def test_who_may_not_move_it_back_is_told_so_and_it_stays(self):
        self.client.force_login(User.objects.get(name='Priya Nair'))

        answer = self.client.post(f'{self.url}undo-move/', follow=True)

        self.assertContains(answer, 'This is not yours to move.')
        self.assertEqual(Enrollment.objects.get(pk=self.enrollment.pk).run.version.number, 2)
