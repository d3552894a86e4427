"""What the page of a playbook says about it, in few and cheap queries. Visibility is in the query sets used here.

Source: DESIGN.md, Who may do what, and Bones ("a playbook page has room for about three queries").
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Aggregate, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, Concat
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User

from . import kind_fields, permissions, rendering
from . import text as texts
from .models import (
    Acknowledgement,
    Credit,
    Helped,
    Item,
    Playbook,
    PlaybookLink,
    Remark,
    Rendering,
    RequiredReading,
    Run,
    RunItem,
    RunRole,
    Section,
    SlugHistory,
    Verification,
    Version,
    Watch,
)
from .outgoing import title_key
from .page_talk import NOTHING, PageTalk, marked, talk_of_page
from .players import with_players
from .prepared import Prepared
from .terms import explained

LISTED = 12  # links and runs shown beside a playbook; what more there is, is said
SEPARATOR, HALF = '\x1f', '\x1e'
SOON = timedelta(days=14)

COLUMNS = (
    *('pk', 'slug', 'owner_id', 'co_owner_id', 'current_version_id', 'archived_at', 'archived_name'),
    'review_every_days',
    *('number', 'heading', 'published_at', 'kind_name', 'kind_slug', 'run_noun', 'is_track'),
    *('area_name', 'area_slug', 'owner_name', 'read_number', 'read_at', 'changed_number', 'changed_note'),
    *('verified_at', 'verified_by', 'verified_remark', 'readers', 'has_items', 'tag_names', 'html', 'toc', 'words'),
    *(
        'kind_fields',
        'values',
        'is_watched',
        'is_required',
        'required_due',
        'required_why',
        'has_talk',
        'found_helpful',
        'thanked',
    ),
)


class Joined(Aggregate):
    """Texts of a group as one, with a sign between them that no text holds."""

    function = 'string_agg'
    template = '%(function)s(%(expressions)s, chr(31))'
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[str | int, ...]]:
        return super().as_sql(
            compiler, connection, function='group_concat', template='%(function)s(%(expressions)s, char(31))', **context
        )


@dataclass(frozen=True, slots=True)
class Freshness:
    """Whether a playbook is known to be still true: `state` is checked, soon, overdue or never."""

    state: str
    on: date
    months: int = 0
    due_on: date | None = None


def freshness(
    *, verified_at: datetime | None, published_at: datetime, every_days: int | None, today: date
) -> Freshness:
    """Say how fresh a playbook is, and the day that goes with it: checked on, due on, published on.

    `due_on` is the day by which it is to be checked again, in every state.

    Overdue once the day is past, due soon for the fourteen days before it; without an interval nothing is ever due.
    Source: DESIGN.md, Words ("checked 3 Nov / not checked for 7 months").
    """
    checked_on = timezone.localdate(verified_at or published_at)
    due_on = checked_on + timedelta(days=every_days) if every_days else None
    if due_on and due_on < today:
        return Freshness('overdue', due_on, months=(today - checked_on).days // 30, due_on=due_on)
    if due_on and due_on <= today + SOON:
        return Freshness('soon', due_on, due_on=due_on)
    return Freshness('checked' if verified_at else 'never', checked_on, due_on=due_on)


def _facts(user: User, slug: str) -> QuerySet:
    """One row with everything that the page of a playbook says, but for its lists."""
    mine = Acknowledgement.objects.filter(playbook=OuterRef('pk'), person=user).order_by('-number')
    changed = Version.objects.filter(Version.asks_to_read_again(), playbook=OuterRef('pk')).order_by('-number')
    checked = Verification.objects.filter(playbook=OuterRef('pk')).order_by('-at')
    helped = Helped.objects.filter(playbook=OuterRef('pk'), number=OuterRef('current_version__number'), person=user)
    asked = Q(group=None) | Q(Exists(Group.objects.filter(pk=OuterRef('group'), user=user)))
    required = RequiredReading.objects.filter(asked, playbook=OuterRef('pk'), ended_at=None)
    required = required.order_by(F('due_on').asc(nulls_last=True), 'pk')
    rendered = Rendering.objects.filter(version=OuterRef('current_version'), pipeline=texts.PIPELINE)
    readers = (
        Acknowledgement.objects.filter(
            playbook=OuterRef('pk'), number__gte=OuterRef('changed_number'), person__is_active=True
        )
        .order_by()
        .values('playbook')
    )
    tags = Playbook.tags.through.objects.filter(
        object_id=OuterRef('pk'), content_type__app_label='playbooks', content_type__model='playbook'
    )
    return (
        Playbook.objects.visible_to(user)
        .filter(slug=slug)
        .annotate(
            number=F('current_version__number'),
            heading=F('current_version__title'),
            published_at=F('current_version__published_at'),
            kind_name=F('kind__name'),
            kind_slug=F('kind__slug'),
            run_noun=F('kind__run_noun'),
            is_track=F('kind__is_track'),
            area_name=F('area__name'),
            area_slug=F('area__slug'),
            owner_name=F('owner__name'),
            archived_name=F('archived_by__name'),
            read_number=Subquery(mine.values('number')[:1]),
            read_at=Subquery(mine.values('at')[:1]),
            changed_number=Subquery(changed.values('number')[:1]),
            changed_note=Subquery(changed.values('note')[:1]),
            verified_at=Subquery(checked.values('at')[:1]),
            verified_by=Subquery(checked.values('person__name')[:1]),
            verified_remark=Subquery(checked.values('remark')[:1]),
            is_watched=Exists(Watch.objects.filter(playbook=OuterRef('pk'), person=user)),
            is_required=Exists(required),
            required_due=Subquery(required.values('due_on')[:1]),
            required_why=Subquery(required.values('why')[:1]),
            has_talk=Exists(Remark.objects.shown_on_page().filter(playbook=OuterRef('pk'))),
            found_helpful=Subquery(helped.values('yes')[:1]),
            readers=Subquery(readers.annotate(n=Count('person', distinct=True)).values('n')),
            has_items=Exists(Item.objects.filter(version=OuterRef('current_version'))),
            thanked=Subquery(
                Credit.objects.filter(version=OuterRef('current_version'))
                .order_by()
                .values('version')
                .annotate(names=Joined('name'))
                .values('names')
            ),
            tag_names=Subquery(
                tags.order_by()
                .values('object_id')
                .annotate(names=Joined(Concat('tag__slug', Value(HALF), 'tag__name')))
                .values('names')
            ),
            html=Subquery(rendered.values('html')[:1]),
            toc=Subquery(rendered.values('toc')[:1]),
            words=Subquery(rendered.values('words')[:1]),
            kind_fields=F('kind__fields'),
            values=F('current_version__fields'),
        )
        .values_list(*COLUMNS)
    )


def _links(user: User, slug: str, title: str) -> QuerySet:
    """What links here, by an address or by title: current versions of playbooks this person may open.

    Each with the phase of a track's item. `title` is the key of the one it has now; earlier ones lead here too, but a
    link by such a one may come to mean another playbook, and so counts for nothing.
    """
    item = Item.objects.filter(version=OuterRef('version'), key=OuterRef('item_key')).order_by()
    phase = Section.objects.filter(version=OuterRef('version'), position=OuterRef('phase_position')).order_by()
    # One list of addresses, and the playbook by its key: so both databases begin with the few links and not with all.
    here = Playbook.objects.filter(slug=slug).order_by().values('slug')
    addresses = here.union(SlugHistory.objects.filter(playbook__slug=slug).order_by().values('slug'))
    others = Playbook.objects.visible_to(user).published().exclude(slug=slug)
    by_address = PlaybookLink.objects.filter(target_slug__in=addresses).order_by().values('pk')
    by_title = PlaybookLink.objects.filter(target_title__in=[title, slug]).order_by().values('pk')
    return (
        PlaybookLink.objects.filter(Exists(others.filter(pk=OuterRef('version__playbook'))))
        .filter(pk__in=by_address.union(by_title))
        .filter(version=F('version__playbook__current_version'))
        .annotate(phase_position=Subquery(item.values('phase')[:1]))
        .annotate(
            slug=F('version__playbook__slug'),
            title=F('version__title'),
            is_track=F('version__playbook__kind__is_track'),
            phase=Subquery(phase.values('title')[:1]),
        )
        .order_by('title', 'line')
        .values_list('slug', 'title', 'is_track', 'phase')
    )


def _running(user: User, slug: str) -> QuerySet:
    """Runs under way of a playbook that this person may see, the next day first."""
    return (
        Run.objects.visible_to(user)
        .active()
        .filter(playbook__slug=slug)
        .order_by('anchor_on', 'pk')
        .annotate(number=F('version__number'), owner_name=F('owner__name'))
        .values_list('pk', 'name', 'anchor_on', 'number', 'owner_name', 'visibility')[: LISTED + 1]
    )


def _cited(user: User, slug: str) -> QuerySet:
    """Versions that the current text names and that a process change has superseded, of playbooks this person reads."""
    open_to_them = Playbook.objects.visible_to(user)
    now = open_to_them.filter(slug=OuterRef('target_slug')).order_by().values('pk')[:1]
    before = SlugHistory.objects.filter(slug=OuterRef('target_slug'), playbook__in=open_to_them).values('playbook')[:1]
    newer = Version.objects.filter(playbook=OuterRef('target'), number__gt=OuterRef('target_number'))
    changes = newer.filter(Version.asks_to_read_again()).order_by('-number').values('number')[:1]
    target = Playbook.objects.filter(pk=OuterRef('target')).order_by()
    return (
        PlaybookLink.objects.filter(version__playbook__slug=slug, target_number__isnull=False)
        .filter(version=F('version__playbook__current_version'))
        .annotate(target=Coalesce(Subquery(now), Subquery(before)))
        .annotate(changed=Subquery(changes))
        .filter(changed__isnull=False)
        .annotate(
            slug=Subquery(target.values('slug')),
            title=Subquery(target.values('current_version__title')),
            current=Subquery(target.values('current_version__number')),
        )
        .order_by('title', 'target_number')
        .values_list('slug', 'title', 'target_number', 'changed', 'current')
        .distinct()
    )


FACTS = Prepared(_facts, 'slug')
LINKS = Prepared(_links, 'slug', 'title')
RUNNING = Prepared(_running, 'slug')
CITED = Prepared(_cited, 'slug')
CITES = re.compile(r'href="/playbooks/[^"/]+/v/\d')


@dataclass(frozen=True, slots=True)
class Linked:
    """A playbook that links here; of a track, the phase in which it does."""

    slug: str
    title: str
    phase: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A version that the text names, of a playbook that works differently since `changed`; `current` is its newest."""

    slug: str
    title: str
    target_number: int
    changed: int
    current: int


@dataclass(frozen=True, slots=True)
class Running:
    """A run under way, by the name it goes by; `label` says where it stands from its day: T-7, T+2."""

    pk: int
    title: str
    label: str
    anchor_on: date
    number: int


@dataclass(frozen=True, slots=True)
class About:
    """What the page says besides the text that does not depend on who reads it, but for what they may see.

    Equal values make equal pages, which is why the page may keep what it made of them (`{% kept %}`).
    """

    slug: str
    title: str
    number: int
    published_at: datetime
    kind: str
    kind_slug: str
    area: str
    area_slug: str
    owner: str
    owner_id: int | None
    freshness: Freshness
    verified_at: datetime | None
    verified_by: str
    verified_remark: str
    archived_at: datetime | None
    archived_by: str
    every_days: int | None
    readers: int
    minutes: int
    start_words: str
    can_edit: bool
    fields: tuple[kind_fields.Fact, ...]
    toc: tuple[texts.TocEntry, ...]
    tags: tuple[tuple[str, str], ...]
    thanks: tuple[str, ...]
    tracks: tuple[Linked, ...]
    linked_from: tuple[Linked, ...]
    running: tuple[Running, ...]

    @property
    def keeper(self) -> User | None:
        """The owner by name, not loaded any further."""
        return User(pk=self.owner_id, name=self.owner) if self.owner_id else None

    @property
    def next_review_on(self) -> date | None:
        """The day by which it is to be checked again."""
        at = timezone.localtime(self.verified_at or self.published_at)
        return (at + timedelta(days=self.every_days)).date() if self.every_days else None


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the page of a playbook shows this person."""

    about: About
    html: SafeString
    plays_from: frozenset[str]
    cited: tuple[Cited, ...]
    read_number: int | None
    read_at: datetime | None
    changed_number: int
    changed_note: str
    is_watched: bool
    is_required: bool
    required_due: date | None
    required_why: str
    talk: PageTalk
    helped: bool | None

    @property
    def is_read(self) -> bool:
        """Whether they have read what holds now: nothing came since that asks to be read again."""
        return self.read_number is not None and self.read_number >= self.changed_number

    @property
    def has_changed(self) -> bool:
        """Whether we work differently now than in the version they read."""
        return self.read_number is not None and not self.is_read


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A playbook that has no version yet, for those who write it."""

    slug: str


def page_for(user: User, slug: str, *, today: date) -> Page | Unpublished | None:
    """What the page of a playbook shows this person; None where there is none for them.

    Four queries, five where something is said on the page; one for a playbook without a version, one more where the
    version is not rendered by this pipeline, where it names a version of another playbook, and where something may play
    in it; up to three more where fields name playbooks or people.
    Raises `text.Refused` if the text is not stored rendered and cannot be read.
    """
    facts = FACTS.first(user, slug=slug)
    if facts is None:
        return None
    if facts['current_version_id'] is None:
        return Unpublished(slug)
    shown = _shown(facts)
    number, html = facts['number'], shown.html
    talk = talk_of_page(user, slug, html=html, number=number) if facts['has_talk'] else NOTHING
    explained_html, plays_from = html_for(user, html, slug=slug)
    cites = CITES.search(html) is not None
    return Page(
        about=_about(user, facts, shown, today),
        html=explained_html if facts['archived_at'] else marked(explained_html, talk),
        plays_from=plays_from,
        cited=tuple(Cited(**row) for row in CITED.rows(user, slug=slug)) if cites else (),
        read_number=facts['read_number'],
        read_at=facts['read_at'],
        changed_number=facts['changed_number'] or 1,
        changed_note=facts['changed_note'] or '',
        is_watched=facts['is_watched'],
        is_required=facts['is_required'],
        required_due=facts['required_due'],
        required_why=facts['required_why'] or '',
        talk=talk,
        helped=facts['found_helpful'],
    )


def html_for(user: User, html: str, *, slug: str) -> tuple[SafeString, frozenset[str]]:
    """A text's HTML as this person sees it, and the hosts that play in it: with terms explained, with players.

    One query; one more where something may play, and where this process has not met a term yet.
    """
    played, plays_from = with_players(explained(user, html, slug=slug))
    return rendering.as_html(played), plays_from


def _about(user: User, facts: dict[str, Any], shown: rendering.Shown, today: date) -> About:
    links = LINKS.rows(user, slug=facts['slug'], title=title_key(facts['heading']))
    playbook = Playbook(pk=facts['pk'], owner_id=facts['owner_id'], co_owner_id=facts['co_owner_id'])
    is_startable = facts['has_items'] and not facts['is_track'] and not facts['archived_at']
    return About(
        slug=facts['slug'],
        title=facts['heading'],
        number=facts['number'],
        published_at=facts['published_at'],
        kind=facts['kind_name'],
        kind_slug=facts['kind_slug'],
        area=facts['area_name'],
        area_slug=facts['area_slug'],
        owner=facts['owner_name'] or '',
        owner_id=facts['owner_id'],
        freshness=freshness(
            verified_at=facts['verified_at'],
            published_at=facts['published_at'],
            every_days=facts['review_every_days'],
            today=today,
        ),
        verified_at=facts['verified_at'],
        verified_by=facts['verified_by'] or '',
        verified_remark=facts['verified_remark'] or '',
        archived_at=facts['archived_at'],
        archived_by=facts['archived_name'] or '',
        every_days=facts['review_every_days'],
        readers=facts['readers'] or 0,
        minutes=shown.minutes,
        start_words=_start_words(facts['run_noun']) if is_startable else '',
        can_edit=permissions.can_edit(user, playbook),
        fields=facts_of(user, facts['kind_fields'], facts['values'], removed=False),
        toc=shown.toc,
        tags=_tags(facts['tag_names'] or ''),
        thanks=tuple(dict.fromkeys((facts['thanked'] or '').split(SEPARATOR))) if facts['thanked'] else (),
        tracks=_once(link for link in links if link['is_track']),
        linked_from=_once(link for link in links if not link['is_track']),
        running=tuple(_running_of(run, facts, today) for run in RUNNING.rows(user, slug=facts['slug'])),
    )


def facts_of(
    user: User, described: Iterable[Mapping[str, Any]], values: Mapping[str, Any], *, removed: bool = True
) -> tuple[kind_fields.Fact, ...]:
    """What the kind's fields say to this person; `removed` says whether fields taken out of the kind are among them.

    No query but for values that name playbooks or people: `kind_fields.names_for`.
    """
    fields = kind_fields.every_field(described) if removed else kind_fields.fields_of(described)
    return kind_fields.facts(fields, values, kind_fields.names_for(user, fields, values))


def _shown(facts: dict[str, Any]) -> rendering.Shown:
    if facts['html'] is None:
        return rendering.read_anew(Version.objects.get(pk=facts['current_version_id']))
    return rendering.stored(facts['html'], facts['toc'], facts['words'])


def _start_words(noun: str) -> str:
    """What the button says that starts a run, in the kind's own noun."""
    return (_('Start an %s') if noun[:1].lower() in 'aeio' else _('Start a %s')) % noun


def _tags(joined: str) -> tuple[tuple[str, str], ...]:
    """Tags as (short name, name), by name; how they come out of the one row."""
    tags = [one.partition(HALF)[::2] for one in joined.split(SEPARATOR) if one]
    return tuple(sorted(tags, key=lambda tag: tag[1].casefold()))


def _running_of(run: dict[str, Any], facts: dict[str, Any], today: date) -> Running:
    days = (today - run['anchor_on']).days
    label = '' if facts['is_track'] else f'T{days:+d}' if days else _('today')
    return Running(run['pk'], run['name'] or run['owner_name'], label, run['anchor_on'], run['number'])


def _once(links: Iterable[dict[str, Any]]) -> tuple[Linked, ...]:
    """Each playbook once, with the first place it links from."""
    found: dict[str, Linked] = {}
    for link in links:
        found.setdefault(link['slug'], Linked(link['slug'], link['title'], link['phase'] or ''))
    return tuple(found.values())


def moved_to(user: User, slug: str) -> str | None:
    """The address a playbook has now, if it had this one before and the person may open it."""
    found = SlugHistory.objects.filter(slug=slug, playbook__in=Playbook.objects.visible_to(user))
    return found.values_list('playbook__slug', flat=True).first()


def readable_version(user: User, slug: str, number: int) -> tuple[Version, bool] | None:
    """A version by its address, and whether the playbook is open to this person; None if the version is not.

    Whoever takes part in a run reads the version that it follows, also of a playbook that is not open to them: its
    owner, whoever holds a role, an enrollment's manager. Source: DESIGN.md, "Holding a role lets one read the run's
    pinned version, nothing else". One query.
    """
    runs = Run.objects.filter(version=OuterRef('pk'))
    roles = RunRole.objects.filter(run__version=OuterRef('pk'), person=user)
    manages = runs.filter(visibility=Run.Visibility.PRIVATE, owner__reports_to=user)
    versions = Version.objects.filter(playbook__slug=slug, number=number).select_related(
        'playbook__kind', 'playbook__area', 'playbook__current_version', 'author', 'publisher'
    )
    version = (
        versions.defer('playbook__current_version__text')
        .annotate(
            is_open=Exists(Playbook.objects.visible_to(user).filter(pk=OuterRef('playbook'))),
            takes_part=Exists(runs.filter(owner=user)) | Exists(roles) | Exists(manages),
        )
        .filter(Q(is_open=True) | Q(takes_part=True))
        .first()
    )
    return (version, version.is_open) if version else None


def has_read(user: User, version: Version) -> bool:
    """Whether they said that they have read exactly this version. One query."""
    return Acknowledgement.objects.filter(playbook=version.playbook_id, person=user, number=version.number).exists()


def words_of_step(item: RunItem) -> str | None:
    """What a step of a run says, in the version that the run follows. One query, two if its run is not loaded."""
    asked = Item.objects.filter(version=item.run.version_id, key=item.key)
    return asked.values_list('text', flat=True).first()


def text_of(user: User, slug: str, number: int | None) -> str | None:
    """The Markdown of a version, the current one if no number is given; None if they may not read it."""
    if number is not None:
        found = readable_version(user, slug, number)
        return found[0].text if found else None
    current = Playbook.objects.visible_to(user).filter(slug=slug, current_version__isnull=False)
    return current.values_list('current_version__text', flat=True).first()
