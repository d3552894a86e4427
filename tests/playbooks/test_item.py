from django.test import TestCase
from django.urls import reverse

from playbooks.models import ItemChange
from tests.factories import make_playbook, make_user, publish_text


class ItemTests(TestCase):
    """An address that names an item goes on leading somewhere, whatever becomes of the text."""

    @classmethod
    def setUpTestData(cls):
        cls.playbook = make_playbook('launch')
        publish_text(cls.playbook, '- [ ] Write the promise {#promise}\n- [ ] Rehearse {#rehearse}\n')
        publish_text(cls.playbook, '- [ ] Write the promise {#promise}\n')

    def setUp(self):
        self.client.force_login(make_user())

    def get(self, key, slug='launch'):
        return self.client.get(reverse('playbooks:item', args=[slug, key]))

    def leads_to(self, key):
        return self.get(key).url

    def test_an_item_of_the_current_version_is_on_the_page(self):
        self.assertEqual(self.leads_to('promise'), '/playbooks/launch/#i-promise')
        self.assertContains(self.client.get('/playbooks/launch/'), 'id="i-promise"')

    def test_one_that_is_gone_is_where_it_was_last_and_the_page_says_so(self):
        self.assertEqual(self.leads_to('rehearse'), '/playbooks/launch/v/1/?gone=rehearse#i-rehearse')
        self.assertContains(self.client.get(self.leads_to('rehearse')), 'no longer in the playbook. Version 1 was the')

    def test_one_that_became_another_is_where_that_is_now_over_several_versions(self):
        third = publish_text(self.playbook, '- [ ] Agree on the promise {#agree}\n')
        ItemChange.objects.create(version=third, key='agree', meaning='new', replaces='promise')
        fourth = publish_text(self.playbook, '- [ ] Sign the promise {#sign}\n')
        ItemChange.objects.create(version=fourth, key='sign', meaning='new', replaces='agree')

        self.assertEqual(self.leads_to('promise'), '/playbooks/launch/#i-sign')

    def test_replacements_in_a_circle_end(self):
        third = publish_text(self.playbook, 'Nothing to do.\n')
        ItemChange.objects.create(version=third, key='agree', meaning='new', replaces='promise')
        ItemChange.objects.create(version=third, key='promise', meaning='new', replaces='agree')

        self.assertEqual(self.leads_to('promise'), '/playbooks/launch/v/2/?gone=promise#i-promise')

    def test_one_that_never_was_is_not_found(self):
        for key in ('nothing', 'x' * 65, 'a\x00b'):
            with self.subTest(key):
                self.assertEqual(self.get(key).status_code, 404)

    def test_an_item_of_what_is_not_shared_is_not_found(self):
        make_playbook('pay-bands', versions=1, audience=('Leads',))

        self.assertEqual(self.get('promise', slug='pay-bands').status_code, 404)

    def test_costs_few_queries(self):
        for key, queries in (('promise', 4), ('rehearse', 6)):
            with self.subTest(key), self.assertNumQueries(queries):
                self.get(key)
