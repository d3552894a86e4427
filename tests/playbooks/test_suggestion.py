"""One suggestion on its way: its page, the answers to it, becoming a version."""

from django.test import TestCase
from django.urls import reverse

from playbooks import suggesting
from playbooks.drafts import text_hash
from playbooks.models import Credit, DraftAuthor, Kind, Notice, Playbook, Remark, Suggestion
from tests.factories import make_editor, make_kind, make_playbook, make_user, publish_text

from .test_suggestion_new import write


class SuggestionCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.author = make_user('Olga Owner'), make_user('Anna Author')
        cls.playbook = make_playbook('launch', text='As it is.\n', owner=cls.owner)
        cls.draft = write(cls.playbook, cls.author, 'As it could be.\n')
        cls.suggestion = suggesting.send(draft=cls.draft, by=cls.author, why='Customers stumble over it.')
        cls.url = reverse('playbooks:suggestion', args=[cls.suggestion.pk])

    def setUp(self):
        Notice.objects.all().delete()

    def address(self, name):
        return reverse(f'playbooks:suggestion_{name}', args=[self.suggestion.pk])

    def answer(self, who, name, note='Please say why.', **more):
        self.client.force_login(who)
        prefix = 'ask' if name == 'ask' else 'decline'
        stored = Suggestion.objects.get(pk=self.suggestion.pk)
        sent = more.pop('sent', stored.sent_at.isoformat())
        return self.client.post(self.address(name), {f'{prefix}-note': note, f'{prefix}-sent': sent})

    def told(self):
        return sorted(Notice.objects.values_list('person__name', 'kind'))

    def state(self):
        return Suggestion.objects.get(pk=self.suggestion.pk).state


class SuggestionTests(SuggestionCase):
    def test_the_owner_sees_what_changes_why_and_what_can_be_done(self):
        self.client.force_login(self.owner)

        page = self.client.get(self.url)

        for words in ('Customers stumble over it.', 'could be', 'Accept and publish', 'Ask for changes'):
            self.assertContains(page, words)
        self.assertContains(page, 'With Olga Owner since')

    def test_the_author_sees_where_it_is_and_no_answer_to_give(self):
        self.client.force_login(self.author)

        page = self.client.get(self.url)

        self.assertContains(page, 'With Olga Owner since')
        self.assertContains(page, 'Take it back')
        self.assertNotContains(page, 'Accept and publish')

    def test_what_was_changed_since_it_was_sent_is_said_and_shown(self):
        write(self.playbook, self.author, 'As it should be.\n')
        self.client.force_login(self.owner)

        page, since = self.client.get(self.url), self.client.get(f'{self.url}?against=sent')

        self.assertContains(page, 'Changed since it was sent, last by Anna Author')
        self.assertContains(since, '<del>could</del>')
        self.assertContains(since, '<ins>should</ins>')

    def test_where_a_newer_version_exists_it_is_compared_with_that_too(self):
        publish_text(self.playbook, 'As it is.\n\nAnd more.\n')
        self.client.force_login(self.owner)

        page, current = self.client.get(self.url), self.client.get(f'{self.url}?against=current')

        self.assertContains(page, 'Version 2 was published since; this was written from version 1.')
        self.assertContains(current, '<del>And more.</del>')
        self.assertEqual(self.client.get(f'{self.url}?against=nonsense').status_code, 200)

    def test_the_number_of_queries_does_not_grow_with_what_was_said(self):
        def reading(who):
            self.client.force_login(who)
            self.client.get(self.url)
            with self.assertNumQueries(7):
                self.assertEqual(self.client.get(self.url).status_code, 200)

        counted = {}
        for number in (1, 3):
            for _more in range(number):
                Remark.objects.create(
                    playbook=self.playbook, suggestion=self.suggestion, kind='comment', text='Why?', author=make_user()
                )
                DraftAuthor.objects.create(draft=self.draft, person=make_user())
                suggesting.ask_for_changes(suggestion=self.reload(), by=self.owner, note='Why?')
                suggesting.send(draft=write(self.playbook, self.author, f'{number}{_more}.\n'), by=self.author)
            for who in (self.author, self.owner, make_editor()):
                counted[number, who.is_editor] = reading(who)

    def reload(self):
        return Suggestion.objects.select_related('playbook__kind').get(pk=self.suggestion.pk)

    def test_somebody_else_finds_nothing_and_changes_nothing(self):
        for who in (make_user(), make_user(groups=('Board',))):
            self.client.force_login(who)
            self.assertEqual(self.client.get(self.url).status_code, 404)
            for name in ('ask', 'decline', 'withdraw', 'comment'):
                self.assertEqual(self.client.post(self.address(name), {}).status_code, 404)

        self.assertEqual(self.state(), 'open')

    def test_an_author_who_may_not_read_the_page_any_more_does_not_see_it_any_more(self):
        restricted = make_playbook('pay', versions=1, audience=['Board'])
        member = make_user(groups=('Board',))
        sent = suggesting.send(draft=write(restricted, member, 'More.\n'), by=member)
        self.client.force_login(member)
        url = reverse('playbooks:suggestion', args=[sent.pk])
        self.assertEqual(self.client.get(url).status_code, 200)

        member.groups.clear()

        self.assertEqual(self.client.get(url).status_code, 404)

    def test_only_its_own_methods_are_answered(self):
        self.client.force_login(self.owner)
        self.assertEqual(self.client.post(self.url).status_code, 405)
        for name in ('ask', 'decline', 'withdraw', 'comment'):
            self.assertEqual(self.client.get(self.address(name)).status_code, 405)


class AnsweringTests(SuggestionCase):
    def test_changes_are_asked_the_author_changes_it_and_sends_it_again(self):
        self.answer(self.owner, 'ask', 'Say for whom.')
        self.client.force_login(self.author)
        self.assertContains(self.client.get(self.url), 'Say for whom.')
        self.assertContains(self.client.get(self.url), 'With Anna Author since')
        self.assertEqual(self.told(), [('Anna Author', 'suggestion_changes_asked')])

        suggesting.send(draft=write(self.playbook, self.author, 'As it could be, for all.\n'), by=self.author)

        self.assertEqual(self.state(), 'open')

    def test_it_is_declined_with_a_reason_and_the_author_keeps_the_draft(self):
        self.answer(self.owner, 'decline', 'We tried that in May.')

        self.client.force_login(self.author)
        self.assertContains(self.client.get(self.url), 'We tried that in May.')
        self.assertEqual((self.state(), self.told()), ('declined', [('Anna Author', 'suggestion_declined')]))
        self.assertEqual(self.author.drafts.get().text, 'As it could be.\n')

    def test_an_answer_needs_words_and_nothing_typed_is_lost(self):
        for name, note in (('ask', ''), ('decline', ' '), ('decline', 'x' * 2001)):
            with self.subTest(name=name):
                answer = self.answer(self.owner, name, note)

                self.assertContains(answer, note.strip() or 'Say it in a sentence or two', status_code=422)
                self.assertEqual((self.state(), self.told()), ('open', []))

    def test_the_author_does_not_answer_and_who_writes_along_does_not_either(self):
        along = make_user()
        DraftAuthor.objects.create(draft=self.draft, person=along)
        for who in (self.author, along):
            for name in ('ask', 'decline'):
                self.assertEqual(self.answer(who, name).status_code, 403)

        self.assertEqual(self.state(), 'open')

    def test_two_keepers_answering_at_once_have_one_effect(self):
        editor = make_editor()
        shown = Suggestion.objects.select_related('playbook').get()
        suggesting.decline(suggestion=shown, by=self.owner, reason='First.')

        for act in (
            lambda: suggesting.decline(suggestion=shown, by=editor, reason='Second.'),
            lambda: suggesting.ask_for_changes(suggestion=shown, by=editor, note='Second.'),
            lambda: suggesting.withdraw(suggestion=shown, by=self.author),
        ):
            with self.assertRaises(suggesting.Decided):
                act()

        stored = Suggestion.objects.get()
        self.assertEqual((stored.answer, stored.decided_by, stored.steps.count()), ('First.', self.owner, 2))
        self.assertEqual(self.told(), [('Anna Author', 'suggestion_declined')])

    def test_an_answer_to_an_earlier_sending_is_shown_again_and_not_given(self):
        earlier = self.suggestion.sent_at.isoformat()
        suggesting.send(draft=write(self.playbook, self.author, 'Better still.\n'), by=self.author)

        answer = self.answer(self.owner, 'decline', 'I had this typed.', sent=earlier)

        self.assertContains(answer, 'I had this typed.', status_code=409)
        self.assertEqual(self.state(), 'open')

    def test_the_author_takes_it_back_and_nobody_else_does(self):
        self.client.force_login(self.owner)
        self.assertEqual(self.client.post(self.address('withdraw')).status_code, 403)
        self.client.force_login(self.author)

        self.client.post(self.address('withdraw'))
        self.client.post(self.address('withdraw'))

        self.assertEqual((self.state(), self.told()), ('withdrawn', [('Olga Owner', 'suggestion_withdrawn')]))
        self.assertEqual(self.author.drafts.get().discarded_at, None)

    def test_discarding_the_draft_takes_it_back(self):
        self.client.force_login(self.author)

        self.client.post(reverse('playbooks:draft_discard', args=['launch']))

        self.assertEqual(self.state(), 'withdrawn')

    def test_comments_go_to_those_concerned_and_stay_after_it_is_published(self):
        self.client.force_login(self.owner)
        self.client.post(self.address('comment'), {'comment-text': 'For whom is it?', 'comment-place': ''})
        self.assertEqual(self.told(), [('Anna Author', 'commented')])
        self.assertEqual(self.client.post(self.address('comment'), {'comment-text': ' '}).status_code, 422)

        self.accept(self.owner)

        self.client.force_login(self.author)
        self.assertContains(self.client.get(self.url), 'For whom is it?')
        self.assertNotContains(self.client.get(reverse('playbooks:playbook', args=['launch'])), 'For whom is it?')

    def accept(self, who):
        self.client.force_login(who)
        revision = self.author.drafts.get().revision
        step = reverse('playbooks:draft_publish', args=['launch', self.draft.pk])
        return self.client.post(step, {'note': 'Says it better.', 'weight': 'editorial', 'revision': revision})

    def test_accepting_publishes_it_and_thanks_who_suggested_it(self):
        along = make_user('Berta')
        DraftAuthor.objects.create(draft=self.draft, person=along)

        self.accept(self.owner)

        version = self.playbook.versions.get(number=2)
        stored = Suggestion.objects.get()
        self.assertEqual((stored.state, stored.version, stored.draft), ('accepted', version, None))
        self.assertEqual((version.author, version.publisher), (self.author, self.owner))
        thanked = set(version.credits.values_list('name', 'reason'))
        self.assertEqual(thanked, {('Anna Author', 'suggestion'), ('Berta', 'writing')})
        accepted = [(name, kind) for name, kind in self.told() if kind == 'suggestion_accepted']
        self.assertEqual(accepted, [('Anna Author', 'suggestion_accepted'), ('Berta', 'suggestion_accepted')])

    def test_the_author_sees_what_was_published_beside_what_was_sent(self):
        self.accept(self.owner)
        self.client.force_login(self.author)
        self.assertContains(self.client.get(self.url), 'published exactly as it was sent')

        other = suggesting.send(draft=write(self.playbook, self.author, 'As it might be.\n'), by=self.author)
        self.client.force_login(self.owner)
        self.client.post(
            reverse('playbooks:draft_edit', args=['launch', other.draft.pk]),
            {'title': 'Launch', 'text': 'As it will be.\n', 'revision': other.draft.revision, 'base': 2},
        )
        step = reverse('playbooks:draft_publish', args=['launch', other.draft.pk])
        self.client.post(step, {'note': 'Sure.', 'weight': 'editorial', 'revision': other.draft.revision + 1})
        self.client.force_login(self.author)
        page = self.client.get(reverse('playbooks:suggestion', args=[other.pk]))

        self.assertContains(page, '<del>might</del>')
        self.assertContains(page, '<ins>will</ins>')
        self.assertContains(page, 'Published as version 3')

    def test_what_is_published_is_refused_if_it_was_declined_in_this_moment(self):
        shown = Suggestion.objects.select_related('playbook').get()
        origin = self.author.drafts.select_related('playbook', 'author').get()
        suggesting.decline(suggestion=shown, by=self.owner, reason='No.')

        with self.assertRaises(suggesting.NotAllowed):
            suggesting.take_up(draft=origin, editor=self.owner)
        self.assertEqual(self.accept(self.owner).status_code, 403)
        self.assertEqual(self.playbook.versions.count(), 1)

    def test_an_owner_who_publishes_their_own_text_thanks_nobody(self):
        draft = write(self.playbook, self.owner, 'Mine.\n')
        self.client.force_login(self.owner)

        step = reverse('playbooks:playbook_publish', args=['launch'])
        self.client.post(step, {'note': 'Mine.', 'weight': 'editorial', 'revision': draft.revision})

        self.assertEqual((self.playbook.versions.count(), Credit.objects.count()), (2, 0))

    def test_a_new_page_gets_its_owner_by_its_kind_when_it_is_accepted(self):
        someone = make_user('Nora Named')
        make_kind('of-author')
        make_kind('of-person', owner_rule=Kind.OwnerRule.PERSON, default_owner=someone)
        make_kind('of-nobody', owner_rule=Kind.OwnerRule.NOBODY)
        editor = make_editor()
        for kind, named, owner in (
            ('of-author', None, self.author),
            ('of-author', editor, editor),
            ('of-person', None, someone),
            ('of-nobody', None, None),
        ):
            with self.subTest(kind=kind, named=named):
                page = make_playbook(kind=kind, created_by=self.author, owner=named)
                draft = write(page, self.author, 'New.\n', title='New')
                suggesting.send(draft=draft, by=self.author)
                self.client.force_login(editor)
                step = reverse('playbooks:draft_publish', args=[page.slug, draft.pk])
                self.client.post(step, {'note': 'New.', 'revision': draft.revision})

                page = Playbook.objects.get(pk=page.pk)
                self.assertEqual((page.owner, page.current_version.number), (owner, 1))

    def test_a_later_draft_of_the_same_author_has_nothing_of_the_earlier(self):
        along, reader = make_user(), make_user()
        DraftAuthor.objects.create(draft=self.draft, person=along)
        Remark.objects.create(playbook=self.playbook, draft=self.draft, kind='comment', text='Secret.', author=along)
        suggesting.share(draft=self.draft)
        key = self.author.drafts.get().share_key
        self.client.force_login(self.author)
        self.client.post(reverse('playbooks:draft_discard', args=['launch']))

        later = write(self.playbook, self.author, 'Another thing.\n')

        self.assertNotEqual(later.pk, self.draft.pk)
        self.assertEqual((later.co_authors.count(), later.remarks.count(), later.suggestions.count()), (0, 0, 0))
        self.client.force_login(reader)
        for pk in (self.draft.pk, later.pk):
            shown = self.client.get(reverse('playbooks:draft', args=['launch', pk]), {'key': key})
            self.assertEqual(shown.status_code, 404)
        self.assertEqual(text_hash('Launch', 'As it could be.\n', {}), Suggestion.objects.get().sent_hash)
