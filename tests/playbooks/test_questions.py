"""What waits for whom, and how it becomes part of the text."""

from django.test import TestCase

from playbooks import talk
from playbooks.drafts import discard_draft, start_draft
from playbooks.models import Credit, Draft, Notice
from playbooks.places import with_paragraph
from playbooks.publishing import PublishAnswers, publish
from tests.factories import CHECKLIST, make_editor, make_playbook, make_user

URL = '/playbooks/questions/'


class QuestionsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.asker = make_user('Olga Owner'), make_user('Maya Okafor')
        cls.editor, cls.other = make_editor(), make_user('Otto Other')
        cls.playbook = make_playbook('launch', text=CHECKLIST, owner=cls.owner)
        cls.orphan = make_playbook('orphan', text=CHECKLIST)

    def say(self, kind, text, playbook=None, **more):
        values = {'playbook': playbook or self.playbook, 'by': self.asker, 'place': 'i-promise'}
        return talk.say(kind=kind, text=text, **(values | more)).remark

    def answered(self, text='The next one.'):
        question = self.say('question', 'Which release?')
        return question, talk.reply(thread=question, by=self.owner, text=text).remark

    def listed(self, person, show='waiting'):
        self.client.force_login(person)
        response = self.client.get(URL, {'show': show})
        return [thread.first.text for thread in response.context['threads']]

    def take(self, remark, by=None, **data):
        self.client.force_login(by or self.owner)
        return self.client.post(f'/playbooks/launch/talk/{remark.pk}/take/', data)

    def publish(self, draft):
        return publish(draft=draft, editor=self.owner, answers=PublishAnswers('clarification', 'Said better.'))

    def test_each_sees_what_waits_for_them_the_oldest_first(self):
        self.say('question', 'First')
        self.say('report', 'Second')
        self.say('note', 'Third')
        self.say('comment', 'No comment')
        self.say('question', 'Of nobody', playbook=self.orphan)

        self.assertEqual(self.listed(self.owner), ['First', 'Second', 'Third'])
        self.assertEqual(self.listed(self.editor), ['Of nobody'])
        self.assertEqual(self.listed(self.asker), [])
        self.assertEqual(self.listed(self.asker, 'yours'), ['Of nobody', 'Third', 'Second', 'First'])
        self.assertEqual(self.listed(self.editor, 'all'), ['First', 'Second', 'Third', 'Of nobody'])
        self.assertEqual(self.listed(self.other), [])
        self.assertEqual(self.listed(self.other, 'all'), [])

    def test_what_is_answered_waits_no_more_until_the_asker_asks_on(self):
        question, _answer = self.answered()
        self.assertEqual(self.listed(self.owner), [])

        talk.reply(thread=question, by=self.asker, text='And if it slips?')
        self.assertEqual(self.listed(self.owner), ['Which release?'])

        talk.settle(thread=question, by=self.asker)
        self.assertEqual(self.listed(self.owner), [])

    def test_a_page_that_is_closed_to_somebody_leaves_their_lists(self):
        question = self.say('question', 'Secret?')
        question.asks.add(self.other)
        self.assertEqual(self.listed(self.other), ['Secret?'])

        self.playbook.audience.create(name='Leads')

        self.assertEqual(self.listed(self.other), [])
        self.assertEqual(self.listed(self.asker, 'yours'), [])
        self.assertNotContains(self.client.get('/'), 'Secret?')

    def test_today_names_three_and_leads_to_all(self):
        for number in range(4):
            self.say('question', f'Question {number}?')
        self.client.force_login(self.owner)

        response = self.client.get('/')

        self.assertContains(response, 'Question 2?')
        self.assertNotContains(response, 'Question 3?')
        self.assertContains(response, '<a href="/playbooks/questions/">All of them</a>', html=True)

    def test_the_list_costs_the_same_with_one_and_with_many(self):
        self.say('question', 'First')
        self.client.force_login(self.owner)
        self.client.get(URL)
        with self.assertNumQueries(5):
            self.client.get(URL)
        for number in range(3):
            self.say('report', f'Wrong {number}', playbook=make_playbook(text=CHECKLIST, owner=self.owner))
        with self.assertNumQueries(5):
            self.client.get(URL)

    def test_addresses_that_make_no_sense_show_the_first_page(self):
        self.client.force_login(self.owner)
        for query in ('?show=nothing', '?page=x', '?page=-1', '?show=%00'):
            self.assertEqual(self.client.get(URL + query).status_code, 200)
        self.assertEqual(self.client.get(f'{URL}?page=9').status_code, 404)
        self.assertEqual(self.client.post(URL).status_code, 405)

    def test_an_answer_that_stands_is_offered_for_the_text_and_goes_under_its_item(self):
        question, answer = self.answered('The next one.\nNever this one.')
        self.assertEqual(self.listed(self.owner, 'text'), [])
        talk.let_stand(remark=answer, by=self.owner)
        self.assertEqual(self.listed(self.owner, 'text'), ['Which release?'])
        self.assertContains(self.client.get(f'{URL}?show=text'), 'Make it part of the text')

        response = self.take(question, answer=answer.pk)

        draft = Draft.objects.get()
        line = next(n for n, text in enumerate(CHECKLIST.splitlines(), start=1) if '#promise' in text)
        self.assertRedirects(response, f'/playbooks/launch/edit/#line-{line}', fetch_redirect_response=False)
        self.assertIn('{#promise due=-5wd}\n\n    The next one.\n    Never this one.\n\n- [ ] Rehearse', draft.text)
        self.assertContains(self.client.get(response.url), 'Which release?')

    def test_taking_it_twice_puts_it_there_once(self):
        question, answer = self.answered()
        talk.let_stand(remark=answer, by=self.owner)
        self.take(question, answer=answer.pk)
        self.take(question, answer=answer.pk)

        self.assertEqual(Draft.objects.get().text.count('The next one.'), 1)

    def test_once_published_it_is_closed_thanked_for_and_told(self):
        question, answer = self.answered()
        report, note = self.say('report', 'The date is wrong.'), self.say('note', 'It took a day.')
        for remark in (question, report, note):
            self.take(remark, answer=answer.pk)
        self.assertEqual(self.listed(self.owner), [])

        version = self.publish(Draft.objects.select_related('playbook__kind', 'base', 'author').get())

        for remark in (question, report, note):
            remark.refresh_from_db()
            self.assertEqual((remark.taken_number, remark.taken_in, remark.resolved_by), (2, None, self.owner))
        self.assertEqual(
            set(Credit.objects.filter(person=self.asker).values_list('version', 'reason')),
            {(version.pk, 'question'), (version.pk, 'report'), (version.pk, 'note')},
        )
        told = Notice.objects.filter(person=self.asker, kind__endswith='_taken')
        self.assertEqual(set(told.values_list('kind', flat=True)), {'question_taken', 'report_taken', 'note_taken'})

    def test_a_version_from_another_draft_takes_nothing_up(self):
        report = self.say('report', 'The date is wrong.')
        self.take(report)
        draft = start_draft(playbook=self.playbook, author=self.editor)
        draft.text += '\nA word more.\n'
        draft.save()

        publish(draft=draft, editor=self.editor, answers=PublishAnswers('clarification', 'More.'))

        report.refresh_from_db()
        self.assertEqual((report.taken_number, report.taken_in.author), (None, self.owner))

    def test_left_out_or_with_its_draft_put_away_it_waits_again(self):
        report = self.say('report', 'The date is wrong.')
        self.take(report)
        self.assertEqual(self.listed(self.owner), [])
        self.client.post(f'/playbooks/launch/talk/{report.pk}/leave-out/')
        self.assertEqual(self.listed(self.owner), ['The date is wrong.'])

        self.take(report)
        discard_draft(draft=Draft.objects.get())
        self.assertEqual(self.listed(self.owner), ['The date is wrong.'])

    def test_who_does_not_keep_the_page_takes_nothing(self):
        question, answer = self.answered()
        comment = self.say('comment', 'Good.')

        self.assertEqual(self.take(question, by=self.asker, answer=answer.pk).status_code, 403)
        self.assertEqual(self.take(question, by=self.other).status_code, 404)
        self.assertEqual(self.take(comment).status_code, 403)
        self.assertFalse(Draft.objects.exists())


class ParagraphTests(TestCase):
    def put(self, text, anchor, words='Because.'):
        return with_paragraph(text, 'Launch', anchor, words)

    def test_under_a_heading_it_comes_first_and_under_an_item_last(self):
        self.assertEqual(self.put('## A\n\nText.\n', 's-a'), ('## A\n\nBecause.\n\nText.\n', True))
        self.assertEqual(self.put('A\n---\nText.\n', 's-a'), ('A\n---\n\nBecause.\n\nText.\n', True))
        text = '- [ ] One {#one}\n\n    Details.\n- [ ] Two {#two}\n'
        expected = '- [ ] One {#one}\n\n    Details.\n\n    Because.\n\n- [ ] Two {#two}\n'
        self.assertEqual(self.put(text, 'i-one'), (expected, True))

    def test_words_that_look_like_notation_stay_words(self):
        text = '## A\n\n- [ ] One {#one}\n'
        for words in ('# Title', '- [ ] Task', '```\ncode', '1. [x] Done', '~~~'):
            put, is_there = self.put(text, 'i-one', words)
            self.assertTrue(is_there, words)
            again = self.put(put, 'i-one', 'More.')
            self.assertTrue(again[1], put)

    def test_a_place_that_is_gone_or_would_change_others_puts_it_at_the_end(self):
        self.assertEqual(self.put('Text.\n', 's-gone'), ('Text.\n\nBecause.\n', False))
        self.assertEqual(self.put('', ''), ('Because.\n', True))
