"""Asking, reporting and commenting at a place of a page: whom it goes to, what is kept, what is refused."""

from datetime import timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks import talk
from playbooks.models import Draft, Mention, Notice, Remark, Run, RunRole
from tests.factories import make_editor, make_enrollment, make_playbook, make_user


def told(kind):
    return {notice.person.name for notice in Notice.objects.filter(kind=kind).select_related('person')}


class SayTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.reader = make_user('Olga Owner'), make_user('Rita Reader')
        cls.editor = make_editor()
        cls.playbook = make_playbook('launch', versions=2, owner=cls.owner)
        cls.url = reverse('playbooks:say', args=['launch'])

    def setUp(self):
        self.client.force_login(self.reader)

    def say(self, **data):
        return self.client.post(self.url, {'kind': 'question', 'text': 'Which release?', 'at': 'i-promise'} | data)

    def test_shows_what_stands_at_the_place_and_offers_four_things_to_say(self):
        response = self.client.get(self.url, {'at': 'i-promise'})

        self.assertContains(response, '<q>Write the promise</q>', html=True)
        for words in ('Ask', 'Something is wrong', 'Suggest a change', 'Comment'):
            self.assertContains(response, f'>{words}</a>')
        self.assertContains(response, 'Olga Owner')

    def test_a_question_is_kept_with_its_place_its_words_and_the_version_that_was_read(self):
        response = self.say(v='1', text='  Which\r\nrelease?  ')

        remark = Remark.objects.get()
        self.assertRedirects(response, '/playbooks/launch/#i-promise')
        self.assertEqual(
            (remark.kind, remark.place, remark.quote, remark.number, remark.text, remark.author),
            ('question', 'i-promise', 'Write the promise', 1, 'Which\nrelease?', self.reader),
        )

    def test_leads_back_to_where_one_came_from_but_to_no_other_site(self):
        self.assertRedirects(self.say(next='/onboarding/'), '/onboarding/', fetch_redirect_response=False)
        for evil in ('https://evil.example/', '//evil.example/', 'javascript:alert(1)'):
            self.assertRedirects(self.say(next=evil, text=evil), '/playbooks/launch/#i-promise')

    def test_asking_twice_within_a_minute_has_one_effect(self):
        self.say()
        self.say()
        self.assertEqual((Remark.objects.count(), Notice.objects.count()), (1, 1))

        Remark.objects.update(at=timezone.now() - timedelta(minutes=2))
        self.say()

        self.assertEqual(Remark.objects.count(), 2)

    def test_words_that_are_missing_or_too_many_are_refused_and_kept_in_the_form(self):
        for text in ('', ' \n ', 'x' * 5001):
            response = self.say(text=text)

            self.assertEqual(response.status_code, 422)
            self.assertContains(response, text.strip() or 'Write something first.', status_code=422)
        self.assertFalse(Remark.objects.exists())

    def test_a_place_or_version_that_is_not_there_is_refused(self):
        for at in ('i-nothing', 's-nothing', 'nothing', 'i-promise"><script>', 's-' + 'x' * 200):
            self.assertContains(self.say(at=at), 'This place is not in the text', status_code=422)
        self.assertEqual(self.say(v='9').status_code, 404)
        self.assertFalse(Remark.objects.exists())

    def test_an_archived_page_is_talked_about_no_more(self):
        self.playbook.archived_at = timezone.now()
        self.playbook.archived_by = self.owner
        self.playbook.save()

        self.assertEqual(self.client.get(self.url).status_code, 403)
        self.assertEqual(self.say().status_code, 403)

    def test_other_methods_are_refused(self):
        self.assertEqual(self.client.delete(self.url).status_code, 405)

    def test_suggesting_a_change_leads_to_the_line_in_the_editor(self):
        line = self.playbook.current_version.items.get(key='rehearse').line

        response = self.client.get(self.url, {'at': 'i-rehearse', 'kind': 'change'})
        self.assertRedirects(response, f'/playbooks/launch/edit/#line-{line}', fetch_redirect_response=False)

        text = 'New first line.\n\n' + self.playbook.current_version.text
        Draft.objects.create(playbook=self.playbook, author=self.reader, title='Launch', text=text)
        response = self.client.get(self.url, {'at': 'i-rehearse', 'kind': 'change'})
        self.assertRedirects(response, f'/playbooks/launch/edit/#line-{line + 2}', fetch_redirect_response=False)

    def test_what_was_asked_before_is_shown_to_who_asks_again(self):
        question = talk.say(playbook=self.playbook, by=self.owner, kind='question', text='Why?', place='i-promise')
        answer = talk.reply(thread=question.remark, by=self.editor, text='Because of support.').remark
        talk.let_stand(remark=answer, by=self.editor)

        self.assertContains(self.client.get(self.url, {'at': 'i-promise'}), 'Because of support.')
        self.assertNotContains(self.client.get(self.url, {'at': 'i-rehearse'}), 'Because of support.')


class WhomItGoesToTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner = make_user('Olga Owner')
        cls.editor = make_editor()
        cls.manager, cls.buddy = make_user('Mia Manager'), make_user('Bob Buddy')
        cls.starter = make_user('Sam Starter', reports_to=cls.manager)
        make_enrollment(person=cls.starter, manager=cls.manager, buddy=cls.buddy, by=cls.editor)
        cls.playbook = make_playbook('launch', versions=1, owner=cls.owner)

    def ask(self, by=None, **more):
        return talk.say(playbook=self.playbook, by=by or self.starter, kind='question', text='Why?', **more).remark

    def names(self, remark):
        return {person.name for person in remark.asks.all()}

    def test_a_new_persons_question_goes_to_the_owner_and_the_buddy_and_not_to_the_manager(self):
        remark = self.ask()

        self.assertEqual(self.names(remark), {'Olga Owner', 'Bob Buddy'})
        self.assertEqual(told('question_asked'), {'Olga Owner', 'Bob Buddy'})
        self.assertNotIn(remark, Remark.objects.visible_to(self.manager))

    def test_not_to_a_buddy_who_may_not_read_the_page(self):
        self.playbook = make_playbook('pay', versions=1, owner=self.owner, audience=('Leads',))
        self.starter.groups.set(self.playbook.audience.all())

        self.assertEqual(self.names(self.ask()), {'Olga Owner'})

    def test_not_to_the_buddy_of_an_onboarding_that_is_over(self):
        Run.objects.filter(owner=self.starter).update(ended_at=timezone.now(), outcome='stopped')

        self.assertEqual(self.names(self.ask()), {'Olga Owner'})

    def test_not_to_who_holds_another_role_or_left(self):
        run = Run.objects.get(owner=self.starter)
        RunRole.objects.create(run=run, role='mentor', person=make_user('Max Mentor'))
        self.buddy.is_active = False
        self.buddy.save()

        self.assertEqual(self.names(self.ask()), {'Olga Owner'})

    def test_somebody_elses_question_goes_to_the_owner_alone(self):
        self.assertEqual(self.names(self.ask(by=make_user())), {'Olga Owner'})

    def test_without_an_owner_to_the_editors_and_from_the_owner_to_the_co_owner(self):
        self.playbook.co_owner = make_user('Carl Co')
        self.assertEqual(self.names(self.ask(by=self.owner)), {'Carl Co'})

        self.playbook.owner = self.playbook.co_owner = None
        self.assertEqual(self.names(self.ask()), {'Edith Editor', 'Bob Buddy'})

    def test_who_is_named_in_a_question_is_asked_too_if_they_may_read_the_page(self):
        self.playbook = make_playbook('pay', versions=1, owner=self.owner, audience=('Leads',))
        lead = make_user('Lea Lead', groups=('Leads',))

        remark = talk.say(
            playbook=self.playbook,
            by=lead,
            kind='question',
            text=f'@{self.manager.name} or @{self.editor.name}: why?',
        ).remark

        self.assertEqual(self.names(remark), {'Olga Owner', 'Edith Editor'})

    def test_a_report_goes_to_who_keeps_the_page(self):
        talk.say(playbook=self.playbook, by=self.starter, kind='report', text='The link is dead.')

        self.assertEqual(told('report_made'), {'Olga Owner'})

    def test_a_comment_is_told_to_the_owner_and_to_whom_it_names(self):
        make_user('Ann Lee')
        text = 'Thanks @ann lee smith, @Mia Manager! mail@Bob Buddy, @Ann Leery'
        smith = make_user('Ann Lee Smith')

        talk.say(playbook=self.playbook, by=self.starter, text=text)

        self.assertEqual(told('commented'), {'Olga Owner'})
        self.assertEqual(told('mentioned'), {'Ann Lee Smith', 'Mia Manager'})
        self.assertEqual(set(Mention.objects.values_list('person', flat=True)), {smith.pk, self.manager.pk})
