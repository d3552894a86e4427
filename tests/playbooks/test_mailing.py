"""When notices become mails: not what was seen, never more than four a day, then a digest."""

import datetime as dt

from django.test import TestCase

from accounts.models import Mail
from playbooks import talk
from playbooks.mailing import mail_notices
from playbooks.models import Acknowledgement, MailWish, Notice
from playbooks.notices import tell
from tests.factories import make_editor, make_playbook, make_user, publish_text

NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
MINUTES = dt.timedelta(minutes=1)


class MailingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader, cls.actor = make_user('Rita Reader', time_zone='Europe/Lisbon'), make_editor()
        cls.playbook = make_playbook('launch', text='Write the promise.\n\nRehearse.\n')

    def tell(self, number=2, at=NOON, **more):
        data = {'title': 'Launch', 'number': number, 'note': 'Because.', 'asks': True}
        told = {'kind': 'version', 'path': '/playbooks/launch/', 'playbook': self.playbook, 'actor': self.actor}
        tell([self.reader], **{**told, 'data': data, 'now': at, **more})

    def bodies(self):
        return [mail.body for mail in Mail.objects.order_by('pk')]

    def test_a_notice_waits_some_minutes_and_is_then_mailed_once(self):
        self.tell()

        sent = [mail_notices(NOON + minutes * MINUTES) for minutes in (1, 6, 7)]

        self.assertEqual(sent, [0, 1, 0])
        mail = Mail.objects.get()
        self.assertEqual((mail.person, mail.subject), (self.reader, 'We work differently now: “Launch”, version 2'))

    def test_what_was_seen_is_not_mailed(self):
        self.tell()
        Notice.objects.update(seen_at=NOON)

        self.assertEqual(mail_notices(NOON + 6 * MINUTES), 0)

    def test_what_was_read_is_not_mailed(self):
        publish_text(self.playbook, 'Write the promise.\n')
        self.tell()
        Acknowledgement.objects.create(playbook=self.playbook, person=self.reader, number=2)

        self.assertEqual(mail_notices(NOON + 6 * MINUTES), 0)

    def test_the_mail_holds_the_difference_from_what_this_person_read(self):
        publish_text(self.playbook, 'Write the promise.\n\nRehearse twice.\n')
        publish_text(self.playbook, 'Write the promise.\n\nRehearse twice.\n\nTell support.\n')
        Acknowledgement.objects.create(playbook=self.playbook, person=self.reader, number=1)
        self.tell(number=3)

        mail_notices(NOON + 6 * MINUTES)

        (body,) = self.bodies()
        for line in ('- Rehearse.', '+ Rehearse twice.', '+ Tell support.', 'http://localhost:8000/playbooks/launch/'):
            self.assertIn(line, body)

    def test_no_more_than_four_mails_a_day_and_the_rest_next_morning_as_one(self):
        sent = []
        for number in range(2, 9):
            at = NOON + number * 10 * MINUTES
            self.tell(number=number, at=at, dedupe_key=f'{number}', path=f'/playbooks/launch/v/{number}/')
            sent.append(mail_notices(at + 6 * MINUTES))
        night = mail_notices(NOON + dt.timedelta(hours=14))
        morning = mail_notices(NOON + dt.timedelta(hours=21))

        self.assertEqual((sent, night, morning), ([1, 1, 1, 1, 0, 0, 0], 0, 1))
        self.assertEqual(Mail.objects.count(), 5)
        self.assertEqual(Notice.objects.filter(mailed_at=None).count(), 0)

    def test_whoever_wants_one_mail_a_day_gets_it_in_their_morning(self):
        MailWish.objects.create(person=self.reader, how='daily')
        self.tell(at=NOON - dt.timedelta(hours=10))

        early, morning = (mail_notices(NOON - dt.timedelta(hours=hours)) for hours in (5, 3))

        self.assertEqual((early, morning), (0, 1))

    def test_whoever_wants_no_mails_gets_none_ever(self):
        wish = MailWish.objects.create(person=self.reader, how='never')
        self.tell()
        mail_notices(NOON + 6 * MINUTES)
        wish.how = 'at_once'
        wish.save()

        self.assertEqual(mail_notices(NOON + 9 * MINUTES), 0)

    def test_a_page_that_closed_since_is_not_mailed_about(self):
        closed = make_playbook('pay', versions=1, audience=['Board'])
        self.tell(playbook=closed, data={'title': 'Pay bands', 'number': 2})

        self.assertEqual(mail_notices(NOON + 6 * MINUTES), 0)
        self.assertEqual(self.bodies(), [])

    def test_an_answer_is_mailed_with_its_words(self):
        playbook = make_playbook('rollback', versions=1, owner=make_user('Olga Owner'))
        question = talk.say(playbook=playbook, by=self.reader, kind='question', text='Who?', now=NOON).remark
        talk.reply(thread=question, by=playbook.owner, text='Engineering does.', now=NOON)
        Notice.objects.update(at=NOON)

        mail_notices(NOON + 6 * MINUTES)

        self.assertIn('Engineering does.', Mail.objects.get(person=self.reader).body)

    def test_several_at_once_are_one_mail_and_a_line_break_in_a_title_is_no_header(self):
        self.tell()
        self.tell(kind='handed_over', data={'title': 'A\nBcc: x@example.com', 'to': 'Rita', 'note': ''}, path='/x/')

        mail_notices(NOON + 6 * MINUTES)

        self.assertEqual(Mail.objects.get().subject, '2 things in Rampbook for you')

    def test_costs_the_same_with_one_notice_and_with_three(self):
        for count in (1, 3):
            Notice.objects.all().delete()
            Mail.objects.all().delete()
            for number in range(count):
                self.tell(kind='handed_over', data={'title': f'{number}', 'to': 'Rita'}, path=f'/{number}/')
            with self.subTest(count), self.assertNumQueries(9):
                mail_notices(NOON + 6 * MINUTES)
