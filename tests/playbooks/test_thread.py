"""A conversation: answering, letting an answer stand, resolving, editing, deleting; what each kind of person sees."""

from django.test import TestCase
from django.urls import reverse

from playbooks import talk
from playbooks.drafts import start_draft
from playbooks.models import Mention, Notice, Remark
from tests.factories import make_editor, make_playbook, make_user

XSS = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    'javascript:alert(1)',
    'https://e.example/"onmouseover="alert(1)',
    "https://e.example/'><svg/onload=alert(1)>",
    'data:text/html;base64,PHNjcmlwdD4=',
    '[click](javascript:alert(1))',
    '&lt;script&gt;&#x3C;b&#x3E;',
    'https://e.example/</a><script>alert(1)</script>',
    '{{ 7|add:7 }}{% csrf_token %}',
]


class ThreadTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.asker = make_user('Olga Owner'), make_user('Maya Okafor')
        cls.reader, cls.editor = make_user('Rita Reader'), make_editor()
        cls.playbook = make_playbook('launch', versions=1, owner=cls.owner)
        cls.question = cls.say('question', 'Which release?')
        cls.comment = cls.say('comment', 'We did this on Friday.')

    @classmethod
    def say(cls, kind, text, by=None, **more):
        values = {'playbook': cls.playbook, 'by': by or cls.asker, 'kind': kind, 'place': 'i-promise'}
        return talk.say(text=text, **(values | more)).remark

    def act(self, remark, act, by, **data):
        self.client.force_login(by)
        return self.client.post(reverse('playbooks:remark_act', args=['launch', remark.pk, act]), data)

    def see(self, remark, by):
        self.client.force_login(by)
        return self.client.get(reverse('playbooks:thread', args=['launch', remark.pk]))

    def answer(self, text='The next one.', by=None):
        self.client.force_login(by or self.owner)
        self.client.post(reverse('playbooks:thread', args=['launch', self.question.pk]), {'text': text})
        return Remark.objects.filter(parent=self.question).last()

    def told(self, kind):
        return set(Notice.objects.filter(kind=kind).values_list('person__name', flat=True))

    def test_the_asker_is_told_of_the_answer_and_reads_it(self):
        self.answer()

        self.assertEqual(self.told('question_answered'), {'Maya Okafor'})
        response = self.see(self.question, self.asker)
        self.assertContains(response, 'The next one.')
        self.assertContains(response, 'Olga Owner')

    def test_an_answer_that_stands_is_there_for_all_without_anybodys_name(self):
        self.comment.delete()  # it does name her
        answer = self.answer()
        self.assertEqual(self.see(self.question, self.reader).status_code, 404)

        self.act(answer, 'stand', self.owner)

        thread, page = self.see(self.question, self.reader), self.client.get('/playbooks/launch/')
        for response in (thread, page):
            self.assertContains(response, 'Which release?')
            self.assertContains(response, 'The next one.')
            self.assertNotContains(response, 'Maya Okafor')
        self.assertNotContains(thread, 'Olga Owner')
        self.assertNotContains(thread, '<textarea')

    def test_only_what_stands_of_a_conversation_is_shown_to_others(self):
        answer = self.answer()
        self.answer('And this stays between us.')
        self.act(answer, 'stand', self.owner)

        self.assertNotContains(self.see(self.question, self.reader), 'between us')
        self.assertNotContains(self.client.get('/playbooks/launch/'), 'between us')
        self.assertContains(self.see(self.question, self.asker), 'between us')

    def test_what_stands_can_be_taken_back(self):
        answer = self.answer()
        self.act(answer, 'stand', self.owner)
        self.act(answer, 'take-back', self.owner)

        self.client.force_login(self.reader)
        self.assertNotContains(self.client.get('/playbooks/launch/'), 'The next one.')
        self.assertEqual(self.see(self.question, self.reader).status_code, 404)

    def test_who_only_asked_or_reads_lets_nothing_stand_and_a_comment_never_stands(self):
        answer = self.answer()

        self.assertEqual(self.act(answer, 'stand', self.asker).status_code, 403)
        self.assertEqual(self.act(answer, 'stand', self.reader).status_code, 404)
        self.assertEqual(self.act(self.question, 'stand', self.owner).status_code, 403)
        self.assertEqual(self.act(self.comment, 'stand', self.owner).status_code, 403)
        self.assertFalse(Remark.objects.filter(stands=True).exists())

    def test_who_was_asked_lets_their_own_answer_stand_and_nobody_elses(self):
        buddy = make_user('Bob Buddy')
        self.question.asks.add(buddy)
        own, owners = self.answer(by=buddy), self.answer('Not yet.')

        self.assertEqual(self.act(own, 'stand', buddy).status_code, 302)
        self.assertEqual(self.act(owners, 'stand', buddy).status_code, 403)
        self.assertEqual(list(Remark.objects.filter(stands=True)), [own])

    def test_a_question_is_closed_by_the_asker_and_opened_by_a_reply(self):
        self.act(self.question, 'resolve', self.asker)
        self.question.refresh_from_db()
        self.assertEqual(self.question.resolved_by, self.asker)

        self.answer()
        self.question.refresh_from_db()
        self.assertIsNone(self.question.resolved_at)

    def test_a_comment_is_resolved_and_reopened_by_starter_owner_and_editor_and_not_by_a_reader(self):
        self.assertEqual(self.act(self.comment, 'resolve', self.reader).status_code, 403)
        for person in (self.asker, self.owner, self.editor):
            self.act(self.comment, 'resolve', person)
            self.comment.refresh_from_db()
            self.assertEqual(self.comment.resolved_by, person)
            self.act(self.comment, 'reopen', person)
            self.comment.refresh_from_db()
            self.assertIsNone(self.comment.resolved_by)
        self.assertEqual(self.told('conversation_closed'), {'Maya Okafor'})

    def test_a_resolved_comment_leaves_the_page_and_stays_in_the_list_of_all(self):
        self.act(self.comment, 'resolve', self.owner)

        self.assertNotContains(self.client.get('/playbooks/launch/'), 'on Friday')
        self.assertContains(self.client.get('/playbooks/launch/talk/'), 'on Friday')

    def test_a_reply_is_told_to_the_starter_and_to_who_replied_before(self):
        talk.reply(thread=self.comment, by=self.reader, text='So did we.')
        talk.reply(thread=self.comment, by=self.editor, text='Good.')

        self.assertEqual(self.told('replied'), {'Maya Okafor', 'Rita Reader'})

    def test_replying_twice_within_a_minute_has_one_effect(self):
        self.answer()
        self.answer()

        self.assertEqual(self.question.replies.count(), 1)

    def test_an_empty_reply_is_refused_and_says_so(self):
        self.client.force_login(self.owner)
        url = reverse('playbooks:thread', args=['launch', self.question.pk])

        for text in ('', '  ', 'x' * 5001):
            self.assertEqual(self.client.post(url, {'text': text}).status_code, 422)
        self.assertFalse(self.question.replies.exists())

    def test_ones_own_words_can_be_edited_and_whoever_is_named_newly_is_told(self):
        self.client.force_login(self.asker)
        url = reverse('playbooks:remark_edit', args=['launch', self.comment.pk])

        self.assertEqual(self.client.post(url, {'text': ''}).status_code, 422)
        response = self.client.post(url, {'text': 'On Monday, @Rita Reader.'})

        self.assertRedirects(response, reverse('playbooks:thread', args=['launch', self.comment.pk]))
        self.assertContains(self.client.get(response.url), 'edited')
        self.assertEqual(self.told('mentioned'), {'Rita Reader'})
        self.client.force_login(self.owner)
        self.assertEqual(self.client.post(url, {'text': 'Mine'}).status_code, 403)

    def test_deleting_leaves_nothing_or_where_somebody_replied_only_that_it_was(self):
        lonely = self.say('comment', 'Never mind @Rita Reader.')
        talk.reply(thread=self.comment, by=self.reader, text='So did we.')

        self.assertEqual(self.act(lonely, 'delete', self.owner).status_code, 403)
        self.act(lonely, 'delete', self.asker)
        self.act(self.comment, 'delete', self.asker)

        self.comment.refresh_from_db()
        self.assertFalse(Remark.objects.filter(pk=lonely.pk).exists() or Mention.objects.exists())
        self.assertEqual((self.comment.text, self.comment.author), ('', None))
        page = self.client.get('/playbooks/launch/')
        self.assertContains(page, 'Deleted')
        self.assertContains(page, 'So did we.')
        self.assertNotContains(page, 'on Friday')

    def test_no_markup_or_script_of_a_comment_reaches_the_page(self):
        for number, text in enumerate(XSS):
            self.say('comment', text, place='' if number % 2 else 'i-promise')
        answer = self.answer(' '.join(XSS))
        self.act(answer, 'stand', self.owner)

        for url in ('/playbooks/launch/', '/playbooks/launch/talk/', f'/playbooks/launch/talk/{self.question.pk}/'):
            html = self.client.get(url).content.decode()
            for evil in ('<script>alert', '<img src=x', 'href="javascript:', 'href="data:text', '<svg/onload'):
                self.assertNotIn(evil, html)
            self.assertNotRegex(html, r'<a [^>]*href="[^"]*"[^>]*\son\w+=')
            self.assertIn('{{ 7|add:7 }}', html)
        self.assertContains(self.client.get('/playbooks/launch/'), 'rel="nofollow noopener noreferrer"')

    def test_lines_break_and_addresses_are_links_without_what_closes_the_sentence(self):
        remark = self.say('comment', 'See https://e.example/a?b=1&c=2.\n(http://e.example/x)')

        self.assertContains(
            self.see(remark, self.reader),
            'See <a href="https://e.example/a?b=1&amp;c=2" rel="nofollow noopener noreferrer">'
            'https://e.example/a?b=1&amp;c=2</a>.<br>(<a href="http://e.example/x" '
            'rel="nofollow noopener noreferrer">http://e.example/x</a>)',
        )

    def test_acts_that_there_are_not_and_other_methods_are_refused(self):
        self.assertEqual(self.act(self.comment, 'explode', self.owner).status_code, 404)
        url = reverse('playbooks:remark_act', args=['launch', self.comment.pk, 'resolve'])
        self.assertEqual(self.client.get(url).status_code, 405)

    def test_what_is_said_about_a_draft_is_for_those_who_see_the_draft(self):
        draft = start_draft(playbook=self.playbook, author=self.asker)
        said = self.say('comment', 'Better like this.', by=self.owner, draft=draft)

        self.assertEqual((said.number, said.quote), (None, 'Write the promise'))
        self.assertEqual(self.see(said, self.asker).status_code, 200)
        self.assertEqual(self.see(said, self.reader).status_code, 404)
        self.client.force_login(self.reader)
        for url in ('/playbooks/launch/', '/playbooks/launch/talk/'):
            self.assertNotContains(self.client.get(url), 'Better like this.')
        self.assertEqual(
            [thread.first.text for thread in talk.threads(self.asker, draft=draft)[0]], ['Better like this.']
        )

    def test_a_conversation_costs_the_same_with_one_reply_and_with_many(self):
        self.answer()
        url = reverse('playbooks:thread', args=['launch', self.question.pk])
        self.client.get(url)
        with self.assertNumQueries(6):
            self.client.get(url)
        for number in range(5):
            talk.reply(thread=self.question, by=self.asker, text=f'Reply {number}')
        with self.assertNumQueries(6):
            self.client.get(url)
