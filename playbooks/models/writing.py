"""Writing together: suggestions, several authors of a draft, schedules, and what a version is hoped to better."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from .documents import Draft, Playbook, Version


class DraftAuthor(models.Model):
    """Somebody who writes a draft together with its author."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name='co_authors')
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='+')
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ['added_at']
        constraints = [models.UniqueConstraint(fields=['draft', 'person'], name='playbooks_draftauthor_once')]

    def __str__(self) -> str:
        return f'{self.person_id} writes draft {self.draft_id}'


class DraftSave(models.Model):
    """What a draft said after one save: what two tabs, or two authors, both started from when they collide.

    Kept for a day, thinned out as it ages (`drafts.thin_saves`). `text` is compressed.
    """

    draft = models.ForeignKey(Draft, models.CASCADE, related_name='saves')
    revision = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.BinaryField()
    fields = models.JSONField(default=dict)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=['draft', 'revision'], name='playbooks_draftsave_once')]

    def __str__(self) -> str:
        return f'draft {self.draft_id} at {self.revision}'


class ApprovalRequest(models.Model):
    """Somebody named, who was asked to approve a draft; they need no other right to see and approve it.

    `approved_revision` is the draft's when they said yes last; `refused_at` and `note` are their no, until asked again.
    """

    draft = models.ForeignKey(Draft, models.CASCADE, related_name='approval_requests')
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='approval_requests')
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    asked_at = models.DateTimeField(default=timezone.now)
    approved_revision = models.PositiveIntegerField(null=True)
    refused_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=2000, blank=True)

    class Meta:
        ordering = ['asked_at']
        constraints = [models.UniqueConstraint(fields=['draft', 'person'], name='playbooks_approvalrequest_once')]

    def __str__(self) -> str:
        return f'{self.person_id} asked about draft {self.draft_id}'


class SuggestionQuerySet(models.QuerySet):
    def waiting(self) -> 'SuggestionQuerySet':
        """Suggestions that have not been decided: sent, or sent back with changes asked."""
        return self.filter(state__in=[Suggestion.State.OPEN, Suggestion.State.CHANGES_ASKED])

    def decided(self) -> 'SuggestionQuerySet':
        """Suggestions that were accepted or declined."""
        return self.filter(state__in=[Suggestion.State.ACCEPTED, Suggestion.State.DECLINED])

    def for_list(self) -> 'SuggestionQuerySet':
        """What a row of a list says, without the texts."""
        rows = self.select_related('playbook__kind', 'playbook__current_version', 'author', 'version', 'decided_by')
        heavy = ('text', 'fields', 'playbook__kind__template', 'playbook__current_version__text', 'version__text')
        return rows.defer(*heavy)

    def with_all(self) -> 'SuggestionQuerySet':
        """What the page of one says: its playbook, its draft with who writes it, its base, its version."""
        names = ('author', 'base', 'version', 'decided_by', 'draft__base', 'draft__author', 'draft__saved_by')
        of_page = ('playbook__kind', 'playbook__current_version', 'playbook__owner', 'playbook__co_owner')
        along = models.Prefetch('draft__co_authors', DraftAuthor.objects.select_related('person'))
        return self.select_related(*names, *of_page).prefetch_related(along)

    def queue_of(self, user: User) -> 'SuggestionQuerySet':
        """Suggestions this person decides about: of the playbooks they keep; editors and administrators of all."""
        if user.is_editor or user.is_admin:
            return self
        return self.filter(Q(playbook__owner=user) | Q(playbook__co_owner=user))

    def visible_to(self, user: User) -> 'SuggestionQuerySet':
        """Suggestions this person may see: their own, those they write with, and those they decide about.

        Source: DESIGN.md, Who may do what. One query.
        """
        if user.is_editor or user.is_admin:
            return self
        readable = Q(playbook__in=Playbook.objects.readable_by(user))
        writes_with = Exists(DraftAuthor.objects.filter(draft=OuterRef('draft'), person=user))
        own = Q(author=user) | Q(writes_with)
        return self.filter(Q(playbook__owner=user) | Q(playbook__co_owner=user) | (own & readable))


class Suggestion(models.Model):
    """A draft that somebody who may not publish sent to the playbook's keepers, and what became of it.

    It outlives the draft: after a publication `draft` is empty and `version` says what came of it. `title`, `text` and
    `fields` are what was sent last, `base` the version that was written from.
    """

    class State(models.TextChoices):
        OPEN = 'open', _('Waits for an answer')
        CHANGES_ASKED = 'changes_asked', _('Changes asked')
        ACCEPTED = 'accepted', _('Accepted')
        DECLINED = 'declined', _('Declined')
        WITHDRAWN = 'withdrawn', _('Withdrawn')

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='suggestions')
    draft = models.ForeignKey(Draft, models.SET_NULL, null=True, related_name='suggestions')
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='suggestions')
    title = models.CharField(max_length=200, blank=True)
    why = models.CharField(max_length=2000, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    sent_at = models.DateTimeField(default=timezone.now)
    sent_hash = models.CharField(max_length=64, blank=True)
    text = models.TextField(blank=True)
    fields = models.JSONField(default=dict)
    base = models.ForeignKey(Version, models.SET_NULL, null=True, related_name='+')
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    answer = models.CharField(max_length=2000, blank=True)
    version = models.ForeignKey(Version, models.SET_NULL, null=True, related_name='+')

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ['-sent_at', '-pk']
        constraints = [
            models.UniqueConstraint(
                fields=['draft'],
                condition=Q(state__in=['open', 'changes_asked']),
                name='playbooks_suggestion_one_open',
            )
        ]

    def __str__(self) -> str:
        return f'{self.title} by {self.author_id}'

    @property
    def is_waiting(self) -> bool:
        """Whether it has not been decided yet."""
        return self.state in {self.State.OPEN, self.State.CHANGES_ASKED}


class SuggestionStep(models.Model):
    """One step of a suggestion on its way; where it was sent, with the text as it was."""

    suggestion = models.ForeignKey(Suggestion, models.CASCADE, related_name='steps')
    state = models.CharField(max_length=16, choices=Suggestion.State.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    at = models.DateTimeField(default=timezone.now)
    note = models.CharField(max_length=2000, blank=True)
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    fields = models.JSONField(default=dict)

    class Meta:
        ordering = ['at', 'pk']

    def __str__(self) -> str:
        return f'{self.suggestion_id}: {self.state}'


class Credit(models.Model):
    """Who is thanked in a version beside its author: for the suggestion, for writing with, for a report or a note."""

    class For(models.TextChoices):
        SUGGESTION = 'suggestion', _('suggested it')
        WRITING = 'writing', _('wrote with')
        REPORT = 'report', _('reported it')
        NOTE = 'note', _('left a field note')
        QUESTION = 'question', _('asked')

    version = models.ForeignKey(Version, models.CASCADE, related_name='credits')
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    name = models.CharField(max_length=150)
    reason = models.CharField(max_length=12, choices=For.choices)

    class Meta:
        ordering = ['pk']
        constraints = [models.UniqueConstraint(fields=['version', 'person', 'reason'], name='playbooks_credit_once')]

    def __str__(self) -> str:
        return f'{self.name} in {self.version_id}'


class ScheduleQuerySet(models.QuerySet):
    def waiting(self) -> 'ScheduleQuerySet':
        """Those that are still to come."""
        return self.filter(cancelled_at=None, done_at=None)


class Schedule(models.Model):
    """A publication to come: at `at` the worker publishes exactly the text with this hash, with the stored answers.

    Stale, invalid, unapproved or edited since, it publishes nothing and says why in `failure`.
    """

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='schedules')
    draft = models.ForeignKey(Draft, models.SET_NULL, null=True, related_name='schedules')
    title = models.CharField(max_length=200, blank=True)
    text_hash = models.CharField(max_length=64)
    answers = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='+')
    created_at = models.DateTimeField(default=timezone.now)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    done_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)
    version = models.ForeignKey(Version, models.SET_NULL, null=True, related_name='+')

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ['at', 'pk']
        constraints = [
            models.UniqueConstraint(
                fields=['draft'],
                condition=Q(cancelled_at=None, done_at=None),
                name='playbooks_schedule_one_waiting',
            )
        ]

    def __str__(self) -> str:
        return f'{self.title} at {self.at:%Y-%m-%d %H:%M}'


class Expectation(models.Model):
    """What should get better by a version, and when its author looks at whether it did.

    `measure` names what of the runs is counted before and since (`expecting.measured`); empty where the author looks
    for themselves.
    """

    class Measure(models.TextChoices):
        STOPPED = 'stopped', _('fewer are stopped')
        LATE = 'late', _('fewer end after their last date')
        SKIPPED = 'skipped', _('fewer have items skipped')
        RETURNED = 'returned', _('fewer have changes asked')
        TIME = 'time', _('they take less time')

    version = models.OneToOneField(Version, models.CASCADE, related_name='expectation')
    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='expectations')
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='+')
    text = models.CharField(max_length=300)
    measure = models.CharField(max_length=8, choices=Measure.choices, blank=True)
    look_on = models.DateField()
    told_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    conclusion = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ['look_on']

    def __str__(self) -> str:
        return self.text
