from django.test import TestCase
from django.urls import reverse

from accounts.models import HolidayCalendar, User
from tests.factories import make_user


class ProfileTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.person = make_user('Maya Okafor', time_zone='Europe/Lisbon')
        cls.other = make_user('Tomas Rivera')
        cls.portugal = HolidayCalendar.objects.create(code='PT', name='Portugal')
        cls.url = reverse('accounts:profile')
        cls.answers = {
            'name': 'Maya O. Okafor',
            'time_zone': 'Asia/Tokyo',
            'locale': 'pt',
            'holiday_calendar': cls.portugal.pk,
            'theme': 'dark',
            'shortcuts': 'on',
        }

    def setUp(self):
        self.client.force_login(self.person)

    def stored(self):
        person = User.objects.get(pk=self.person.pk)
        return person.name, person.time_zone, person.locale, person.holiday_calendar, person.theme, person.shortcuts

    def test_everything_on_the_page_is_saved_for_oneself_alone(self):
        response = self.client.post(
            self.url, self.answers | {'email': 'new@example.com', 'is_active': '', 'groups': '1'}
        )

        self.assertRedirects(response, self.url)
        self.assertEqual(self.stored(), ('Maya O. Okafor', 'Asia/Tokyo', 'pt', self.portugal, 'dark', True))
        self.assertEqual(User.objects.get(pk=self.person.pk).email, self.person.email)
        self.assertEqual(User.objects.get(pk=self.other.pk).name, 'Tomas Rivera')

    def test_bad_answers_are_refused_at_their_fields_and_nothing_is_saved(self):
        bad = {'name': '', 'time_zone': 'Mars/Olympus', 'locale': 'tlh', 'holiday_calendar': 999999, 'theme': 'pink'}

        response = self.client.post(self.url, self.answers | bad)

        self.assertEqual(response.status_code, 422)
        self.assertEqual(set(response.context['form'].errors), set(bad))
        self.assertEqual(self.stored(), ('Maya Okafor', 'Europe/Lisbon', 'en-us', None, 'auto', False))

    def test_a_refused_name_does_not_show_in_the_frame_of_the_page(self):
        response = self.client.post(self.url, self.answers | {'name': 'Zoe Quux', 'theme': 'pink'})

        self.assertNotContains(response, '>ZQ<', status_code=422)
        self.assertContains(response, '>MO<', status_code=422)

    def test_a_zone_that_is_no_place_stays_possible_for_who_has_it(self):
        User.objects.filter(pk=self.person.pk).update(time_zone='Etc/GMT+3')

        self.client.post(self.url, self.answers | {'time_zone': 'Etc/GMT+3'})

        self.assertEqual(self.stored()[:2], ('Maya O. Okafor', 'Etc/GMT+3'))

    def test_only_reading_and_posting(self):
        self.assertEqual(self.client.delete(self.url).status_code, 405)

    def test_the_page_costs_the_same_with_one_calendar_and_with_several(self):
        self.client.get(self.url)
        with self.assertNumQueries(3):
            self.client.get(self.url)

        HolidayCalendar.objects.bulk_create(HolidayCalendar(code=f'X{n}', name=f'Calendar {n}') for n in range(5))

        with self.assertNumQueries(3):
            self.client.get(self.url)

    def test_signed_out_one_is_asked_to_sign_in(self):
        self.client.logout()

        self.assertRedirects(self.client.get(self.url), f'{reverse("account_login")}?next={self.url}')


class ThemeTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.person = make_user()
        cls.url = reverse('accounts:theme')

    def setUp(self):
        self.client.force_login(self.person)

    def theme(self):
        return User.objects.get(pk=self.person.pk).theme

    def test_the_choice_is_kept_and_one_returns_to_the_page(self):
        response = self.client.post(self.url, {'theme': 'dark', 'next': '/profile/'})

        self.assertRedirects(response, '/profile/')
        self.assertEqual(self.theme(), 'dark')

    def test_a_script_gets_no_page(self):
        response = self.client.post(self.url, {'theme': 'light'}, headers={'HX-Request': 'true'})

        self.assertEqual((response.status_code, self.theme()), (204, 'light'))

    def test_nobody_is_sent_to_another_site(self):
        for wish in ('https://evil.example.net/', '//evil.example.net/', 'accounts:profile', 'nowhere'):
            response = self.client.post(self.url, {'theme': 'dark', 'next': wish})

            self.assertEqual(response.headers['Location'], '/')

    def test_an_unknown_theme_is_refused_and_not_saved(self):
        response = self.client.post(self.url, {'theme': 'pink'})

        self.assertEqual((response.status_code, self.theme()), (422, 'auto'))

    def test_looking_changes_nothing(self):
        self.assertEqual(self.client.get(self.url, {'theme': 'dark'}).status_code, 405)
        self.assertEqual(self.theme(), 'auto')
