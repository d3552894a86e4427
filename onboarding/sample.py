"""Sample people, so that a new site can be looked at: their onboardings and launches, in every state.

What they did is made through the engine with `now` in the past, in the order in which it happened, so that pages,
ledger and checks find what they would find on a site in use.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.actions import trust_address
from accounts.context_processors import forget_organization
from accounts.models import ADMINS, EDITORS, HolidayCalendar, Organization, User
from playbooks import approving, required, runs, suggesting, talk
from playbooks.actions import verify
from playbooks.calendar import WorkingCalendar
from playbooks.days import calendar_of, today_for
from playbooks.drafts import save_draft, start_draft
from playbooks.models import Area, Draft, Evidence, Item, Kind, Playbook, Run, RunItem, Version
from playbooks.publishing import PublishAnswers, publish
from playbooks.watching import watch

from .enrolling import enroll
from .models import Enrollment

COMPANY = 'Tidewater'
TRACK = 'new-product-manager-first-90-days'
APPROVED_KIND = 'metric-definition'  # the sample site asks for approvals of these
CONTENT_AGE = dt.timedelta(days=210)  # the playbooks are older than the first onboarding with them


class HasRealAccounts(ValueError):
    """Somebody uses this site for real."""


@dataclass(frozen=True)
class Sketch:
    """A sample person: where they work, whom they report to (by address), what they may do."""

    email: str
    name: str
    place: tuple[str, str, str]
    reports_to: str = ''
    groups: tuple[str, ...] = ()


LISBON = ('Europe/Lisbon', 'en-gb', 'PT')
LONDON = ('Europe/London', 'en-gb', 'GB')
BERLIN = ('Europe/Berlin', 'en-gb', 'DE')
NEW_YORK = ('America/New_York', 'en-us', 'US')

PEOPLE = (
    Sketch('head', 'Henrik Lund', LONDON),
    Sketch('manager', 'Ingrid Solberg', LISBON, 'head'),
    Sketch('manager2', 'Tomás Rivera', NEW_YORK, 'head'),
    Sketch('ops', 'Daniel Weiss', BERLIN, 'head', (EDITORS,)),
    Sketch('ops2', 'Wen Li', LONDON, 'head', (EDITORS,)),
    Sketch('admin', 'Noor Haddad', LONDON, 'head', (ADMINS,)),
    Sketch('buddy', 'Priya Nair', LISBON, 'manager'),
    Sketch('buddy2', 'Grace Mbeki', NEW_YORK, 'manager2'),
    Sketch('engineering', 'Elena Petrova', BERLIN, 'head'),
    Sketch('support', 'Marc Dubois', LISBON, 'head'),
    Sketch('marketing', 'Yuki Tanaka', LONDON, 'head'),
    Sketch('analyst', 'Owen Price', LONDON, 'head'),
    Sketch('pm', 'Maya Okafor', LISBON, 'manager'),
    Sketch('sofia', 'Sofia Marques', LISBON, 'manager'),
    Sketch('jonas', 'Jonas Keller', BERLIN, 'manager'),
    Sketch('amara', 'Amara Diallo', NEW_YORK, 'manager2'),
    Sketch('lucas', 'Lucas Ferreira', NEW_YORK, 'manager2'),
    Sketch('hana', 'Hana Novak', LONDON, 'manager2'),
)

HANDED_IN = {
    'first-impressions': 'Ten notes, from the first click to the first roster. The best: the empty calendar tells me '
    'what to do. The worst: I invited nobody for twenty minutes because “staff” looked like a heading.',
    'support-shift': 'Three observations: lost invitations (every second call), two time zones in one shop, and a '
    'manager who prints the roster and photographs it.',
    'stakeholder-map': 'Twelve people on one page. I have talked to seven; legal and the partner team are next week.',
    'three-interviews': 'Notes of three interviews with shop managers, with quotes and tags.',
    'first-brief': 'The problem: managers do not know who has seen the roster. 41 % of rosters are changed after the '
    'first day because somebody did not. Strongest evidence against: shops with fewer than five people do not care.',
    'first-decision': 'We leave out the push message for changed shifts until the quiet hours are decided.',
    'launch-result': 'Promised: 30 % of invited staff open their link within a day. Measured: 37 %. Kept.',
    'quarter-plan': 'One figure: shops with a complete second roster, from 52 % to 60 %. Three problems, two left out.',
}


def check_no_real_accounts() -> None:
    """Raise HasRealAccounts where anybody but sample people is here."""
    if User.objects.filter(is_sample=False).exists():
        raise HasRealAccounts


def add_sample_people(*, password: str, now: dt.datetime) -> int:
    """Add the sample people with all that they have done; nothing, if they are here already. All or nothing.

    Takes the password they all have. Needs the starter content. Returns how many people were added.
    """
    check_no_real_accounts()
    if User.objects.filter(is_sample=True).exists():
        return 0
    with transaction.atomic():
        Organization.objects.update_or_create(pk=1, defaults={'name': COMPANY, 'is_sample': True})
        people = _make_people(password, now)
        Stage(people, now).play()
    forget_organization()
    return len(people)


def _make_people(password: str, now: dt.datetime) -> dict[str, User]:
    calendars = {calendar.code: calendar for calendar in HolidayCalendar.objects.all()}
    hashed = make_password(password)  # once: hashing is slow by intent, and all of them have the same password
    people: dict[str, User] = {}
    for sketch in PEOPLE:
        time_zone, locale, holidays = sketch.place
        people[sketch.email] = person = User.objects.create(
            email=f'{sketch.email}@example.com',
            name=sketch.name,
            password=hashed,
            time_zone=time_zone,
            locale=locale,
            holiday_calendar=calendars.get(holidays),
            reports_to=people.get(sketch.reports_to),
            is_sample=True,
            created_at=now - CONTENT_AGE,
        )
        trust_address(person)
        for name in sketch.groups:
            person.groups.add(Group.objects.get_or_create(name=name)[0])
    return people


@dataclass
class Story:
    """How one new PM has got on: up to which working day they did what was due, and what is special about them."""

    person: str
    day: int
    does_all_due_by: int
    buddy: str
    ahead: tuple[str, ...] = ()
    left_undone: tuple[str, ...] = ()
    awaiting: tuple[str, ...] = ()
    returned: dict[str, str] = field(default_factory=dict)
    waiting_for: dict[str, str] = field(default_factory=dict)
    excused: dict[str, str] = field(default_factory=dict)


STORIES = (
    # Finished three weeks ago.
    Story('hana', 85, 65, 'buddy2', excused={'attend-go-no-go': 'There was no tier 1 launch in her time.'}),
    # Nearly finished, and ahead of the plan.
    Story('lucas', 58, 60, 'buddy2', awaiting=('quarter-plan',)),
    # Needs help: nothing finished for two weeks, and one step waits for somebody.
    Story('amara', 31, 16, 'buddy2', left_undone=('recompute-figure',), waiting_for={'recompute-figure': 'analyst'}),
    # Three working days behind; one piece of work came back, another waits for the manager.
    Story(
        'pm',
        23,
        15,
        'buddy',
        ahead=('attend-prioritization',),
        awaiting=('stakeholder-map',),
        returned={'three-interviews': 'Good questions. Please keep what they said apart from what you think it means.'},
    ),
    # In the first week, on pace.
    Story('jonas', 3, 3, 'buddy'),
)


class Stage:
    """The sample people on the day the site is set up, and the doing of what they did before it."""

    def __init__(self, people: dict[str, User], now: dt.datetime) -> None:
        self.people = people
        self.now = now
        self.playbooks = {book.slug: book for book in Playbook.objects.select_related('current_version', 'kind')}

    def version(self, slug: str) -> Version:
        """The version of a playbook that is current at this point of the play."""
        version = self.playbooks[slug].current_version
        assert version is not None
        return version

    def play(self) -> None:
        """Let it all happen."""
        self.share_out_playbooks()
        self.publish_early_changes()
        for story in STORIES:
            self.onboard(story)
        self.enroll_who_starts_on_monday()
        self.run_launches()
        self.publish_late_changes()
        self.ask_to_read()
        self.talk_about_the_checklist()
        self.suggest()
        self.approve()

    def talk_about_the_checklist(self) -> None:
        """A question whose answer stands, a report, comments, and what helped whom: on the page most people use."""
        page = self.playbooks['launch-checklist-tier-1']
        ops, maya, marc = self.people['ops'], self.people['pm'], self.people['support']

        def at(days: int, hours: int = 0) -> dt.datetime:
            return self.now - dt.timedelta(days=days, hours=hours)

        question = talk.say(
            playbook=page,
            by=self.people['sofia'],
            kind='question',
            place='i-guardrail',
            text='Who decides on the number at which we stop, if the data analyst is away?',
            now=at(12),
        ).remark
        answer = talk.reply(
            thread=question,
            by=ops,
            text='The release captain, with the number of the last comparable launch. Write down that it is borrowed.',
            now=at(11),
        ).remark
        talk.let_stand(remark=answer, by=ops)
        talk.say(
            playbook=page,
            by=maya,
            kind='question',
            place='i-promise',
            text='Does the promise need a number, or is one sentence enough?',
            now=at(0, 5),
        )
        talk.say(
            playbook=page,
            by=marc,
            kind='report',
            place='i-support-rota',
            text='Support works in two shifts since May. The rota has to name both.',
            now=at(3),
        )
        comment = talk.say(
            playbook=page,
            by=self.people['marketing'],
            place='i-read-aloud',
            text='We read it to somebody from finance last time. Three words went.',
            now=at(8),
        ).remark
        talk.reply(thread=comment, by=self.people['engineering'], text='Do it before the freeze, please.', now=at(7))
        note = talk.say(
            playbook=page,
            by=self.people['buddy'],
            kind='note',
            text='The rehearsal took fifty minutes and not twenty: the flag service asks twice. Plan an hour.',
            now=at(20),
        ).remark
        talk.let_stand(remark=note, by=ops)
        number = self.version(page.slug).number
        for who in ('pm', 'lucas', 'marketing', 'engineering', 'buddy2'):
            talk.vote(playbook=page, by=self.people[who], number=number, yes=who != 'buddy2', now=at(6))

    # Documents

    def share_out_playbooks(self) -> None:
        """Give every playbook an owner, and let the owners have checked most of them since."""
        owners = {'onboarding-track': 'ops2', 'metric-definition': 'analyst', 'tool-evaluation': 'ops2'}
        for number, (slug, playbook) in enumerate(sorted(self.playbooks.items())):
            playbook.owner = self.people[owners.get(playbook.kind.slug, 'ops')]
            playbook.save(update_fields=['owner'])
            if slug != 'tool-evaluation':
                at = self.now - dt.timedelta(days=4 + 3 * number % 50, hours=2)
                verify(playbook=playbook, by=playbook.owner, now=at)

    def publish_early_changes(self) -> None:
        """What changed before the first of the onboardings that are shown."""
        self.publish(
            'prioritization-ritual',
            lambda text: (
                f'{text}\n## Where past sessions are\n\nEach session has its own page in the team folder, named '
                'after its date. The scores stay with it, so that one can see later how wrong they were.\n'
            ),
            weight=Version.Weight.CLARIFICATION,
            note='Said where the pages of past sessions are.',
            days_ago=170,
        )

    def publish_late_changes(self) -> None:
        """What changed in the last days, so that some have read an older version than the current one."""
        self.publish(
            'prioritization-ritual',
            lambda text: (
                f'{text}\n## What is new since this month\n\nScores are written down before anybody speaks. '
                'Whoever has not scored by the start of the session listens this time.\n'
            ),
            weight=Version.Weight.PROCESS_CHANGE,
            note='Scores are due before the session, because the loudest voice moved them.',
            days_ago=6,
        )
        self.publish(
            TRACK,
            lambda text: text.replace(
                '## First 90 days: own it\n',
                '- [ ] Add a word that puzzled you to the glossary {#glossary optional due=+45wd estimate=15m}\n\n'
                '## First 90 days: own it\n',
            ),
            weight=Version.Weight.CLARIFICATION,
            note='New starters asked for a glossary, so everybody adds one word.',
            days_ago=0,
        )

    def ask_to_read(self) -> None:
        """One page that everybody has to read, which some have, and somebody who watches an area."""
        playbook = Playbook.objects.select_related('current_version').get(slug='who-does-what')
        at = self.now - dt.timedelta(days=3)
        required.ask_to_read(
            playbook=playbook,
            by=self.people['ops2'],
            due_on=(self.now + dt.timedelta(days=4)).date(),
            why='Two teams asked last month who decides about prices.',
            now=at,
        )
        for name in ('buddy', 'manager', 'head', 'analyst'):
            runs.acknowledge(
                playbook=playbook, person=self.people[name], number=1, now=at + dt.timedelta(days=1, minutes=len(name))
            )
        watch(person=self.people['manager'], watched=Area.objects.get(slug='process'), now=at)

    def suggest(self) -> None:
        """A new PM knows better than the page; who keeps it has a question before deciding."""
        author, owner = self.people['pm'], self.people['ops']
        at = self.now - dt.timedelta(days=2, hours=3)
        draft = self.draft(
            'prioritization-ritual',
            author,
            lambda text: (
                f'{text}\n## If you are new\n\nListen to one session before you score. '
                'Score the second one, and compare with the others before you say why.\n'
            ),
            at=at,
        )
        why = 'I scored in my first session and had no idea what a six means.'
        suggestion = suggesting.send(draft=draft, by=author, why=why, now=at)
        talk.say(
            playbook=draft.playbook,
            draft=draft,
            suggestion=suggestion,
            by=owner,
            text='I like it. Is one session enough, or should it be two?',
            now=at + dt.timedelta(hours=20),
        )

    def approve(self) -> None:
        """A definition that waits to be published: a second person has approved exactly its text."""
        Kind.objects.filter(slug=APPROVED_KIND).update(approval=Kind.Approval.EDITOR)
        author, editor = self.people['analyst'], self.people['ops']
        at = self.now - dt.timedelta(days=1, hours=5)
        slug = next(slug for slug, book in sorted(self.playbooks.items()) if book.kind.slug == APPROVED_KIND)
        draft = self.draft(
            slug,
            author,
            lambda text: f'{text}\nCounted on the first of the month; a late correction shows in the next one.\n',
            at=at,
        )
        approving.ask(draft=draft, people=[editor], by=author, now=at)
        approving.approve(playbook=draft.playbook, draft=draft, by=editor, now=at + dt.timedelta(hours=2))

    def draft(self, slug: str, author: User, edit: Callable[[str], str], *, at: dt.datetime) -> Draft:
        """Somebody's draft of a playbook, with what they changed."""
        playbook = Playbook.objects.select_related('kind', 'current_version').get(slug=slug)
        draft = start_draft(playbook=playbook, author=author, now=at)
        return save_draft(
            draft=draft,
            title=draft.title,
            text=edit(draft.text),
            fields=draft.fields,
            shown_revision=draft.revision,
            now=at,
        )

    def publish(self, slug: str, edit: Callable[[str], str], *, weight: str, note: str, days_ago: int) -> None:
        """Let product operations publish a change of a playbook."""
        editor, at = self.people['ops'], self.now - dt.timedelta(days=days_ago, minutes=20)
        draft = self.draft(slug, editor, edit, at=at)
        publish(draft=draft, editor=editor, answers=PublishAnswers(weight, note), now=at)
        self.playbooks[slug] = Playbook.objects.select_related('kind', 'current_version').get(slug=slug)

    # Onboardings

    def onboard(self, story: Story) -> None:
        """Enroll somebody and let them do what their story says, each step on its day."""
        person = self.people[story.person]
        calendar = calendar_of(person.holiday_calendar_id)
        today = today_for(person, self.now)
        first_day = calendar.add_working_days(calendar.previous_working(today), -story.day)
        run = self.enroll(person, story.buddy, first_day).run
        version = run.version
        due = _due_dates(run)
        items = [item for item in version.items.order_by('position') if self._is_done(story, item)]
        clock = run.started_at
        for item in sorted(items, key=lambda item: (due[item.key], item.position)):
            clock = self._do(story, run, item, max(clock, self._when(calendar, person, due[item.key], first_day)))
        for key, whom in story.waiting_for.items():
            since = self._at(person, calendar.add_working_days(today, -8), 11)
            runs.wait_for(run=run, key=key, by=person, whom=self.people[whom], shown_number=version.number, now=since)

    def enroll(self, person: User, buddy: str, first_day: dt.date) -> Enrollment:
        """Start the track two weeks before the first day, or now if that is not past yet."""
        asked = self._at(person, first_day - dt.timedelta(days=14), 10)
        assert person.reports_to is not None
        return enroll(
            person=person,
            track=self.playbooks[TRACK],
            first_day=first_day,
            buddy=self.people[buddy],
            by=person.reports_to,
            now=min(asked, self.now - dt.timedelta(days=6)),
        )

    def enroll_who_starts_on_monday(self) -> None:
        """Somebody whose first day is still to come: next Monday."""
        sofia = self.people['sofia']
        today = today_for(sofia, self.now)
        self.enroll(sofia, 'buddy', today + dt.timedelta(days=7 - today.weekday()))

    def _is_done(self, story: Story, item: Item) -> bool:
        if item.key in story.left_undone:
            return False
        return (
            item.key in story.ahead
            or (item.due.endswith('wd') and int(item.due[:-2]) <= story.does_all_due_by)
            or (item.key in story.returned)
        )

    def _when(self, calendar: WorkingCalendar, person: User, due: dt.date, first_day: dt.date) -> dt.datetime:
        """The morning of the day an item is due, or of the last working day if that is still to come."""
        yesterday = calendar.previous_working(today_for(person, self.now) - dt.timedelta(days=1))
        return self._at(person, max(min(due, yesterday), first_day), 10)

    def _do(self, story: Story, run: Run, item: Item, at: dt.datetime) -> dt.datetime:
        """Do one item as its kind asks, let whoever signs it off answer, and return when the next one may begin."""
        doer = self._holder(run, item.role, story)
        number = run.version.number
        if item.key in story.excused:
            runs.waive(
                run=run,
                key=item.key,
                by=self._holder(run, 'manager', story),
                reason=RunItem.WaivedReason.DOES_NOT_APPLY,
                note=story.excused[item.key],
                shown_number=number,
                now=at,
            )
            return at + dt.timedelta(minutes=5)
        if item.kind == Item.Kind.READ:
            playbook = self.playbooks[item.reads_slug]
            runs.acknowledge(playbook=playbook, person=doer, number=self.version(playbook.slug).number, now=at)
            return at + dt.timedelta(minutes=12)
        if item.kind == Item.Kind.SUBMIT:
            words = HANDED_IN.get(item.key, 'Here it is.')
            runs.add_evidence(
                run=run, key=item.key, by=doer, kind=Evidence.Kind.TEXT, text=words, shown_number=number, now=at
            )
        runs.complete(run=run, key=item.key, by=doer, shown_number=number, now=at + dt.timedelta(minutes=5))
        if not item.signoff or item.key in story.awaiting:
            return at + dt.timedelta(minutes=35)
        signer, answered_at = self._holder(run, item.signoff, story), at + dt.timedelta(minutes=50)
        if item.key in story.returned:
            note = story.returned[item.key]
            runs.return_item(run=run, key=item.key, by=signer, note=note, shown_number=number, now=answered_at)
        else:
            runs.sign_off(run=run, key=item.key, by=signer, shown_number=number, now=answered_at)
        return answered_at + dt.timedelta(minutes=5)

    def _holder(self, run: Run, role: str, story: Story) -> User:
        holders = {'buddy': self.people[story.buddy], 'manager': run.owner.reports_to}
        return holders.get(role) or run.owner

    # Launches

    def run_launches(self) -> None:
        """A large launch next week, a small one that is over, and a small one that is near."""
        crew = {
            'engineering-lead': ['engineering'],
            'support-lead': ['support'],
            'marketing': ['marketing'],
            'data-analyst': ['analyst'],
            'product-lead': ['head'],
            'legal': ['admin'],
        }
        large, small = 'launch-checklist-tier-1', 'launch-checklist-tier-2'
        self.launch(large, owner='lucas', name='Shift swapping', in_days=9, crew=crew)
        self.launch(small, owner='hana', name='Roster as a picture', in_days=-34, crew=crew)
        self.launch(small, owner='buddy', name='Quiet hours', in_days=2, crew=crew)

    def launch(self, slug: str, *, owner: str, name: str, in_days: int, crew: dict[str, list[str]]) -> None:
        """Run a launch whose day is so many days from today, with everything done that was due until yesterday."""
        captain, version = self.people[owner], self.version(slug)
        crew = crew | {'release-captain': [owner]}
        calendar = calendar_of(captain.holiday_calendar_id)
        today = today_for(captain, self.now)
        asked = {role for item in version.items.all() for role in (item.role, item.signoff) if role}
        run = runs.start_run(
            version=version,
            owner=captain,
            anchor_on=calendar.next_working(today + dt.timedelta(days=in_days)),
            by=captain,
            name=name,
            roles={role: [self.people[who] for who in crew[role]] for role in sorted(asked & crew.keys())},
            now=self.now - dt.timedelta(days=25 - min(in_days, 0)),
        )
        due = _due_dates(run)
        before_today = [item for item in version.items.order_by('position') if due[item.key] < today]
        at = run.started_at
        for item in _in_order(before_today, due):
            at = max(at + dt.timedelta(minutes=10), self._at(captain, due[item.key], 13))
            if item.key == 'training-plan':
                runs.waive(
                    run=run,
                    key=item.key,
                    by=captain,
                    reason=RunItem.WaivedReason.DOES_NOT_APPLY,
                    note='Nobody has to work differently.',
                    shown_number=version.number,
                    now=at,
                )
                continue
            doer = self.people[crew[item.role][0]] if item.role in crew else captain
            runs.complete(run=run, key=item.key, by=doer, shown_number=version.number, now=at)
            signer = self.people[crew[item.signoff][0]] if item.signoff in crew else None
            if signer is not None and signer != doer:
                at += dt.timedelta(minutes=40)
                runs.sign_off(run=run, key=item.key, by=signer, shown_number=version.number, now=at)

    def _at(self, person: User, day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(hour, minute), ZoneInfo(person.time_zone)).astimezone(dt.UTC)


def _due_dates(run: Run) -> dict[str, dt.date]:
    return {row.key: row.due_on for row in run.items.all() if row.due_on is not None}


def _in_order(items: Iterable[Item], due: dict[str, dt.date]) -> list[Item]:
    """Items by their dates, each behind those that it opens after; what opens after something else is left out."""
    waiting = sorted(items, key=lambda item: (due[item.key], item.position))
    done: list[Item] = []
    while True:
        finished = {item.key for item in done}
        ready = next((item for item in waiting if set(item.after) <= finished), None)
        if ready is None:
            return done
        waiting.remove(ready)
        done.append(ready)
