from django.test import SimpleTestCase

from playbooks.memory import Memory


class MemoryTests(SimpleTestCase):
    def setUp(self):
        self.made = []

    def ask(self, memory, key):
        def make():
            self.made.append(key)
            return key * 4

        return memory.get(key, make)

    def test_what_was_made_once_is_not_made_again(self):
        memory = Memory(100, len)

        self.assertEqual([self.ask(memory, 'a'), self.ask(memory, 'a')], ['aaaa', 'aaaa'])

        self.assertEqual(self.made, ['a'])

    def test_what_was_asked_for_the_longest_ago_goes_when_it_becomes_too_much(self):
        memory = Memory(8, len)

        for key in 'abacb':
            self.ask(memory, key)

        self.assertEqual(self.made, ['a', 'b', 'c', 'b'])
        self.assertEqual(memory.held, 8)

    def test_what_is_larger_than_all_there_is_room_for_is_given_and_not_kept(self):
        memory = Memory(3, len)

        self.assertEqual([self.ask(memory, 'a'), self.ask(memory, 'a')], ['aaaa', 'aaaa'])

        self.assertEqual((self.made, memory.held), (['a', 'a'], 0))
