from django.test import TestCase
from django.urls import reverse

from playbooks.text import read
from tests.factories import make_playbook, make_user, publish_text


class PlaceLinkTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.playbook = make_playbook('launch')
        publish_text(cls.playbook, '## Before [all] else\n\n- [ ] Write the promise {#promise}\n', title='Launch')

    def setUp(self):
        self.client.force_login(make_user())

    def get(self, at='', slug='launch'):
        return self.client.get(reverse('playbooks:place_link', args=[slug]), {'at': at} if at else {})

    def test_an_item_has_an_address_that_stays_one_of_this_version_and_both_in_markdown(self):
        response = self.get('i-promise')

        for address in (
            'http://testserver/playbooks/launch/items/promise/',
            'http://testserver/playbooks/launch/v/1/#i-promise',
            '[Write the promise](playbook:launch#promise)',
            '[Write the promise](playbook:launch@1#promise)',
        ):
            self.assertContains(response, f'value="{address}"')

    def test_what_it_gives_for_markdown_is_read_as_a_link_to_that_item(self):
        text = self.get('i-promise').context['markdown_exact']

        (link,) = read(f'[x]({text})').links

        self.assertEqual((link.slug, link.number, link.item), ('launch', 1, 'promise'))

    def test_a_heading_and_the_page_itself_have_theirs(self):
        self.assertContains(self.get('s-before-all-else'), '/playbooks/launch/#s-before-all-else"')
        self.assertContains(self.get(), 'value="http://testserver/playbooks/launch/"')

    def test_the_page_leads_there_from_every_place(self):
        self.assertContains(self.client.get('/playbooks/launch/'), '<a href="link/">Link to this</a>')
        say = self.client.get('/playbooks/launch/say/?at=i-promise')
        self.assertContains(say, 'href="/playbooks/launch/link/?at=i-promise"')

    def test_a_place_that_is_not_there_is_not_found(self):
        for at in ('i-nothing', 's-nothing', 'nonsense'):
            with self.subTest(at):
                self.assertEqual(self.get(at).status_code, 404)

    def test_what_is_not_shared_has_no_addresses(self):
        make_playbook('pay-bands', versions=1, audience=('Leads',))

        self.assertEqual(self.get(slug='pay-bands').status_code, 404)

    def test_costs_few_queries(self):
        self.get('i-promise')
        with self.assertNumQueries(4):
            self.get('i-promise')
