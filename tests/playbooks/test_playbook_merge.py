"""Bringing a draft together with the version, or the save, that came between."""

import datetime as dt

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks.drafts import draft_of, save_draft, shown_before, start_draft, thin_saves
from playbooks.models import Draft, DraftAuthor, DraftSave, Playbook
from tests.factories import make_editor, make_kind, make_playbook, make_user, publish_text

BASE = '# Launch\n\nIntro.\n\n## Before\n\n- [ ] Write the promise\n- [ ] Rehearse\n\n## After\n\nSay thanks.\n'
MERGE = 'playbooks:playbook_merge'


class MergeTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_kind(
            'launch-checklist',
            fields=[
                {'name': 'tier', 'label': 'Tier', 'type': 'choice', 'choices': ['One', 'Two', 'Three']},
                {'name': 'cost', 'label': 'Cost', 'type': 'number'},
            ],
        )
        cls.owner = make_user('Olga Owner')
        cls.editor = make_editor()
        cls.playbook = make_playbook('launch', text=BASE, kind='launch-checklist', owner=cls.owner)
        cls.url = reverse(MERGE, args=['launch'])
        cls.edit = reverse('playbooks:playbook_edit', args=['launch'])

    def setUp(self):
        self.client.force_login(self.owner)

    def loaded(self):
        return Playbook.objects.select_related('kind', 'current_version').get(slug='launch')

    def write(self, text, *, author=None, title='Launch', fields=None):
        draft = start_draft(playbook=self.loaded(), author=author or self.owner)
        return save_draft(draft=draft, title=title, text=text, fields=fields or {}, shown_revision=draft.revision)

    def theirs(self, text, **more):
        return publish_text(self.loaded(), text, **{'title': 'Launch', 'author': self.editor} | more)

    def draft(self):
        return Draft.objects.select_related('base').get(author=self.owner)

    def asked(self, page):
        """The names of the conflicts on a page."""
        return [one.conflict.name for one in page.context['asked']]

    def answers(self, page, *choices, **more):
        return {f'choice-{name}': choice for name, choice in zip(self.asked(page), choices, strict=True)} | more


class WithAVersionTests(MergeTestCase):
    def test_what_touches_other_lines_is_put_together_and_goes_on_from_the_version(self):
        self.write(BASE.replace('Say thanks.', 'Say thanks to all.'))
        self.theirs(BASE.replace('Intro.', 'Read this first.'))

        page = self.client.get(self.url)
        unchanged = self.draft().revision
        answer = self.client.post(self.url)

        self.assertContains(page, 'They fit together')
        self.assertContains(page, '<ins>Read this first')
        self.assertEqual(unchanged, 2)
        self.assertRedirects(answer, self.edit)
        draft = self.draft()
        self.assertEqual(draft.base.number, 2)
        self.assertEqual(
            draft.text, BASE.replace('Intro.', 'Read this first.').replace('Say thanks.', 'Say thanks to all.')
        )

    def test_the_same_line_changed_by_both_is_shown_side_by_side_and_saved_as_chosen(self):
        mine, theirs = BASE.replace('Intro.', 'My intro.'), BASE.replace('Intro.', 'Their intro.')
        for choice, written, intro in (
            ('mine', '', 'My intro.\n'),
            ('theirs', '', 'Their intro.\n'),
            ('both', '', 'My intro.\nTheir intro.\n'),
            ('edited', 'Our intro.\r\n', 'Our intro.\n'),
        ):
            with self.subTest(choice=choice):
                Draft.objects.all().delete()
                Playbook.objects.filter(slug='launch').update(current_version=self.playbook.versions.get(number=1))
                self.write(mine)
                number = self.theirs(theirs).number
                page = self.client.get(self.url)
                (name,) = self.asked(page)

                answer = self.client.post(
                    self.url, {f'choice-{name}': choice, f'text-{name}': written or 'My intro.\r\n'}
                )

                self.assertContains(page, '<del>Intro</del><ins>My intro</ins>.')
                self.assertContains(page, '<del>Intro</del><ins>Their intro</ins>.')
                self.assertContains(page, 'Launch, line 3')
                self.assertRedirects(answer, self.edit)
                draft = self.draft()
                self.assertEqual((draft.text, draft.base.number), (BASE.replace('Intro.\n', intro), number))

    def test_nothing_is_chosen_beforehand_and_an_answer_that_is_missing_keeps_the_others_and_saves_nothing(self):
        self.write(BASE.replace('Intro.', 'Mine.').replace('Say thanks.', 'My thanks.'))
        self.theirs(BASE.replace('Intro.', 'Theirs.').replace('Say thanks.', 'Their thanks.'))
        page = self.client.get(self.url)
        first, second = self.asked(page)

        answer = self.client.post(self.url, {f'choice-{first}': 'edited', f'text-{first}': 'Written with care.\n'})

        self.assertNotContains(page, 'checked')
        self.assertContains(answer, 'Choose one.', status_code=422)
        self.assertContains(answer, 'Written with care.', status_code=422)
        form = answer.context['form']
        self.assertEqual(form[f'choice-{first}'].value(), 'edited')
        self.assertIn(f'choice-{second}', form.errors)
        self.assertEqual((self.draft().base.number, self.draft().revision), (1, 2))

    def test_words_written_beside_another_answer_are_not_dropped_in_silence(self):
        self.write(BASE.replace('Intro.', 'Mine.'))
        self.theirs(BASE.replace('Intro.', 'Theirs.'))
        (name,) = self.asked(self.client.get(self.url))

        answer = self.client.post(self.url, {f'choice-{name}': 'theirs', f'text-{name}': 'Mine, and more.\r\n'})

        self.assertContains(answer, 'You wrote something, but chose another answer.', status_code=422)
        self.assertContains(answer, 'Mine, and more.', status_code=422)
        self.assertEqual(self.draft().base.number, 1)

    def test_a_version_that_comes_meanwhile_leaves_the_answers_and_the_words_that_lost_their_place(self):
        self.write(BASE.replace('Intro.', 'Mine.').replace('Say thanks.', 'My thanks.'))
        self.theirs(BASE.replace('Intro.', 'Theirs.').replace('Say thanks.', 'Their thanks.'))
        first, second = self.asked(self.client.get(self.url))
        sent = {f'choice-{first}': 'mine', f'choice-{second}': 'edited', f'text-{second}': 'Thanks to everybody.\n'}
        self.theirs(BASE.replace('Intro.', 'Theirs.').replace('Say thanks.', 'Yet other thanks.'))

        answer = self.client.post(self.url, sent | {f'text-{first}': 'Mine.\n'})

        self.assertEqual(answer.status_code, 422)
        self.assertEqual(answer.context['form'][f'choice-{first}'].value(), 'mine')
        self.assertEqual(answer.context['form'].left_over, ['Thanks to everybody.\n'])
        self.assertContains(answer, 'Thanks to everybody.', status_code=422)
        self.assertEqual(self.draft().base.number, 1)

    def test_title_and_fields_are_put_together_each_for_itself(self):
        self.theirs(BASE, fields={'tier': 'One', 'cost': '5'})
        self.write(BASE, title='Going live', fields={'tier': 'Two', 'cost': '5'})
        self.theirs(BASE, title='Launch day', fields={'tier': 'Three', 'cost': '7'})

        page = self.client.get(self.url)
        answer = self.client.post(self.url, self.answers(page, 'edited', 'theirs') | self.title(page, 'Live'))

        self.assertEqual([one.label for one in page.context['asked']], ['Title', 'Tier'])
        self.assertRedirects(answer, self.edit)
        self.assertEqual((self.draft().title, self.draft().fields), ('Live', {'tier': 'Three', 'cost': '7'}))

    def title(self, page, title):
        return {f'text-{self.asked(page)[0]}': title}

    def test_a_reworded_item_keeps_its_key_whichever_side_is_kept(self):
        for choice, label in (('mine', 'Write down the promise'), ('theirs', 'Write the whole promise')):
            with self.subTest(choice=choice):
                Draft.objects.all().delete()
                Playbook.objects.filter(slug='launch').update(current_version=self.playbook.versions.get(number=1))
                self.write(BASE.replace('Write the promise', 'Write down the promise'))
                self.theirs(BASE.replace('Write the promise', 'Write the whole promise {#write-the-promise}'))

                page = self.client.get(self.url)
                self.client.post(self.url, self.answers(page, choice))

                self.assertIn(f'- [ ] {label} {{#write-the-promise}}\n', self.draft().text)

    def test_an_item_moved_by_one_and_reworded_by_the_other_is_asked_about_and_twice_is_said(self):
        self.write(BASE.replace('Write the promise', 'Write down the promise'))
        moved = BASE.replace('- [ ] Write the promise\n', '').replace('Say', '- [ ] Write the promise\n\nSay')
        self.theirs(moved)

        page = self.client.get(self.url)
        self.client.post(self.url, self.answers(page, 'mine'))
        step = self.client.get(reverse('playbooks:playbook_publish', args=['launch']))

        self.assertEqual(self.draft().text.count('promise {#write-the-promise}'), 1)
        self.assertContains(step, 'Items: 1 added, 1 reworded, 2 moved.')

    def test_more_conflicts_than_a_page_can_ask_about_are_one(self):
        lines = [f'Line {n}\n\n' for n in range(80)]
        self.theirs(''.join(lines))
        self.write(''.join(line.replace('Line', 'Mine') for line in lines))
        self.theirs(''.join(line.replace('Line', 'Theirs') for line in lines))

        page = self.client.get(self.url)
        self.client.post(self.url, self.answers(page, 'both'))

        self.assertEqual(len(page.context['asked']), 1)
        self.assertEqual([self.draft().text.count(word) for word in ('Mine', 'Theirs')], [80, 80])

    def test_a_merged_text_that_is_too_large_is_refused_with_every_answer_kept(self):
        long = 'word ' * 30_000 + '\n'
        self.write(BASE.replace('Intro.\n', long))
        self.theirs(BASE.replace('Intro.\n', 'x' + long))
        page = self.client.get(self.url)

        answer = self.client.post(self.url, self.answers(page, 'both'))

        self.assertContains(answer, 'a text may have 256', status_code=422)
        self.assertEqual(self.draft().base.number, 1)

    def test_a_draft_with_the_newest_version_in_it_has_nothing_to_bring_together(self):
        self.write('Mine.\n')

        for answer in (self.client.get(self.url), self.client.post(self.url)):
            self.assertRedirects(answer, self.edit)
        self.assertEqual(self.draft().text, 'Mine.\n')

    def test_a_draft_of_a_page_that_had_no_version_yet_keeps_every_line_of_both(self):
        page = make_playbook('fresh', owner=self.owner)
        Draft.objects.create(playbook=page, author=self.owner, title='Fresh', text='Shared.\nMine.\n')
        publish_text(page, 'Shared.\nTheirs.\n', title='Fresh')
        url = reverse(MERGE, args=['fresh'])

        shown = self.client.get(url)
        self.client.post(url, self.answers(shown, 'both'))

        self.assertEqual(self.draft().text, 'Shared.\nMine.\nTheirs.\n')

    def test_somebody_elses_suggestion_is_brought_together_by_who_decides_about_it(self):
        member = make_user('Mina')
        draft = self.write(BASE.replace('Say thanks.', 'Say thanks to all.'), author=member)
        draft.suggestions.create(playbook=self.playbook, author=member)
        self.theirs(BASE.replace('Intro.', 'Read this first.'))
        url = reverse('playbooks:draft_merge', args=['launch', draft.pk])

        answer = self.client.post(url, {'then': 'publish'})

        self.assertRedirects(answer, reverse('playbooks:draft_publish', args=['launch', draft.pk]))
        draft.refresh_from_db()
        self.assertEqual((draft.author, draft.saved_by, draft.base.number), (member, self.owner, 2))

    def test_the_number_of_queries_does_not_depend_on_the_number_of_conflicts(self):
        self.client.get(self.edit)
        for places in (1, 3):
            text = ''.join(f'Line {n}\n\n' for n in range(places))
            self.theirs(text)
            Draft.objects.all().delete()
            self.write(text.replace('Line', 'Mine'))
            self.theirs(text.replace('Line', 'Theirs'))
            with self.assertNumQueries(8):
                page = self.client.get(self.url)
            self.assertEqual(len(page.context['asked']), places)


class WithASaveTests(MergeTestCase):
    """Two tabs, or two authors of one draft."""

    def save(self, text, *, revision, url=None, **more):
        sent = {'title': 'Launch', 'text': text, 'revision': revision, 'base': 1, 'field-tier': '', 'field-cost': ''}
        return self.client.post(url or self.edit, sent | more)

    def test_what_touches_other_lines_is_saved_with_what_the_other_tab_saved(self):
        shown = self.write(BASE.replace('Rehearse', 'Rehearse twice')).revision
        self.save(BASE.replace('Intro.', 'First tab.').replace('Rehearse', 'Rehearse twice'), revision=shown)

        answer = self.save(
            BASE.replace('Say thanks.', 'Second tab.').replace('Rehearse', 'Rehearse twice'), revision=shown
        )

        self.assertRedirects(answer, self.edit)
        self.assertEqual(
            self.draft().text,
            BASE.replace('Intro.', 'First tab.')
            .replace('Rehearse', 'Rehearse twice')
            .replace('Say thanks.', 'Second tab.'),
        )

    def test_the_same_line_in_two_tabs_is_asked_about_and_what_was_typed_travels_with_the_page(self):
        shown = self.write(BASE).revision
        self.save(BASE.replace('Intro.', 'First tab.'), revision=shown)
        typed = BASE.replace('Intro.', 'Second tab.').replace('Say thanks.', 'Thank them.')

        page = self.save(typed, revision=shown)
        carried = {field.name: field.value() for field in page.context['carried']}
        refused = self.client.post(self.url, carried)
        answer = self.client.post(self.url, carried | self.answers(refused, 'both'))

        self.assertEqual((page.status_code, refused.status_code), (409, 422))
        self.assertContains(page, 'name="text"', status_code=409)
        self.assertContains(refused, 'Choose one.', status_code=422)
        self.assertRedirects(answer, self.edit)
        self.assertEqual(
            self.draft().text,
            BASE.replace('Intro.\n', 'Second tab.\nFirst tab.\n').replace('Say thanks.', 'Thank them.'),
        )
        self.assertEqual(self.draft().base.number, 1)

    def test_a_line_that_the_other_tab_deleted_again_does_not_come_back(self):
        self.write(BASE.replace('Intro.', 'Intro.\nA passing thought.'))
        shown = self.draft().revision
        self.save(BASE, revision=shown)

        self.save(BASE.replace('Intro.', 'Intro.\nA passing thought.').replace('Say', 'Please say'), revision=shown)

        self.assertEqual(self.draft().text, BASE.replace('Say', 'Please say'))

    def test_where_the_save_is_not_kept_any_more_the_version_is_what_both_came_from(self):
        shown = self.write(BASE).revision
        self.save(BASE.replace('Intro.', 'First tab.'), revision=shown)
        DraftSave.objects.all().delete()

        self.save(BASE.replace('Say thanks.', 'Second tab.'), revision=shown)

        self.assertEqual(self.draft().text, BASE.replace('Intro.', 'First tab.').replace('Say thanks.', 'Second tab.'))

    def test_a_draft_published_meanwhile_is_no_place_to_save_and_what_was_typed_is_a_draft_of_its_own(self):
        writes = make_user('Mina')
        draft = self.write(BASE)
        DraftAuthor.objects.create(draft=draft, person=writes)
        self.client.force_login(writes)
        url = reverse('playbooks:draft_merge', args=['launch', draft.pk])
        Draft.objects.all().delete()

        answer = self.save('Mine.\n', revision=draft.revision, url=url)

        self.assertRedirects(answer, self.edit)
        self.assertEqual(Draft.objects.get().author, writes)

    def test_of_an_autosave_only_the_status_says_that_there_is_another(self):
        shown = self.write(BASE).revision
        self.save(BASE.replace('Intro.', 'First tab.'), revision=shown)

        sent = {'title': 'Launch', 'text': 'Mine.\n', 'revision': shown, 'base': 1}
        answer = self.client.post(self.edit, sent, headers={'HX-Request': 'true'})

        self.assertContains(answer, 'Bring both together', status_code=409)
        self.assertNotIn('Mine.', self.draft().text)


class KeptSavesTests(MergeTestCase):
    def test_saves_are_kept_for_a_day_and_thinned_after_ten_minutes(self):
        start = timezone.now().replace(minute=0, second=0, microsecond=0)
        draft = draft_of(self.loaded(), self.owner)
        for number in range(30):
            at = start + dt.timedelta(minutes=number)
            draft = save_draft(
                draft=draft, title='Launch', text=f'{number}\n', fields={}, shown_revision=draft.revision, now=at
            )
        texts = [shown_before(draft, revision).text for revision in (1, 2, 15, 30)]

        thin_saves(start + dt.timedelta(minutes=30))

        kept = list(DraftSave.objects.order_by('revision').values_list('revision', flat=True))
        self.assertEqual(texts, ['0\n', '1\n', '14\n', '29\n'])
        self.assertEqual(kept, [1, 11, *range(21, 31)])
        self.assertEqual(shown_before(draft, 15).text, '10\n')
        thin_saves(start + dt.timedelta(days=1, minutes=15))
        self.assertEqual(DraftSave.objects.order_by('revision').first().revision, 21)

    def test_what_a_discarded_draft_said_is_nothing_that_a_new_one_came_from(self):
        draft = self.write('Discarded.\n')
        Draft.objects.update(discarded_at=timezone.now())

        new = start_draft(playbook=self.loaded(), author=self.owner)

        self.assertIsNone(shown_before(new, draft.revision))
