"""Makes what a test needs: required fields are filled, keywords override, nothing clever."""

import itertools

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import ADMINS, EDITORS, User
from onboarding.enrolling import enroll
from playbooks import text as texts
from playbooks.calendar import WorkingCalendar
from playbooks.models import Area, Item, Kind, Playbook, Section, Version
from playbooks.outgoing import Outgoing
from playbooks.publishing import item_row, rendering_row, section_rows

_numbers = itertools.count(1)

CHECKLIST = """\
Use this for every release.

## Before

- [ ] Write the promise {#promise due=-5wd}
- [ ] Rehearse the rollback {#rehearse due=-2wd after=promise}

## After

- [ ] Compare with the promise {#compare due=+5wd optional}
"""


def make_user(name: str = '', *, groups: tuple[str, ...] = (), **fields) -> User:
    number = next(_numbers)
    name = name or f'Person {number}'
    email = fields.pop('email', f'{name.split()[0].lower()}.{number}@example.com')
    user = User.objects.create_user(email, fields.pop('password', None), name=name, **fields)
    for group in groups:
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user


def make_editor(name: str = 'Edith Editor', **fields) -> User:
    return make_user(name, groups=(EDITORS,), **fields)


def make_admin(name: str = 'Ada Admin', **fields) -> User:
    return make_user(name, groups=(ADMINS,), **fields)


def make_kind(slug: str = 'guide', **fields) -> Kind:
    defaults = {
        'name': slug.replace('-', ' ').capitalize(),
        'plural': f'{slug}s',
        'is_track': slug == 'onboarding-track',
    }
    if slug == 'onboarding-track':
        defaults['runs_on_publish'] = Kind.OnPublish.MOVE_ALL
    return Kind.objects.get_or_create(slug=slug, defaults=defaults | fields)[0]


def make_area(slug: str = 'process', **fields) -> Area:
    return Area.objects.get_or_create(slug=slug, defaults={'name': slug.capitalize()} | fields)[0]


def make_playbook(
    slug: str = '', *, text: str | None = None, versions: int = 0, kind: str = 'guide', **fields
) -> Playbook:
    """A playbook; with `text` or `versions` it has published versions."""
    groups = fields.pop('audience', ())
    playbook = Playbook.objects.create(
        slug=slug or f'playbook-{next(_numbers)}',
        kind=make_kind(kind),
        area=fields.pop('area', None) or make_area(),
        **fields,
    )
    playbook.audience.set([Group.objects.get_or_create(name=name)[0] for name in groups])
    for number in range(1, max(versions, 1 if text is not None else 0) + 1):
        publish_text(playbook, text if text is not None else f'{CHECKLIST}\nVersion {number}.\n')
    return playbook


def make_track(slug: str = '', *, text: str = CHECKLIST, **fields) -> Playbook:
    return make_playbook(slug, text=text, kind='onboarding-track', **fields)


ONBOARDING = """\
## Week 1: find your feet

- [ ] Meet the team {#meet-team kind=meet due=+2wd}
- [ ] Sit in on a call {#call due=+4wd estimate=45m}
- [ ] Show them around {#show-around role=buddy due=+3wd}

## Month 1: learn the craft

- [ ] Hand in three notes {#notes kind=submit due=+12wd signoff=buddy}

    Keep what they said apart from what you think.
- [ ] Present the brief {#brief due=+15wd after=notes}
- [ ] Lead one planning {#planning due=+18wd signoff=manager milestone}
- [ ] Add a word to the glossary {#word due=+20wd optional}
"""


def make_enrollment(*, person: User | None = None, track: Playbook | None = None, buddy: User | None = None, **fields):
    """An enrollment of a new person with a manager and a buddy, started by an editor three working days ago."""
    manager = fields.pop('manager', None) or make_user('Ingrid Solberg')
    person = person or make_user('Maya Okafor', reports_to=manager)
    return enroll(
        person=person,
        track=track or make_track(text=ONBOARDING),
        first_day=fields.pop('first_day', None) or WorkingCalendar().add_working_days(timezone.localdate(), -3),
        by=fields.pop('by', None) or make_editor(),
        buddy=buddy or make_user('Priya Nair'),
        **fields,
    )


def publish_text(
    playbook: Playbook, text: str, *, title: str = '', weight: str = 'process_change', **fields
) -> Version:
    """The playbook's next version, written straight into the tables."""
    title = title or playbook.title.replace('-', ' ').capitalize()
    document = texts.read(text, title=title)
    version = Version.objects.create(
        playbook=playbook,
        number=playbook.versions.count() + 1,
        title=title,
        text=texts.normalize(text),
        text_hash=f'{next(_numbers):064}',
        base=playbook.current_version,
        weight=weight,
        **fields,
    )
    rendering_row(version, document).save(force_insert=True)
    Outgoing.of(version, document).store()
    Section.objects.bulk_create(section_rows(version, document))
    Item.objects.bulk_create(item_row(version, item) for item in document.items)
    playbook.current_version = version
    playbook.save(update_fields=['current_version'])
    return version
