"""The inbox: what somebody was told, and that they have seen it."""

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks import runs, talk
from playbooks.models import Notice, Playbook, Watch
from playbooks.notices import tell
from playbooks.publishing import PublishAnswers, TextErrors, publish, start_draft
from tests.factories import make_editor, make_playbook, make_user


class InboxTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader, cls.editor = make_user('Rita Reader'), make_editor()
        cls.playbook = make_playbook('launch', versions=1)
        cls.url = reverse('playbooks:inbox')

    def setUp(self):
        self.client.force_login(self.reader)

    def tell(self, person=None, **more):
        told = {'kind': 'version', 'path': '/playbooks/launch/', 'playbook': self.playbook, 'actor': self.editor}
        data = {'title': 'Launch', 'number': 2, 'note': 'Rehearse first.', 'asks': True}
        tell([person or self.reader], **{**told, 'data': data, **more})

    def test_says_what_happened_and_why_and_the_bar_counts_it(self):
        self.tell()

        page = self.client.get(self.url)

        self.assertContains(page, 'We work differently now: “Launch”, version 2')
        self.assertContains(page, 'Rehearse first.')
        self.assertContains(page, '<span class="count hot">1<span class="vh"> new</span></span>', html=True)

    def test_what_was_seen_is_out_of_the_way_and_shown_on_demand(self):
        self.tell()
        self.client.post(reverse('playbooks:inbox_seen'), {'notice': Notice.objects.get().pk})

        self.assertContains(self.client.get(self.url), 'Nothing new')
        self.assertContains(self.client.get(f'{self.url}?show=all'), 'version 2')

    def test_all_that_came_until_the_page_was_shown_is_seen_at_once_and_nothing_later(self):
        self.tell()
        shown = timezone.now()
        self.tell(dedupe_key='later')

        self.client.post(reverse('playbooks:inbox_seen'), {'until': shown.isoformat()})

        self.assertEqual(Notice.objects.unseen().get().dedupe_key, 'later')

    def test_nobody_marks_what_others_were_told(self):
        other = make_user()
        self.tell(other)

        self.client.post(reverse('playbooks:inbox_seen'), {'notice': Notice.objects.get().pk})

        self.assertIsNone(Notice.objects.get().seen_at)

    def test_nonsense_marks_nothing(self):
        self.tell()
        for data in ({}, {'notice': 'x'}, {'until': 'soon'}, {'notice': '9' * 40}):
            answer = self.client.post(reverse('playbooks:inbox_seen'), data)
            with self.subTest(data):
                self.assertEqual((answer.status_code, Notice.objects.unseen().count()), (302, 1))

    def test_a_page_that_closed_is_neither_named_nor_counted(self):
        closed = make_playbook('pay', versions=1, audience=['Board'])
        self.tell(playbook=closed, data={'title': 'Pay bands', 'number': 2})

        page = self.client.get(f'{self.url}?show=all')

        self.assertNotContains(page, 'Pay bands')
        self.assertNotContains(page, 'class="count hot"')

    def test_reading_the_version_is_seeing_the_notice(self):
        make_playbook('other', versions=1)
        self.tell(data={'title': 'Launch', 'number': 1})
        self.tell(data={'title': 'Launch', 'number': 2})

        runs.acknowledge(playbook=self.playbook, person=self.reader, number=1)

        self.assertEqual([notice.data['number'] for notice in Notice.objects.unseen()], [2])

    def test_costs_the_same_with_one_notice_and_with_three(self):
        self.tell()
        self.client.get(self.url)

        for count in (1, 3):
            while Notice.objects.count() < count:
                self.tell(actor=make_user())
            with self.assertNumQueries(3):
                self.client.get(self.url)

    def test_what_somebody_said_is_told_with_their_words_as_long_as_they_stand(self):
        owner = make_user('Olga Owner')
        Playbook.objects.filter(pk=self.playbook.pk).update(owner=owner)
        self.playbook.refresh_from_db()
        remark = talk.say(playbook=self.playbook, by=self.reader, kind='question', text='Who rehearses?').remark
        self.client.force_login(owner)

        before = self.client.get(self.url)
        talk.delete(remark=remark, by=self.reader)
        after = self.client.get(self.url)

        self.assertContains(before, 'Who rehearses?')
        self.assertNotContains(after, 'Who rehearses?')

    def test_every_kind_of_notice_has_a_sentence_even_with_few_values(self):
        self.tell(kind='unheard-of', data={'title': 'Something'})

        self.assertContains(self.client.get(self.url), 'Something')


class TellOfVersionTests(TestCase):
    """Who is told of a new version, by its weight. Source: DESIGN.md, Publishing."""

    @classmethod
    def setUpTestData(cls):
        cls.editor = make_editor()
        cls.playbook = make_playbook('launch', versions=1)
        cls.watcher, cls.reader, cls.stranger = make_user('Wanda'), make_user('Rita'), make_user('Stan')
        Watch.objects.create(person=cls.watcher, playbook=cls.playbook)
        Watch.objects.create(person=cls.editor, area=cls.playbook.area)
        runs.acknowledge(playbook=cls.playbook, person=cls.reader, number=1)

    def publish(self, weight, text='Other words.\n'):
        draft = start_draft(playbook=self.playbook, author=self.editor)
        base = draft.base.text if draft.base else ''
        draft.text = base + f'\n{text}'
        draft.save()
        return publish(draft=draft, editor=self.editor, answers=PublishAnswers(weight, 'Because.'))

    def told(self):
        return {notice.person.name for notice in Notice.objects.filter(kind='version')}

    def test_a_small_fix_tells_nobody(self):
        self.publish('editorial')

        self.assertEqual(self.told(), set())

    def test_a_clarification_tells_watchers(self):
        self.publish('clarification')

        self.assertEqual(self.told(), {'Wanda'})

    def test_a_process_change_tells_readers_as_well(self):
        self.publish('process_change')

        self.assertEqual(self.told(), {'Wanda', 'Rita'})

    def test_watching_a_type_an_area_or_a_tag_tells_once(self):
        self.playbook.tags.add('releases')
        keen = make_user('Keanu')
        Watch.objects.create(person=keen, kind=self.playbook.kind)
        Watch.objects.create(person=keen, area=self.playbook.area)
        Watch.objects.create(person=keen, tag=self.playbook.tags.get())

        self.publish('clarification')

        self.assertEqual(Notice.objects.filter(person=keen).count(), 1)

    def test_a_failed_publication_tells_nobody(self):
        draft = start_draft(playbook=self.playbook, author=self.editor)
        draft.text += '- [ ] Wrong {kind=nonsense}\n'
        draft.save()

        with self.assertRaises(TextErrors):
            publish(draft=draft, editor=self.editor, answers=PublishAnswers('process_change', 'Because.'))

        self.assertEqual(self.told(), set())
