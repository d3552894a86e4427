from unittest import TestCase

from playbooks.text import read


class LinksToHeadingsTests(TestCase):
    def test_a_fragment_with_the_anchor_of_a_heading_leads_to_that_heading(self):
        document = read('[How](playbook:travel#s-how-to-book) and [step](playbook:travel@2#book)\n')

        self.assertIn('href="/playbooks/travel/#s-how-to-book"', document.html)
        self.assertIn('href="/playbooks/travel/v/2/#i-book"', document.html)
        self.assertEqual([(link.slug, link.item) for link in document.links], [('travel', None), ('travel', 'book')])
