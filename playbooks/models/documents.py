"""Documents: playbooks, their drafts and versions, and what is known about each."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager

from accounts.models import User

RESERVED_SLUGS = frozenset(
    [
        'new',
        'links',
        'import',
        'feed',
        'tags',
        'areas',
        'kinds',
        'drafts',
        'trash',
        'export',
        'suggestions',
        'hand-over',
        'questions',
        'worth-a-look',
    ]
)
SLUG = RegexValidator(r'^[a-z0-9]+(?:-[a-z0-9]+)*\Z', _('Use lower-case letters, digits and single hyphens.'))


def not_reserved(slug: str) -> None:
    """Refuse the slugs that addresses of the site itself use."""
    if slug in RESERVED_SLUGS:
        raise ValidationError(_('“%(slug)s” is a word the site itself uses. Choose another.'), params={'slug': slug})


class Area(models.Model):
    """One of the fields of product operations."""

    slug = models.SlugField(_('short name'), max_length=40)
    name = models.CharField(_('name'), max_length=60)
    description = models.CharField(_('what belongs here'), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_('position'), default=0)

    class Meta:
        ordering = ['position', 'name']
        constraints = [models.UniqueConstraint(fields=['slug'], name='playbooks_area_slug')]

    def __str__(self) -> str:
        return self.name


class Kind(models.Model):
    """What type of document a playbook is: its template, fields, rules, and what its runs are called."""

    class Approval(models.TextChoices):
        NONE = 'none', _('No approval')
        EDITOR = 'editor', _('An editor approves')
        SECOND_PERSON = 'second_person', _('A second person approves, never the author')

    class OwnerRule(models.TextChoices):
        AUTHOR = 'author', _('Whoever writes it')
        PERSON = 'person', _('A named person')
        NOBODY = 'nobody', _('Nobody yet')

    class OnPublish(models.TextChoices):
        MOVE_ALL = 'move_all', _('Move all')
        OWNER_CHOICE = 'owner_choice', _('Let each owner choose')
        LEAVE = 'leave', _('Leave')

    slug = models.SlugField(_('short name'), max_length=40)
    name = models.CharField(_('name'), max_length=60)
    plural = models.CharField(_('plural'), max_length=60)
    area = models.ForeignKey(Area, models.SET_NULL, null=True, blank=True, verbose_name=_('usual area'))
    template = models.TextField(_('starting text'), blank=True)
    fields = models.JSONField(_('fields'), default=list, blank=True)
    approval = models.CharField(_('approval'), max_length=16, default=Approval.NONE, choices=Approval.choices)
    approvers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name='+', verbose_name=_('may approve, beside editors')
    )
    owner_rule = models.CharField(
        _('owner of a new one'), max_length=8, default=OwnerRule.AUTHOR, choices=OwnerRule.choices
    )
    default_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name='+',
        verbose_name=_('who owns new ones'),
    )
    members_may_publish_first = models.BooleanField(_('members may publish the first version'), default=False)
    review_every_days = models.PositiveSmallIntegerField(_('review every … days'), null=True, blank=True)
    run_noun = models.CharField(_('a run is called'), max_length=40, default='run')
    run_plural = models.CharField(_('several runs are called'), max_length=40, default='runs')
    anchor_noun = models.CharField(_('its day is called'), max_length=40, default='day')
    runs_on_publish = models.CharField(
        _('runs under way at publication'), max_length=16, default=OnPublish.OWNER_CHOICE, choices=OnPublish.choices
    )
    is_track = models.BooleanField(_('is an onboarding track'), default=False)
    position = models.PositiveSmallIntegerField(_('position'), default=0)

    class Meta:
        ordering = ['position', 'name']
        constraints = [models.UniqueConstraint(fields=['slug'], name='playbooks_kind_slug')]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse('playbooks:kind', args=[self.slug])


class PlaybookQuerySet(models.QuerySet):
    def readable_by(self, user: User) -> 'PlaybookQuerySet':
        """Playbooks whose audience includes this person: open to all, or to one of their groups, or theirs to keep."""
        if user.is_editor or user.is_admin:
            return self
        through = Playbook.audience.through.objects
        restricted = Exists(through.filter(playbook=OuterRef('pk')))
        invited = Exists(through.filter(playbook=OuterRef('pk'), group__user=user))
        return self.filter(~restricted | invited | Q(owner=user) | Q(co_owner=user))

    def visible_to(self, user: User) -> 'PlaybookQuerySet':
        """Playbooks this person may open: those they may read that have a version, and those they write.

        Source: DESIGN.md, Who may do what. One query; editors and administrators see all.
        """
        if user.is_editor or user.is_admin:
            return self
        writes = Exists(Draft.objects.kept().written_by(user).filter(playbook=OuterRef('pk')))
        published = Q(current_version__isnull=False) | Q(owner=user) | Q(co_owner=user) | Q(writes)
        return self.readable_by(user).filter(published)

    def kept_by(self, user: User) -> 'PlaybookQuerySet':
        """Playbooks this person owns, or owns with somebody."""
        return self.filter(Q(owner=user) | Q(co_owner=user))

    def lock(self, pk: int) -> None:
        """Lock a playbook's row until the transaction ends; to be the first row that a transaction locks.

        Publication locks it first too: whoever took another row before it would wait for it for ever. One query.
        """
        self.select_for_update().only('pk').get(pk=pk)

    def published(self) -> 'PlaybookQuerySet':
        """Playbooks with a version, not archived."""
        return self.filter(current_version__isnull=False, archived_at=None)

    def runnable(self) -> 'PlaybookQuerySet':
        """Playbooks whose checklist can be done as a run: published, with items; a track is started for a person."""
        has_items = Exists(Version.objects.filter(pk=OuterRef('current_version'), items__isnull=False))
        found = self.published().filter(has_items, kind__is_track=False)
        return found.select_related('kind', 'current_version')

    def with_checked(self) -> 'PlaybookQuerySet':
        """Annotate `checked_at`: when the owner last said “still true”, or else when the current version came out."""
        latest = Verification.objects.filter(playbook=OuterRef('pk')).order_by('-at').values('at')[:1]
        return self.annotate(
            verified_at=Subquery(latest),
            checked_at=models.functions.Coalesce(Subquery(latest), F('current_version__published_at')),
        )

    def with_readers(self) -> 'PlaybookQuerySet':
        """Annotate what counting readers asks of each: `asking_number`, the last version that asks to be read, and
        `is_restricted`, whether it is for some groups only."""
        asking = Version.objects.filter(Version.asks_to_read_again(), playbook=OuterRef('pk')).order_by('-number')
        restricted = Playbook.audience.through.objects.filter(playbook=OuterRef('pk'))
        return self.annotate(asking_number=Subquery(asking.values('number')[:1]), is_restricted=Exists(restricted))

    def with_read_by(self, user: User) -> 'PlaybookQuerySet':
        """Annotate `read_number`, the newest version this person said they have read, and `changed_number`.

        `changed_number` is the number of the last version that is a process change (or 1): who has read an older one
        is asked to read again. Source: DESIGN.md, Publishing.
        """
        read = Acknowledgement.objects.filter(playbook=OuterRef('pk'), person=user).order_by('-number')
        changed = Version.objects.filter(Version.asks_to_read_again(), playbook=OuterRef('pk')).order_by('-number')
        return self.annotate(
            read_number=Subquery(read.values('number')[:1]), changed_number=Subquery(changed.values('number')[:1])
        )


class Playbook(models.Model):
    """A document with an identity. What it says is in its versions; how they are sorted and kept is here."""

    slug = models.CharField(_('address'), max_length=80, validators=[SLUG, not_reserved])
    kind = models.ForeignKey(Kind, models.PROTECT, related_name='playbooks', verbose_name=_('type'))
    area = models.ForeignKey(Area, models.PROTECT, related_name='playbooks', verbose_name=_('area'))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name='owned_playbooks',
        verbose_name=_('owner'),
    )
    co_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name='co_owned_playbooks',
        verbose_name=_('co-owner'),
    )
    approvers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name='+', verbose_name=_('may approve, beside editors')
    )
    audience = models.ManyToManyField(Group, blank=True, related_name='+', verbose_name=_('only for'))
    tags = TaggableManager(_('tags'), blank=True)
    review_every_days = models.PositiveSmallIntegerField(_('review every … days'), null=True, blank=True)
    current_version = models.ForeignKey(
        'Version', models.SET_NULL, null=True, blank=True, related_name='+', editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+', editable=False
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    archived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name='+', editable=False
    )

    objects = PlaybookQuerySet.as_manager()

    class Meta:
        ordering = ['slug']
        constraints = [models.UniqueConstraint(fields=['slug'], name='playbooks_playbook_slug')]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse('playbooks:playbook', args=[self.slug])

    @property
    def title(self) -> str:
        """The current version's title, or the slug while there is none (load `current_version` first)."""
        return self.current_version.title if self.current_version else self.slug

    def next_review_on(self, checked_at: datetime) -> date | None:
        """The day by which it should be checked again, or None where no interval is set."""
        return (checked_at + timedelta(days=self.review_every_days)).date() if self.review_every_days else None


class SlugHistory(models.Model):
    """An address a playbook had before; it leads to the playbook for good."""

    slug = models.CharField(max_length=80)
    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='slug_history')
    until = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=['slug'], name='playbooks_slughistory_slug')]

    def __str__(self) -> str:
        return self.slug


class ImportedFile(models.Model):
    """The file a playbook was brought in from: the folder's name and the path in it, the same at the next import."""

    playbook = models.OneToOneField(Playbook, models.CASCADE, related_name='imported_file')
    origin = models.CharField(max_length=200)
    path = models.CharField(max_length=1000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=['origin', 'path'], name='playbooks_importedfile_path')]

    def __str__(self) -> str:
        return f'{self.origin}/{self.path}'


class Version(models.Model):
    """A published text. Numbered 1, 2, 3 … without gaps, never altered: by `save()`, and by the database itself."""

    class Weight(models.TextChoices):
        EDITORIAL = 'editorial', _('Small fix')
        CLARIFICATION = 'clarification', _('Clearer, same rules')
        PROCESS_CHANGE = 'process_change', _('We work differently now')

    class Source(models.TextChoices):
        WEB = 'web', _('Written here')
        IMPORT = 'import', _('Imported')
        RESTORE = 'restore', _('Restored')

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='versions')
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    fields = models.JSONField(default=dict)
    text_hash = models.CharField(max_length=64)
    base = models.ForeignKey('self', models.DO_NOTHING, null=True, related_name='+')
    weight = models.CharField(max_length=16, choices=Weight.choices)
    note = models.TextField(blank=True)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.WEB)
    source_hash = models.CharField(max_length=64, blank=True)
    restored_number = models.PositiveIntegerField(null=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name='+')
    author_name = models.CharField(max_length=150, blank=True)
    author_email = models.CharField(max_length=254, blank=True)
    publisher = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name='+')
    publisher_name = models.CharField(max_length=150, blank=True)
    publisher_email = models.CharField(max_length=254, blank=True)
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ['playbook', 'number']
        constraints = [
            models.UniqueConstraint(fields=['playbook', 'number'], name='playbooks_version_number'),
            models.CheckConstraint(condition=Q(number__gte=1), name='playbooks_version_number_from_one'),
        ]

    def __str__(self) -> str:
        return f'{self.title} v{self.number}'

    def save(self, *args: object, **kwargs: object) -> None:
        """Store a new version. An existing one is never altered (DESIGN.md, Invariants 1)."""
        if not self._state.adding:
            raise TypeError('A version, once published, never changes.')
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse('playbooks:version', args=[self.playbook.slug, self.number])

    @staticmethod
    def asks_to_read_again(prefix: str = '') -> Q:
        """The versions that readers of an earlier one are asked to read: process changes, and version 1."""
        return Q(**{f'{prefix}weight': Version.Weight.PROCESS_CHANGE}) | Q(**{f'{prefix}number': 1})


class ErasePermit(models.Model):
    """A row here lets the running transaction delete versions and events (`triggers.permit_erasing`); else none is."""

    reason = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.reason


class Rendering(models.Model):
    """What a version's text becomes by one release of the text pipeline. Derived: it can be rebuilt at any time."""

    version = models.ForeignKey(Version, models.CASCADE, related_name='renderings')
    pipeline = models.PositiveIntegerField()
    html = models.TextField()
    toc = models.JSONField(default=list)
    plain = models.TextField(blank=True)
    words = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=['version', 'pipeline'], name='playbooks_rendering_pipeline')]

    def __str__(self) -> str:
        return f'{self.version_id}, pipeline {self.pipeline}'


class PlaybookLink(models.Model):
    """A link from a version to a playbook, as written; the target is looked up by its slug when it is shown."""

    version = models.ForeignKey(Version, models.CASCADE, related_name='links')
    target_slug = models.CharField(max_length=80, db_index=True)
    target_number = models.PositiveIntegerField(null=True)
    target_title = models.CharField(max_length=200, blank=True, db_index=True)
    target_item = models.CharField(max_length=64, blank=True)
    item_key = models.CharField(max_length=64, blank=True)
    line = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f'{self.version_id} -> {self.target_slug}'


class DraftQuerySet(models.QuerySet):
    def kept(self) -> 'DraftQuerySet':
        """Drafts that their authors have not discarded."""
        return self.filter(discarded_at=None)

    def written_by(self, user: User) -> 'DraftQuerySet':
        """Drafts this person writes: their own, and those whose author lets them write along."""
        return self.filter(Q(author=user) | _among(co_authors__person=user))

    def visible_to(self, user: User) -> 'DraftQuerySet':
        """Drafts this person may look at.

        Their own and those they write along, of playbooks they may read; those of the playbooks they keep; those they
        were asked to approve; editors and administrators all. One query. Source: DESIGN.md, Who may do what.
        """
        if user.is_editor or user.is_admin:
            return self
        keeps = Q(playbook__owner=user) | Q(playbook__co_owner=user)
        writes = Q(author=user) | _among(co_authors__person=user)
        readable = Q(playbook__in=Playbook.objects.readable_by(user))
        return self.filter(keeps | _among(approval_requests__person=user) | (writes & readable))

    def shown_to(self, user: User, key: str = '') -> 'DraftQuerySet':
        """Those this person may look at, and the one that a link with this key shows to whoever may read the page."""
        if not key:
            return self.visible_to(user)
        linked = Q(share_key=key, playbook__in=Playbook.objects.readable_by(user))
        return self.filter(Q(pk__in=Draft.objects.visible_to(user).values('pk')) | linked)

    def with_reader(self, user: User) -> 'DraftQuerySet':
        """Annotate `reads_page`: whether this person may read the playbook beside its draft."""
        return self.annotate(reads_page=Exists(Playbook.objects.readable_by(user).filter(pk=OuterRef('playbook'))))


def _among(**lookup: object) -> Q:
    """The condition that a draft is one of those, asked apart so that no draft comes twice."""
    return Q(Exists(Draft.objects.filter(pk=OuterRef('pk'), **lookup)))


class Draft(models.Model):
    """An author's unpublished text of one playbook, based on a version. `revision` counts saves, for two tabs.

    A discarded draft stays until its author starts another, so that it can be had back.
    """

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='drafts')
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='drafts')
    base = models.ForeignKey(Version, models.SET_NULL, null=True, related_name='+')
    title = models.CharField(_('title'), max_length=200)
    text = models.TextField(_('text'), blank=True)
    fields = models.JSONField(default=dict, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    discarded_at = models.DateTimeField(null=True, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    restored_number = models.PositiveIntegerField(null=True)
    share_key = models.CharField(max_length=32, blank=True)
    writers = models.JSONField(default=list, blank=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=['playbook', 'author'], name='playbooks_draft_one_per_author')]

    def __str__(self) -> str:
        return f'{self.title}, draft'

    def hands(self) -> set[int]:
        """The keys of all who have a hand in this text: author, who may write along, whoever ever saved it.

        One query, unless `co_authors` were fetched with it.
        None of them can be the second person that an approval asks for.
        """
        along = [row.person_id for row in self.co_authors.all()] if self.pk else []
        return {self.author_id, *self.writers, *along} | ({self.saved_by_id} if self.saved_by_id else set())


class Approval(models.Model):
    """Somebody's yes to one exact title, text and fields, known by their hash; any later edit needs it again.

    `title`, `text` and `fields` are what they said yes to, so that later one can see what was changed since.
    """

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='approvals')
    draft = models.ForeignKey(Draft, models.SET_NULL, null=True, related_name='approvals')
    text_hash = models.CharField(max_length=64)
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    fields = models.JSONField(default=dict)
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='+')
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=['playbook', 'text_hash', 'approver'], name='playbooks_approval_once')
        ]

    def __str__(self) -> str:
        return f'{self.playbook_id} by {self.approver_id}'


class Acknowledgement(models.Model):
    """“I have read version n.”"""

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='acknowledgements')
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='acknowledgements')
    number = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=['playbook', 'person', 'number'], name='playbooks_acknowledgement_once')
        ]

    def __str__(self) -> str:
        return f'{self.person_id} read {self.playbook_id} v{self.number}'


class Verification(models.Model):
    """The owner's “still true”."""

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='verifications')
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    number = models.PositiveIntegerField()
    remark = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ['-at']

    def __str__(self) -> str:
        return f'{self.playbook_id} checked {self.at:%Y-%m-%d}'
