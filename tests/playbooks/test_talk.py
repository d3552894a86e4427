"""What stands at the places and the end of a page, and the list of all that was said about it."""

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks import runs, talk
from playbooks.models import Helped, Remark, SoughtInVain
from playbooks.place_marks import with_marks
from tests.factories import CHECKLIST, make_editor, make_playbook, make_user, publish_text


class PageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.reader, cls.editor = make_user('Olga Owner'), make_user('Rita Reader'), make_editor()
        cls.playbook = make_playbook('launch', versions=1, owner=cls.owner)
        cls.url = cls.playbook.get_absolute_url()

    def setUp(self):
        self.client.force_login(self.reader)

    def say(self, text='On Fridays.', kind='comment', place='i-promise', **more):
        values = {'playbook': self.playbook, 'by': self.reader, 'kind': kind, 'place': place, 'text': text}
        return talk.say(**(values | more)).remark

    def stand(self, question, text):
        answer = talk.reply(thread=question, by=self.owner, text=text).remark
        talk.let_stand(remark=answer, by=self.owner)
        return answer

    def test_each_heading_and_item_has_a_link_named_after_it_that_works_without_a_script(self):
        response = self.client.get(self.url)

        for at, words in (('s-before', 'Before'), ('i-promise', 'Write the promise'), ('i-compare', 'Compare with')):
            self.assertContains(
                response, f'<a class="say" href="say/?at={at}" aria-label="Ask or report about “{words}'
            )
        self.assertContains(response, 'class="say"', count=5)
        self.assertContains(self.client.get(f'{self.url}say/?at=i-promise'), '<q>Write the promise</q>')

    def test_an_archived_page_has_none(self):
        self.playbook.archived_at, self.playbook.archived_by = timezone.now(), self.owner
        self.playbook.save()
        self.client.force_login(self.owner)

        self.assertNotContains(self.client.get(self.url), 'class="say"')

    def test_comments_stand_at_the_end_by_place_with_their_number_at_the_place(self):
        talk.reply(thread=self.say(), by=self.owner, text='Never on Fridays.')
        self.say('As a whole.', place='')

        response = self.client.get(self.url)

        self.assertContains(response, '<a class="said-n" href="#at-i-promise">2 comments</a>')
        self.assertContains(response, '<a class="quiet" href="#i-promise">Write the promise</a>')
        self.assertContains(response, 'Never on Fridays.')
        self.assertContains(response, 'As a whole.')

    def test_a_comment_whose_words_are_gone_says_on_which_version_it_was_made(self):
        self.say()
        self.say('Why twice?', place='i-rehearse')
        self.say('Too short.', place='i-compare')
        changed = CHECKLIST.replace('Write the promise', 'Write down what we promise')
        publish_text(self.playbook, changed.replace('- [ ] Compare with the promise {#compare due=+5wd optional}', ''))

        response = self.client.get(self.url)

        self.assertContains(response, 'on version 1</a>', count=2)
        self.assertContains(response, '/playbooks/launch/v/1/#i-promise')
        self.assertContains(response, 'Too short.')
        self.assertContains(response, 'href="#at-i-rehearse">1 comment</a>')
        self.assertNotContains(response, 'href="#at-i-compare"')

    def test_answers_stand_under_their_item_or_heading_before_its_details_and_sub_items(self):
        text = '## Start\n\n- [ ] Loose {#loose}\n\n    Details.\n- [ ] Tight {#tight}\n  - [ ] Below {#below}\n'
        publish_text(self.playbook, text)
        for place in ('s-start', 'i-loose', 'i-tight', 'i-below', ''):
            self.stand(self.say(f'Why {place}?', kind='question', place=place), f'Because {place}.')

        html = self.client.get(self.url).content.decode()

        order = ['id="s-start"', 'Because s-start.', 'id="i-loose"', 'Because i-loose.', 'Details.', 'id="i-tight"']
        order += ['Because i-tight.', 'id="i-below"', 'Because i-below.', 'Did this help?', 'Because .']
        self.assertEqual(sorted(order, key=html.index), order)
        self.assertContains(self.client.get(self.url), 'Asked before: Why i-loose?')

    def test_answers_stand_on_the_item_of_a_run_too_for_who_may_read_the_page(self):
        run = runs.start_run(
            version=self.playbook.current_version, owner=self.reader, anchor_on=timezone.localdate(), by=self.reader
        )
        self.stand(self.say('Which one?', kind='question'), 'The next one.')

        response = self.client.get(f'/runs/{run.pk}/items/promise/')

        self.assertContains(response, 'Asked before: Which one?')
        self.assertContains(
            response, f'/playbooks/launch/say/?at=i-promise&amp;v=1&amp;next=%2Fruns%2F{run.pk}%2Fitems'
        )
        self.playbook.audience.create(name='Leads')
        response = self.client.get(f'/runs/{run.pk}/items/promise/')
        self.assertNotContains(response, 'Which one?')
        self.assertNotContains(response, '/say/')

    def test_costs_one_query_more_once_something_is_said_and_no_more_with_more(self):
        self.client.get(self.url)
        with self.assertNumQueries(6):
            self.client.get(self.url)
        self.say()
        self.client.get(self.url)
        with self.assertNumQueries(7):
            self.client.get(self.url)
        for number in range(3):
            talk.reply(thread=self.say(f'More {number}'), by=self.owner, text='Yes.')
            self.stand(self.say(f'Why {number}?', kind='question'), 'So.')
        with self.assertNumQueries(7):
            response = self.client.get(self.url)

        self.assertContains(response, 'More 2')
        self.assertContains(response, 'Why 2?')

    def test_questions_and_reports_that_do_not_stand_cost_and_show_nothing(self):
        self.say('Who is that?', kind='question')
        self.say('It is wrong.', kind='report')
        self.client.force_login(make_user())
        self.client.get(self.url)

        with self.assertNumQueries(6):
            response = self.client.get(self.url)

        self.assertNotContains(response, 'Who is that?')
        self.assertNotContains(response, 'It is wrong.')

    def test_shows_the_newest_fifty_conversations_and_leads_to_the_rest(self):
        version = {'playbook': self.playbook, 'number': 1, 'kind': 'comment', 'author': self.reader}
        Remark.objects.bulk_create(Remark(**version, text=f'Remark no. {number:03}') for number in range(53))

        page, second = self.client.get(self.url), self.client.get(f'{self.url}talk/?page=2')

        self.assertContains(page, 'Remark no. 052')
        self.assertNotContains(page, '>Remark no. 002<')
        self.assertContains(page, 'There is more: all of it')
        self.assertContains(second, 'Remark no. 052')
        self.assertNotContains(second, 'Remark no. 049')
        self.assertEqual(self.client.get(f'{self.url}talk/?page=3').status_code, 404)
        self.assertEqual(self.client.get(f'{self.url}talk/?page=x').status_code, 200)

    def test_the_list_of_all_costs_the_same_with_one_and_with_many(self):
        url = reverse('playbooks:talk', args=['launch'])
        self.say()
        self.client.get(url)
        with self.assertNumQueries(5):
            self.client.get(url)
        for number in range(3):
            talk.reply(thread=self.say(f'More {number}'), by=make_user(), text='Yes.')
        with self.assertNumQueries(5):
            self.client.get(url)

    def test_a_name_that_changes_changes_on_the_page(self):
        self.say()
        self.assertContains(self.client.get(self.url), '<b>Rita Reader</b>')
        self.reader.name = 'Rita Writer'
        self.reader.save()

        self.assertContains(self.client.get(self.url), '<b>Rita Writer</b>')


class HelpedTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.reader = make_user('Olga Owner'), make_user('Rita Reader')
        cls.playbook = make_playbook('launch', versions=2, owner=cls.owner)
        cls.url = reverse('playbooks:helped', args=['launch'])

    def setUp(self):
        self.client.force_login(self.reader)

    def vote(self, helped, number=2):
        return self.client.post(self.url, {'v': number, 'helped': helped})

    def test_the_last_word_counts_once_for_each_version(self):
        self.vote('no')
        self.vote('yes')
        self.vote('no', number=1)

        self.assertEqual(
            set(Helped.objects.values_list('person__name', 'number', 'yes')),
            {('Rita Reader', 2, True), ('Rita Reader', 1, False)},
        )

    def test_a_no_asks_what_was_missing_and_that_is_a_report(self):
        response = self.vote('no')
        page = self.client.get(response.url)
        self.assertContains(page, 'What was missing?')

        self.client.post('/playbooks/launch/say/', {'kind': 'report', 'v': 2, 'text': 'How long it takes.'})

        self.assertEqual(Remark.objects.get().kind, 'report')
        self.vote('yes')
        self.assertNotContains(self.client.get(response.url), '<label for="missing">')

    def test_what_makes_no_sense_is_refused_and_kept_nowhere(self):
        for data in ({}, {'v': 2, 'helped': 'maybe'}, {'v': 'x', 'helped': 'yes'}, {'v': 10**12, 'helped': 'yes'}):
            self.assertRedirects(self.client.post(self.url, data), '/playbooks/launch/#helped')
        self.assertEqual(self.vote('yes', number=3).status_code, 404)
        self.assertEqual(self.client.get(self.url).status_code, 405)
        self.assertFalse(Helped.objects.exists())

    def test_what_was_looked_for_in_vain_is_kept_once_a_day(self):
        url = reverse('playbooks:page_sought', args=['launch'])
        for words in (' bonus  rules ', 'Bonus rules', '', 'x' * 201):
            self.client.post(url, {'words': words})
        self.client.post(reverse('playbooks:search_sought'), {'words': 'bonus rules'})

        self.assertEqual(
            set(SoughtInVain.objects.values_list('words', 'playbook__slug')),
            {('bonus rules', 'launch'), ('bonus rules', None)},
        )

    def test_a_search_offers_to_say_that_nothing_was_found(self):
        response = self.client.get('/search/', {'q': 'zzzz'})

        self.assertContains(response, 'I did not find “zzzz”')
        self.assertContains(response, 'form="not-found-form" name="words" value="zzzz"')


class MarksTests(TestCase):
    def marks(self, html, **more):
        return with_marks(html, label='Ask about {place}', word='Ask', **more)

    def test_html_without_places_stays_as_it_is(self):
        for html in ('', '<p>Words</p>', '<li id="i-x">No task</li>', '<a class="anchor" href="#s-x">#</a>'):
            self.assertEqual(self.marks(html, answers=[('i-none', '<b>')], counts=[('i-none', '1')]), html)

    def test_words_are_escaped_and_labels_stay_escaped(self):
        html = '<li class="task" id="i-x"><input aria-label="Task: a&quot;b" disabled=""> <span>a"b</span></li>'

        marked = self.marks(html, counts=[('i-x', '<2>')])

        self.assertIn('aria-label="Ask about a&quot;b"', marked)
        self.assertIn('>&lt;2&gt;</a>', marked)
