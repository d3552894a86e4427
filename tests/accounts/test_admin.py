from django.contrib.auth.models import Group
from django.test import Client, TestCase
from django.urls import reverse

from accounts.models import ADMINS, ClosingDay, HolidayCalendar, Mail, Organization, User
from accounts.outbox import queue_mail
from tests.factories import make_admin, make_editor, make_user


class AdminAccessTests(TestCase):
    def test_administrators_alone_get_in(self):
        manager = make_user()
        make_user(reports_to=manager)
        answers = {}
        for kind, person in {'member': make_user(), 'manager': manager, 'editor': make_editor()}.items():
            self.client.force_login(person)
            answers[kind] = [self.client.get(url, follow=True).status_code for url in self.urls()]
        self.assertEqual({status for statuses in answers.values() for status in statuses} & {200}, set())

        self.client.force_login(make_admin())
        self.assertEqual([self.client.get(url).status_code for url in self.urls()], [200] * len(self.urls()))

    def test_signed_out_one_is_asked_to_sign_in_on_the_sites_own_page(self):
        response = self.client.get(reverse('admin:index'), follow=True)

        self.assertEqual(response.request['PATH_INFO'], reverse('account_login'))

    def urls(self):
        names = ['user', 'mail', 'organization', 'closingday', 'holidaycalendar']
        lists = [reverse(f'admin:accounts_{name}_changelist') for name in names]
        return [reverse('admin:index'), *lists, reverse('admin:auth_group_changelist')]


class PersonAdminTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.admin = make_admin()
        cls.head = make_user('Henrik Head')
        cls.person = make_user('Maya Okafor', reports_to=cls.head)

    def setUp(self):
        self.client.force_login(self.admin)

    def answers(self, person, **changes):
        return {
            'name': person.name,
            'email': person.email,
            'reports_to': person.reports_to_id or '',
            'is_active': 'on',
            'time_zone': 'UTC',
            'locale': 'en-us',
        } | changes

    def change(self, person, **changes):
        url = reverse('admin:accounts_user_change', args=[person.pk])
        return self.client.post(url, self.answers(person, **changes), follow=True)

    def test_a_person_is_added_without_a_password_and_may_ask_for_a_link(self):
        self.client.post(
            reverse('admin:accounts_user_add'),
            {
                'name': 'New Admin', 'email': 'New@Example.com', 'groups': [Group.objects.get(name=ADMINS).pk],
                'is_active': 'on', 'time_zone': 'UTC', 'locale': 'de',
            },
        )  # fmt: skip

        person = User.objects.get(email='new@example.com')
        self.assertTrue(person.is_admin)
        self.assertFalse(person.has_usable_password())
        self.assertEqual([(a.email, a.verified) for a in person.emailaddress_set.all()], [('new@example.com', True)])

    def test_a_circle_in_the_reporting_line_is_refused(self):
        page = self.change(self.head, reports_to=self.person.pk)

        self.assertContains(page, 'Maya Okafor is below')
        self.assertIsNone(User.objects.get(pk=self.head.pk).reports_to)

    def test_the_reporting_line_is_changed(self):
        self.change(self.person, reports_to=self.admin.pk)

        self.assertEqual(User.objects.get(pk=self.person.pk).reports_to, self.admin)

    def test_a_closed_account_is_signed_out_everywhere(self):
        browser = Client()
        browser.force_login(self.person)

        self.change(self.person, is_active='')

        self.assertEqual(browser.get(reverse('accounts:profile')).status_code, 302)
        self.assertFalse(User.objects.get(pk=self.person.pk).is_active)

    def test_two_people_with_one_address_are_refused_whatever_the_case(self):
        page = self.change(self.person, email=self.head.email.upper())

        self.assertContains(page, 'Somebody with this address is already here.')

    def test_no_page_shows_or_takes_a_password(self):
        page = self.client.get(reverse('admin:accounts_user_change', args=[self.person.pk]))

        self.assertNotContains(page, 'password')

    def test_people_are_not_deleted_here(self):
        self.assertEqual(
            self.client.post(reverse('admin:accounts_user_delete', args=[self.person.pk])).status_code, 403
        )
        self.assertTrue(User.objects.filter(pk=self.person.pk).exists())


class OtherAdminTests(TestCase):
    def setUp(self):
        self.client.force_login(make_admin())

    def test_mails_can_be_looked_at_and_never_changed(self):
        mail = queue_mail(to='reader@example.com', kind='signed', subject='Signed off', body='Well done.\n')
        url = reverse('admin:accounts_mail_change', args=[mail.pk])

        self.assertContains(self.client.get(url), 'reader@example.com')
        self.assertEqual(self.client.post(url, {'subject': 'Other'}).status_code, 403)
        self.assertEqual(self.client.get(reverse('admin:accounts_mail_add')).status_code, 403)
        self.assertEqual(self.client.post(reverse('admin:accounts_mail_delete', args=[mail.pk])).status_code, 403)
        self.assertEqual(Mail.objects.get().subject, 'Signed off')

    def test_the_link_of_an_invitation_is_not_for_administrators(self):
        mail = queue_mail(to='new@example.com', kind='invitation', subject='Welcome', body='http://x/reset/key/abc/\n')

        page = self.client.get(reverse('admin:accounts_mail_change', args=[mail.pk]))

        self.assertContains(page, 'new@example.com')
        self.assertNotContains(page, 'reset/key')

    def test_the_two_groups_of_the_site_keep_their_names_and_stay(self):
        group = Group.objects.get(name=ADMINS)

        self.client.post(reverse('admin:auth_group_change', args=[group.pk]), {'name': 'Gods'})
        deleted = self.client.post(reverse('admin:auth_group_delete', args=[group.pk]), {'post': 'yes'})

        self.assertEqual(deleted.status_code, 403)
        self.assertTrue(Group.objects.filter(name=ADMINS).exists())

    def test_days_off_and_the_company_are_kept_here(self):
        self.client.post(reverse('admin:accounts_closingday_add'), {'on': '2026-12-24', 'name': 'Christmas Eve'})
        self.client.post(
            reverse('admin:accounts_holidaycalendar_add'),
            {
                'name': 'Mars', 'code': 'XM', 'holidays-TOTAL_FORMS': '1', 'holidays-INITIAL_FORMS': '0',
                'holidays-0-on': '2026-12-31', 'holidays-0-name': 'Landing',
            },
        )  # fmt: skip
        self.client.post(reverse('admin:accounts_organization_add'), {'name': 'Acme'})

        self.assertEqual(str(ClosingDay.objects.get()), '2026-12-24 Christmas Eve')
        self.assertEqual([str(day) for day in HolidayCalendar.objects.get().holidays.all()], ['2026-12-31 Landing'])
        self.assertEqual((Organization.objects.get().pk, Organization.objects.get().name), (1, 'Acme'))
        self.assertEqual(self.client.get(reverse('admin:accounts_organization_add')).status_code, 403)
