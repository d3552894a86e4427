"""Telling people, in one way for every subject."""

from django.test import TestCase

from playbooks.models import Notice
from playbooks.notices import tell
from tests.factories import make_playbook, make_user


class TellTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.playbook = make_playbook('launch', versions=1)
        cls.actor, cls.reader = make_user('Anna Actor'), make_user('Rita Reader')

    def tell(self, people, **more):
        return tell(people, kind='approval_asked', path='/', playbook=self.playbook, actor=self.actor, **more)

    def test_tells_everybody_but_who_did_it_and_who_can_no_longer_sign_in(self):
        self.tell([self.actor, self.reader, self.reader, make_user(is_active=False)])

        self.assertEqual([notice.person for notice in Notice.objects.all()], [self.reader])

    def test_tells_nobody_twice_under_the_same_key(self):
        self.tell([self.reader], dedupe_key='once')
        self.tell([self.reader], dedupe_key='once')
        self.tell([self.reader])

        self.assertEqual(Notice.objects.count(), 2)
