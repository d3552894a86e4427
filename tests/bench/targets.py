"""What is measured: which pages and writes, as whom, against which yardstick, and what the project wants of each.

A step is a request, with what is asked before it outside the clock. All of it can be written as JSON, so that the
client that measures needs no Django.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import User
from onboarding.models import Enrollment
from playbooks.models import Item, Playbook, RunItem, Version
from playbooks.runs import checklist_of

from .filling import HISTORY, LARGEST, LONG_TRACK, TRACK, USUAL, YARDSTICK, required_fields
from .writing import Writer

PAGES = 40  # different playbooks that are asked for in turn
TICKS, PUBLICATIONS, MOVES = 150, 24, 5
QUERIES = ('price customers', 'interview', 'rollback plan', 'meas', 'stakeholder map support', 'metric week')
ROW, FULL_TEXT, SAVE = 'one row', 'full text', 'save'
LINES, LONG_PAGE, USUAL_PAGE = 'line diff', 'that page', 'page of 10 kB'
APART = (1, 2, 5, 20)  # how many versions lie between two that are compared
COMPARISONS = 160  # asked for the first time

Request = dict[str, Any]


@dataclass
class Measure:
    """A page or a write: its steps, what it is measured against, with how many connections, and the target.

    `target` is (what, limit): 'throughput' at least this part of the yardstick's; 'time' at most so many times it;
    'seconds' at most, with the lock held for at most half of it. Steps that are used up can be done only once.
    """

    name: str
    steps: list[dict[str, Any]]
    yardstick: str = ROW
    connections: int = 1
    target: tuple[str, float] | None = None
    is_page: bool = True
    used_up: bool = False
    status: int = 200


@dataclass
class Cast:
    """Who asks. Sessions are made when first needed."""

    editor: User = field(default_factory=lambda: named('editor'))
    manager: User = field(default_factory=lambda: named('manager'))
    other_manager: User = field(default_factory=lambda: named('other-manager'))
    veteran: User = field(default_factory=lambda: named('veteran'))
    reader: User = field(default_factory=lambda: named('reader'))
    sessions: dict[int, str] = field(default_factory=dict)

    def get(self, path: str, who: User) -> Request:
        """A request for a page as somebody."""
        return {'method': 'GET', 'path': path, 'session': self.session(who)}

    def post(self, path: str, who: User, body: dict[str, Any], htmx: str = '') -> Request:
        """A request that writes, as somebody."""
        return {'method': 'POST', 'path': path, 'session': self.session(who), 'body': body, 'htmx': htmx}

    def session(self, who: User) -> str:
        """Sign somebody in; the key of their session."""
        if who.pk not in self.sessions:
            session = SessionStore()
            session[SESSION_KEY] = str(who.pk)
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            session[HASH_SESSION_KEY] = who.get_session_auth_hash()
            session.create()
            self.sessions[who.pk] = session.session_key
        return self.sessions[who.pk]


def named(name: str) -> User:
    return User.objects.get(email=f'{name}@example.com')


def yardsticks(cast: Cast) -> dict[str, list[dict[str, Any]]]:
    """The steps of each yardstick."""
    rows = Version.objects.order_by('pk').values_list('pk', flat=True)[:PAGES]
    page = Playbook.objects.select_related('current_version').get(slug=YARDSTICK)
    body = {'title': page.title, 'text': page.current_version.text}
    return {
        ROW: [step(cast.get(f'/bench/row/{pk}/', cast.reader)) for pk in rows],
        FULL_TEXT: [step(cast.get(f'/bench/search/?q={plus(query)}', cast.reader)) for query in QUERIES],
        SAVE: [step(cast.post('/bench/save/', cast.editor, body | {'title': f'{page.title} {n}'})) for n in range(5)],
        LINES: [step(cast.get(f'/bench/diff/{HISTORY}/{old}/{new}/', cast.reader)) for old, new in pairs()],
        LONG_PAGE: [step(cast.get(f'/playbooks/{HISTORY}/', cast.reader))],
        USUAL_PAGE: [step(cast.get(f'/playbooks/{USUAL}/', cast.reader))],
    }


def pairs() -> list[tuple[int, int]]:
    """Versions of the page with a long history, each pair once: neighbors, and such that are further apart."""
    last = Version.objects.filter(playbook__slug=HISTORY).count()
    every = [(old, old + apart) for old in range(1, last) for apart in APART if old + apart <= last]
    return every[:: max(1, len(every) // COMPARISONS)][:COMPARISONS]


def step(request: Request, *before: Request) -> dict[str, Any]:
    return {'request': request, 'before': list(before)}


def plus(words: str) -> str:
    return words.replace(' ', '+')


def measures(cast: Cast) -> list[Measure]:
    """Everything that is measured on a site of full size."""
    documents = Playbook.objects.filter(kind__is_track=False, created_by__isnull=False).exclude(slug=YARDSTICK)
    found = list(documents.select_related('kind', 'current_version').order_by('pk'))
    shown = found[:: max(1, len(found) // PAGES)][:PAGES]
    under_way = Enrollment.objects.filter(run__playbook__slug=TRACK).select_related('run__owner__reports_to')
    newcomer = under_way.filter(run__items__state=RunItem.State.DONE).order_by('-pk').first() or under_way[0]
    veteran = Enrollment.objects.get(run__playbook__slug=LONG_TRACK)
    ticks = tick_steps(cast)

    def page(name: str, paths: list[str], who: User, **more: Any) -> Measure:
        return Measure(name, [step(cast.get(path, who)) for path in paths], **more)

    compared = [f'/playbooks/{one.slug}/compare/1/{one.current_version.number}/' for one in shown]
    playbooks = [f'/playbooks/{one.slug}/' for one in shown]
    # Their texts alone weigh more than a usual page may: these are measured in time only.
    long_page, largest = [f'/playbooks/{HISTORY}/'], [f'/playbooks/{LARGEST}/']
    return [
        page('playbook page', playbooks, cast.reader, target=('throughput', 0.6)),
        page('playbook page, 8 at once', playbooks, cast.reader, connections=8, target=('throughput', 0.5)),
        page('an earlier version', [f'/playbooks/{one.slug}/v/1/' for one in shown], cast.reader),
        page('history', [f'/playbooks/{one.slug}/history/' for one in shown], cast.reader),
        page('library', ['/playbooks/'], cast.reader),
        page('library, filtered, page 2', ['/playbooks/?area=process&sort=title&page=2'], cast.reader),
        page('library of one type', ['/playbooks/?kind=decision-record&f-status=Proposed&sort=f-status'], cast.reader),
        page(
            'search',
            [f'/search/?q={plus(query)}' for query in QUERIES],
            cast.reader,
            yardstick=FULL_TEXT,
            target=('time', 3),
        ),
        page('compare', compared, cast.reader),
        page('a page of 10,000 words', long_page, cast.reader, target=('throughput', 0.6), is_page=False),
        page('its history', [f'/playbooks/{HISTORY}/history/'], cast.reader, target=('time', 5)),
        page(
            'compare in it, first time',
            [f'/playbooks/{HISTORY}/compare/{old}/{new}/' for old, new in pairs()],
            cast.reader,
            yardstick=LINES,
            target=('time', 4),
            is_page=False,
            used_up=True,
        ),
        page(
            'compare in it, again',
            [f'/playbooks/{HISTORY}/compare/{old}/{new}/' for old, new in pairs()[:PAGES]],
            cast.reader,
            yardstick=LONG_PAGE,
            target=('time', 1.2),
            is_page=False,
        ),
        page('a page of 256 kB', largest, cast.reader, yardstick=USUAL_PAGE, target=('time', 2), is_page=False),
        page('Today', ['/'], newcomer.run.owner, target=('time', 5)),
        page('track of 60 items', [veteran.get_absolute_url()], cast.veteran, target=('time', 5)),
        page('team, 30 reports', ['/team/'], cast.manager, target=('time', 5)),
        Measure(
            'team, after a tick in it',
            [step(cast.get('/team/', cast.manager), one['request']) for one in ticks['team']],
            used_up=True,
        ),
        page('one person’s ramp-up', [f'{newcomer.get_absolute_url()}ramp-up/'], newcomer.run.owner.reports_to),
        page('everybody under way', ['/onboarding/'], cast.editor),
        Measure('tick an item', ticks['others'], yardstick=SAVE, is_page=False, used_up=True),
        Measure(
            'publish',
            [publication(cast, one, place) for place, one in enumerate(found[1 : PUBLICATIONS * 2 : 2])],
            yardstick=SAVE,
            target=('time', 3),
            is_page=False,
            used_up=True,
            status=302,
        ),
        Measure(
            'publish with all under way',
            moves(cast),
            yardstick=SAVE,
            target=('seconds', 2),
            is_page=False,
            used_up=True,
            status=302,
        ),
    ]


def few_measures(cast: Cast) -> list[Measure]:
    """What is compared between sites with few and with many enrollments."""
    return [Measure('team of the same size', [step(cast.get('/team/', cast.other_manager))], target=('time', 5))]


def tick_steps(cast: Cast) -> dict[str, list[dict[str, Any]]]:
    """Ticks of one open item for each person under way: in the measured team, and elsewhere."""
    steps: dict[str, list[dict[str, Any]]] = {'team': [], 'others': []}
    under_way = Enrollment.objects.filter(run__playbook__slug=TRACK).select_related('run__version', 'run__owner')
    for enrollment in under_way.order_by('pk'):
        run = enrollment.run
        rows = {row.key: row for row in run.items.all()}
        open_states = {RunItem.State.DONE, RunItem.State.WAIVED}
        for task in checklist_of(run.version):
            is_open = all(rows[key].state in open_states for key in task.after)
            plain = task.kind == Item.Kind.DO and not task.role and not task.signoff
            if not (plain and is_open and rows[task.key].state == RunItem.State.TO_DO):
                continue
            path = f'{enrollment.get_absolute_url()}items/{task.key}/complete/'
            body = {'version': run.version.number, 'at': 'track', 'tick': 'yes'}
            where = 'team' if run.owner.reports_to_id == cast.manager.pk else 'others'
            steps[where].append(step(cast.post(path, run.owner, body, htmx=f'i-{task.key}')))
            break
        if len(steps['others']) >= TICKS:
            break
    return steps


def publication(cast: Cast, playbook: Playbook, place: int) -> dict[str, Any]:
    """Save a draft in which one sentence is added, then (measured) publish it."""
    version = playbook.current_version
    assert version is not None
    text = version.text + f'\n{Writer(place).sentence()}\n'
    return _publication(
        cast, playbook, version.number, title=version.title, text=text, answers={'weight': 'clarification'}
    )


def moves(cast: Cast) -> list[dict[str, Any]]:
    """Versions of the track, one after another: a task changes in substance, one comes, one goes, one is re-dated."""
    track = Playbook.objects.select_related('kind', 'current_version').get(slug=TRACK)
    version = track.current_version
    assert version is not None
    steps = []
    text = version.text
    for place in range(MOVES):
        lines = text.splitlines()
        tasks = [at for at, line in enumerate(lines) if line.startswith('- [ ]')]
        changed, gone, dated = tasks[place], tasks[-1 - place], tasks[len(tasks) // 2 + place]
        lines[changed] = lines[changed].replace(' {#', f' and say so, round {place} {{#', 1)
        lines[dated] = lines[dated].replace('wd', '5wd', 1)
        lines[gone] = f'- [ ] A new task of round {place} {{#new-task-{place} due=+30wd}}'
        text = '\n'.join(lines) + '\n'
        answers = {
            'weight': 'process_change',
            'runs': 'move_all',
            'reason': 'We work differently now.',
            **{f'meaning-{number}': 'substance' for number in range(3)},
        }
        steps.append(_publication(cast, track, version.number + place, title=version.title, text=text, answers=answers))
    return steps


def _publication(
    cast: Cast, playbook: Playbook, base: int, *, title: str, text: str, answers: dict[str, Any]
) -> dict[str, Any]:
    url = f'/playbooks/{playbook.slug}/'
    fields = {f'field-{name}': value for name, value in required_fields(playbook.kind).items()}
    body = {'title': title, 'text': text, 'revision': 0, 'base': base, **fields}
    draft = cast.post(f'{url}edit/', cast.editor, body)
    body = {'note': 'One more sentence.', 'revision': 1, **answers}
    return step(cast.post(f'{url}publish/', cast.editor, body), draft)


def everything(which: str) -> dict[str, Any]:
    """All there is to measure, ready for JSON."""
    cast = Cast()
    chosen = measures(cast) if which == 'all' else few_measures(cast)
    return {'yardsticks': yardsticks(cast), 'measures': [asdict(one) for one in chosen]}
