"""What walks through the site share: people with passwords, signing in by the form, mails, fields of the editor."""

import email
import email.policy
import re
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actions import trust_address
from playbooks.calendar import WorkingCalendar
from tests.factories import make_user

PASSWORD = 'sunny river stone'

# What a manager's new person works through; the words of `REVISED` below are those of version 2.
TRACK = """\
You learn the job by doing it, with people beside you.

## Week 1

- [ ] Meet the team {#meet-team kind=meet due=+4wd}

    Coffee with each of them.
- [ ] Read [How we prioritize](playbook:how-we-prioritize) {#read-prioritize kind=read due=+4wd}
- [ ] Set up your tools {due=+4wd}
- [ ] Get the analytics account {#analytics due=+5wd}
- [ ] Show them around {#show-around role=buddy due=+4wd}
- [ ] Order a badge {#badge due=+5wd}
- [ ] Walk through last year's plan {#old-plan due=+5wd}

## First 30 days

- [ ] Hand in your first brief {#first-brief kind=submit due=+15wd signoff=manager milestone}

    One page: the problem, who has it, how you know.
"""
REVISED = (
    TRACK.replace('Coffee with each of them.', 'Coffee with each of them, design included.')
    .replace('Set up your tools', 'Set up all of your tools')
    .replace('- [ ] Order a badge {#badge due=+5wd}\n', '- [ ] Sit in on a support call {#support-call due=+5wd}\n')
)


def person_with_password(name, **fields):
    """Somebody who can sign in by the form."""
    person = make_user(name, password=PASSWORD, **fields)
    trust_address(person)
    return person


def last_working_day():
    """Today, or the Friday before a weekend."""
    return WorkingCalendar().previous_working(timezone.localdate())


def sign_in_by_form(page, address, password=PASSWORD):
    page.goto('/')
    page.get_by_label('Work email').fill(address)
    page.get_by_label('Password').fill(password)
    page.get_by_role('button', name='Sign in').click()
    expect(page.get_by_role('button', name='your account')).to_be_visible()


def mails_to(address):
    """The mails in the folder that went to an address, the oldest first; what waits is delivered before."""
    call_command('worker', '--once')
    read = (
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted(Path(settings.EMAIL_FILE_PATH).glob('*.eml'))
    )
    return [mail for mail in read if mail['To'] == address]


def link_in(mail):
    """The path of the first link in a mail."""
    address = re.search(r'https?://[^/\s]+(/\S*)', mail.get_content())
    assert address is not None, mail.get_content()
    return address[1]


def item(page, text):
    """The row of an item, by its words."""
    return page.locator('.item').filter(has=page.locator('.ttl').get_by_text(text, exact=True))


def go(page, name):
    """Go somewhere by the navigation at the top."""
    page.get_by_role('navigation', name='Main', exact=True).get_by_role('link', name=name, exact=True).click()
