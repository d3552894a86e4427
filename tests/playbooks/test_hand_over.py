"""Handing pages over, checking them with a remark, and being told that they are due."""

import datetime as dt

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks.actions import tell_of_reviews
from playbooks.models import Notice, Playbook, Verification
from tests.factories import make_admin, make_editor, make_playbook, make_user


class HandOverTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.heir = make_user('Olga Owner'), make_user('Henri Heir')
        for slug in ('launch', 'pricing'):
            make_playbook(slug, versions=1, owner=cls.owner, co_owner=cls.heir)
        cls.foreign = make_playbook('foreign', versions=1, owner=make_user())
        cls.url = reverse('playbooks:hand_over')

    def hand(self, who, *slugs, whose=None, **data):
        self.client.force_login(who)
        address = f'{self.url}?whose={whose.pk}' if whose else self.url
        return self.client.post(address, {'pages': slugs, 'to': self.heir.pk, 'note': 'Ask me until May.'} | data)

    def keepers(self):
        return {page.slug: page.owner.name for page in Playbook.objects.filter(slug__in=['launch', 'pricing'])}

    def test_the_owner_hands_over_what_they_chose_and_both_are_told(self):
        self.hand(self.owner, 'launch')

        self.assertEqual(self.keepers(), {'launch': 'Henri Heir', 'pricing': 'Olga Owner'})
        self.assertIsNone(Playbook.objects.get(slug='launch').co_owner)
        self.assertEqual({notice.person for notice in Notice.objects.all()}, {self.heir})

    def test_an_editor_hands_over_what_somebody_leaves_behind(self):
        self.hand(make_editor(), 'launch', 'pricing', whose=self.owner)

        self.assertEqual(set(self.keepers().values()), {'Henri Heir'})
        self.assertEqual({notice.person for notice in Notice.objects.all()}, {self.heir, self.owner})

    def test_nobody_gives_away_what_others_keep(self):
        self.assertEqual(self.hand(make_user(), 'launch', whose=self.owner).status_code, 403)
        self.assertEqual(self.hand(self.owner, 'foreign').status_code, 422)
        self.assertEqual(set(self.keepers().values()), {'Olga Owner'})

    def test_to_nobody_or_to_themselves_is_refused_and_the_choice_stays(self):
        for to in ('', self.owner.pk, 99999):
            page = self.hand(self.owner, 'launch', to=to)
            with self.subTest(to):
                self.assertContains(page, 'Ask me until May.', status_code=422)
        self.assertEqual(set(self.keepers().values()), {'Olga Owner'})


class CheckedTests(TestCase):
    def test_a_remark_stands_beside_the_day_of_the_check(self):
        owner = make_user('Olga Owner')
        playbook = make_playbook('launch', versions=1, owner=owner)
        self.client.force_login(owner)

        self.client.post(reverse('playbooks:verify', args=['launch']), {'remark': 'Step 4 waits for legal.'})

        self.assertEqual(Verification.objects.get().remark, 'Step 4 waits for legal.')
        self.client.force_login(make_user())
        self.assertContains(self.client.get(playbook.get_absolute_url()), 'Step 4 waits for legal.')


class ReviewDueTests(TestCase):
    def told(self):
        return [(notice.person.name, notice.data['overdue']) for notice in Notice.objects.order_by('pk')]

    def test_owner_and_co_owner_are_told_two_weeks_before_and_once_when_it_is_past(self):
        owner, co_owner = make_user('Olga'), make_user('Cora')
        playbook = make_playbook('launch', versions=1, owner=owner, co_owner=co_owner, review_every_days=100)
        start = timezone.now()
        for days in (50, 87, 88, 101, 102):
            tell_of_reviews(start + dt.timedelta(days=days))

        self.assertEqual(self.told(), [('Olga', False), ('Cora', False), ('Olga', True), ('Cora', True)], playbook.slug)

    def test_where_nobody_keeps_it_editors_are_told(self):
        make_editor('Edith')
        make_admin()
        make_playbook('launch', versions=1, review_every_days=10)

        tell_of_reviews(timezone.now() + dt.timedelta(days=20))

        self.assertEqual(self.told(), [('Edith', True)])

    def test_what_was_checked_or_is_archived_is_not_due(self):
        owner = make_user()
        checked = make_playbook('launch', versions=1, owner=owner, review_every_days=10)
        make_playbook(
            'old', versions=1, owner=owner, review_every_days=10, archived_at=timezone.now(), archived_by=owner
        )
        later = timezone.now() + dt.timedelta(days=400)
        Verification.objects.create(playbook=checked, person=owner, number=1, at=later)

        tell_of_reviews(later - dt.timedelta(days=10))

        self.assertEqual(self.told(), [])
