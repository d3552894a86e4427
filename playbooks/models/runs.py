"""Runs: one doing of a version's checklist, the state of each of its items, and the ledger that explains it."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import HolidayCalendar, User, below

from .documents import Playbook, Version

BUDDY = 'buddy'
MANAGER = 'manager'


class RunQuerySet(models.QuerySet):
    def active(self) -> 'RunQuerySet':
        """Runs under way: neither finished nor ended."""
        return self.filter(finished_at=None, ended_at=None)

    def shared(self) -> 'RunQuerySet':
        """Runs that are no enrollments, with what a list says about them."""
        shown = self.filter(visibility=Run.Visibility.AUDIENCE).select_related('playbook__kind', 'version', 'owner')
        return shown.defer('version__text', 'version__fields')

    def with_ended(self, ended: bool) -> 'RunQuerySet':
        """Runs that ended, the last one first; or those under way, the next day first."""
        if ended:
            return self.exclude(finished_at=None, ended_at=None).order_by('-anchor_on', '-pk')
        return self.active().order_by('anchor_on', 'pk')

    def visible_to(self, user: User) -> 'RunQuerySet':
        """Runs this person may see (DESIGN.md, Who may do what); their items may be fewer, see `permissions`.

        A private run (an enrollment): its owner, whoever holds a role in it, the line above the owner, editors.
        Any other: all who may read its playbook, and whoever holds a role in it.
        """
        holds_role = Exists(RunRole.objects.filter(run=OuterRef('pk'), person=user))
        if user.is_editor:
            return self
        readable = Q(visibility=Run.Visibility.AUDIENCE, playbook__in=Playbook.objects.readable_by(user))
        private = Q(owner=user) | Q(holds_role)
        if user.has_reports:
            private |= Q(visibility=Run.Visibility.PRIVATE) & below(user, 'owner')
        return self.filter(readable | private)


class Run(models.Model):
    """One doing of a version's checklist, from an anchor date."""

    class Visibility(models.TextChoices):
        AUDIENCE = 'audience', _('Everyone who may read the playbook')
        PRIVATE = 'private', _('The people in it, the line above, editors')

    class Outcome(models.TextChoices):
        FINISHED = 'finished', _('Finished')
        STOPPED = 'stopped', _('Stopped')

    playbook = models.ForeignKey(Playbook, models.PROTECT, related_name='runs')
    version = models.ForeignKey(Version, models.PROTECT, related_name='+')
    first_version = models.ForeignKey(Version, models.PROTECT, related_name='+')
    name = models.CharField(_('name'), max_length=200, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name='runs')
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.AUDIENCE)
    anchor_on = models.DateField(_('anchor date'))
    calendar = models.ForeignKey(HolidayCalendar, models.SET_NULL, null=True, blank=True, related_name='+')
    last_seq = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    finished_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ['-anchor_on', 'pk']
        indexes = [
            models.Index(fields=['playbook'], condition=Q(finished_at=None, ended_at=None), name='playbooks_run_active')
        ]

    def __str__(self) -> str:
        return self.name or f'{self.playbook_id} for {self.owner_id}'

    def get_absolute_url(self) -> str:
        return reverse('playbooks:run', args=[self.pk])

    @property
    def is_active(self) -> bool:
        """Whether it is under way: neither finished nor ended."""
        return self.finished_at is None and self.ended_at is None


class RunRole(models.Model):
    """Who holds a role in a run. The manager of an enrollment is not stored: it follows the reporting line."""

    run = models.ForeignKey(Run, models.CASCADE, related_name='roles')
    role = models.CharField(max_length=64)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name='run_roles')

    class Meta:
        ordering = ['run', 'role', 'pk']
        constraints = [models.UniqueConstraint(fields=['run', 'role', 'person'], name='playbooks_runrole_once')]

    def __str__(self) -> str:
        return f'{self.role}: {self.person_id}'


class RunItem(models.Model):
    """The state of one key in one run. Text, details and kind come from the pinned version; the rest is fact here.

    `role`, `signoff`, `optional` and `due` are those in force for this run: a carry-over changes them on untouched
    items only. `earned_number` is the version on which it was done; `confirmed_number` the newest one it is known to
    hold for: done on, or confirmed against.
    """

    class State(models.TextChoices):
        TO_DO = 'to_do', _('To do')
        AWAITING = 'awaiting', _('Awaiting sign-off')
        DONE = 'done', _('Done')
        TO_CONFIRM = 'to_confirm', _('Please check again')
        WAIVED = 'waived', _('Excused')

    class WaivedReason(models.TextChoices):
        DOES_NOT_APPLY = 'does_not_apply', _('Does not apply')
        ALREADY_KNOWS = 'already_knows', _('Already knows this')
        OTHER = 'other', _('Another reason')

    run = models.ForeignKey(Run, models.CASCADE, related_name='items')
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.TO_DO)
    touched = models.BooleanField(default=False)
    role = models.CharField(max_length=64, blank=True)
    signoff = models.CharField(max_length=64, blank=True)
    optional = models.BooleanField(default=False)
    due = models.CharField(max_length=8, blank=True)
    due_on = models.DateField(null=True, blank=True)
    floor_on = models.DateField(null=True, blank=True)
    late_addition = models.BooleanField(default=False)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name='+')
    done_for = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name='+')
    done_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name='+')
    signed_at = models.DateTimeField(null=True, blank=True)
    earned_number = models.PositiveIntegerField(null=True, blank=True)
    confirmed_number = models.PositiveIntegerField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    waived_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name='+')
    waived_at = models.DateTimeField(null=True, blank=True)
    waived_reason = models.CharField(max_length=16, choices=WaivedReason.choices, blank=True)
    excuse_asked_at = models.DateTimeField(null=True, blank=True)
    waiting_for = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name='+')
    waiting_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ['run', 'pk']
        indexes = [
            models.Index(fields=['run', 'state'], name='playbooks_runitem_state'),
            models.Index(fields=['run'], condition=Q(state='awaiting'), name='playbooks_runitem_awaiting'),
        ]
        constraints = [
            models.UniqueConstraint(fields=['run', 'key'], name='playbooks_runitem_key'),
            models.CheckConstraint(
                condition=~Q(state='waived') | Q(waived_at__isnull=False), name='playbooks_runitem_waived_is_dated'
            ),
            models.CheckConstraint(
                condition=~Q(state__in=['done', 'awaiting', 'to_confirm']) | Q(done_at__isnull=False),
                name='playbooks_runitem_done_is_dated',
            ),
            models.CheckConstraint(
                condition=Q(waiting_for__isnull=True) | Q(waiting_since__isnull=False),
                name='playbooks_runitem_waiting_is_dated',
            ),
        ]

    def __str__(self) -> str:
        return f'{self.key}: {self.state}'

    def is_overdue(self, today: object) -> bool:
        """Whether it is still to do after its day. A late addition to a launch never is (DESIGN.md, Runs)."""
        return (
            self.state == RunItem.State.TO_DO
            and not self.late_addition
            and self.due_on is not None
            and self.due_on < today  # type: ignore[operator]
        )


class Event(models.Model):
    """One action on a run, with the values it left behind; never altered. Folding them gives the run's state."""

    run = models.ForeignKey(Run, models.CASCADE, related_name='events')
    seq = models.PositiveIntegerField()
    schema = models.PositiveSmallIntegerField(default=1)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name='+')
    at = models.DateTimeField(default=timezone.now)
    action = models.CharField(max_length=24)
    key = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ['run', 'seq']
        constraints = [
            models.UniqueConstraint(fields=['run', 'seq'], name='playbooks_event_seq'),
            models.CheckConstraint(condition=Q(seq__gte=1), name='playbooks_event_seq_from_one'),
        ]

    def __str__(self) -> str:
        return f'{self.run_id}.{self.seq} {self.action}'

    def save(self, *args: object, **kwargs: object) -> None:
        """Store a new event. An existing one is never altered (DESIGN.md, Bones)."""
        if not self._state.adding:
            raise TypeError('An event, once recorded, never changes.')
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Evidence(models.Model):
    """A piece of work handed in for an item: a text, a link or a file. It can be erased; the ledger holds no words."""

    class Kind(models.TextChoices):
        TEXT = 'text', _('Text')
        LINK = 'link', _('Link')
        FILE = 'file', _('File')

    run = models.ForeignKey(Run, models.CASCADE, related_name='evidence')
    key = models.CharField(max_length=64)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    text = models.TextField(blank=True)
    url = models.URLField(max_length=2000, blank=True)
    file = models.FileField(upload_to='evidence/', blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name='+')
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ['run', 'key', 'pk']
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind='text') & ~Q(text=''))
                | (Q(kind='link') & ~Q(url=''))
                | (Q(kind='file') & ~Q(file='')),
                name='playbooks_evidence_holds_something',
            )
        ]

    def __str__(self) -> str:
        return self.file_name or self.url or self.text[:60]


class RunNote(models.Model):
    """Words said about an item of a run: why it was returned or excused, a request, a comment. It can be erased."""

    class Kind(models.TextChoices):
        COMMENT = 'comment', _('Comment')
        RETURNED = 'returned', _('Changes asked')
        WAIVED = 'waived', _('Excused')
        EXCUSE_ASKED = 'excuse_asked', _('Asked to be excused')
        ELSEWHERE = 'elsewhere', _('Done elsewhere')

    run = models.ForeignKey(Run, models.CASCADE, related_name='notes')
    key = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name='+')
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ['run', 'pk']

    def __str__(self) -> str:
        return self.text[:60]
