"""Who keeps a playbook and where it stands; that it was checked; archiving."""

from django.contrib.auth.models import Group
from django.test import TestCase
from django.urls import reverse

from playbooks.models import Playbook
from tests.factories import make_area, make_editor, make_playbook, make_user


class KeepingTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.other, cls.editor = make_user('Olga'), make_user('Omar'), make_editor()
        cls.playbook = make_playbook('launch', versions=2, owner=cls.owner)
        cls.playbook.tags.set(['ship'])
        cls.board = Group.objects.create(name='Board')

    def url(self, name):
        return reverse(f'playbooks:{name}', args=['launch'])

    def now(self):
        return Playbook.objects.get()


class PlaybookSettingsTests(KeepingTestCase):
    def save(self, **data):
        kept = {'area': self.playbook.area_id, 'tags': 'ship', 'owner': self.owner.pk, 'review_every_days': ''}
        return self.client.post(self.url('playbook_settings'), kept | data)

    def test_an_editor_changes_everything_at_once(self):
        self.client.force_login(self.editor)
        area = make_area('metrics')

        answer = self.save(
            area=area.pk, tags='one, two', owner=self.other.pk, co_owner=self.owner.pk, audience=[self.board.pk],
            review_every_days=90,
        )  # fmt: skip

        self.assertRedirects(answer, self.url('playbook'), fetch_redirect_response=False)
        now = self.now()
        self.assertEqual((now.area, now.owner, now.co_owner), (area, self.other, self.owner))
        self.assertEqual((set(now.tags.names()), list(now.audience.all())), ({'one', 'two'}, [self.board]))
        self.assertEqual(now.review_every_days, 90)
        self.assertEqual(now.current_version, self.playbook.current_version)

    def test_an_owner_names_a_co_owner_and_cannot_change_the_rest(self):
        self.client.force_login(self.owner)

        self.save(
            area=make_area('metrics').pk, tags='mine', owner=self.other.pk, co_owner=self.other.pk,
            audience=[self.board.pk],
        )  # fmt: skip

        now = self.now()
        self.assertEqual((now.owner, now.co_owner, now.area), (self.owner, self.other, self.playbook.area))
        self.assertEqual((set(now.tags.names()), now.audience.count()), ({'ship'}, 0))

    def test_an_invalid_form_comes_back_and_changes_nothing(self):
        self.client.force_login(self.editor)

        answer = self.save(co_owner=self.owner.pk, tags='other')

        self.assertContains(answer, 'Name somebody else than the owner.', status_code=422)
        self.assertEqual(set(self.now().tags.names()), {'ship'})


class VerifyTests(KeepingTestCase):
    def test_the_owner_says_that_the_current_version_is_still_true(self):
        self.client.force_login(self.owner)

        self.client.post(self.url('verify'), {'remark': 'Read it all.'})

        checked = self.playbook.verifications.get()
        self.assertEqual((checked.person, checked.number, checked.remark), (self.owner, 2, 'Read it all.'))

    def test_a_remark_that_is_too_long_saves_nothing(self):
        self.client.force_login(self.owner)

        self.client.post(self.url('verify'), {'remark': 'x' * 301})

        self.assertFalse(self.playbook.verifications.exists())

    def test_what_has_no_version_cannot_be_checked(self):
        make_playbook('fresh', owner=self.owner)
        self.client.force_login(self.owner)

        self.client.post(reverse('playbooks:verify', args=['fresh']))

        self.assertFalse(Playbook.objects.get(slug='fresh').verifications.exists())


class ArchiveTests(KeepingTestCase):
    def test_an_archived_playbook_is_kept_and_can_be_brought_back(self):
        self.client.force_login(self.editor)

        self.client.post(self.url('playbook_archive'))
        archived = self.now()
        self.client.post(self.url('playbook_unarchive'))

        self.assertEqual((archived.archived_by, archived.versions.count()), (self.editor, 2))
        self.assertEqual((self.now().archived_at, self.now().archived_by), (None, None))

    def test_only_a_post_does_it(self):
        self.client.force_login(self.editor)

        for name in ('playbook_archive', 'playbook_unarchive', 'verify'):
            self.assertEqual(self.client.get(self.url(name)).status_code, 405)
