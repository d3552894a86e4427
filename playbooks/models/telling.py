"""Who is told what: notices, what people watch, what they are required to read."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from taggit.models import Tag

from accounts.models import ADMINS, EDITORS, User

from .documents import Area, Kind, Playbook

ALSO_TO_STRANGERS = ('approval_asked',)  # kinds that are told to whoever is named, whatever the audience


class NoticeQuerySet(models.QuerySet):
    def shown(self) -> 'NoticeQuerySet':
        """Notices that their person may see: about no playbook, or about one that is open to them.

        Whom a playbook is no longer open to is no longer told of it, neither on a page nor by mail. Editors and
        administrators see all. The same rule as `Playbook.objects.readable_by`, for many people at once, and with
        those who are asked to approve a draft: they need no other right.
        """
        through = Playbook.audience.through.objects.filter(playbook=OuterRef('playbook'))
        keeps = Playbook.objects.filter(
            Q(owner=OuterRef('person')) | Q(co_owner=OuterRef('person')), pk=OuterRef('playbook')
        )
        all_seeing = Group.objects.filter(name__in=[EDITORS, ADMINS], user=OuterRef('person'))
        return self.filter(
            Q(playbook=None)
            | Q(kind__in=ALSO_TO_STRANGERS)
            | ~Exists(through)
            | Exists(through.filter(group__user=OuterRef('person')))
            | Exists(keeps)
            | Exists(all_seeing)
        )

    def unseen(self) -> 'NoticeQuerySet':
        """Notices nobody has looked at yet."""
        return self.filter(seen_at=None)


class Notice(models.Model):
    """One thing somebody is told once: in their inbox at once, by mail if they have not seen it by then.

    `kind` names how it is said (`notices.KINDS`), `data` holds the values of that sentence, never HTML; `path` is
    where it leads. A notice about a playbook is there only as long as the person may read it.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='notices')
    kind = models.CharField(max_length=40)
    playbook = models.ForeignKey(Playbook, models.CASCADE, null=True, related_name='notices')
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    data = models.JSONField(default=dict)
    path = models.CharField(max_length=500)
    dedupe_key = models.CharField(max_length=200, null=True)
    at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ['-at', '-pk']
        indexes = [
            models.Index(fields=['person', 'seen_at', '-at'], name='playbooks_notice_inbox'),
            models.Index(fields=['at'], condition=Q(seen_at=None, mailed_at=None), name='playbooks_notice_to_mail'),
        ]
        constraints = [
            models.UniqueConstraint(fields=['person', 'dedupe_key'], name='playbooks_notice_told_once'),
        ]

    def __str__(self) -> str:
        return f'{self.kind} to {self.person_id}'


class Watch(models.Model):
    """Somebody wants to be told of new versions: of one page, or of all of a kind, tag or area."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='watches')
    playbook = models.ForeignKey(Playbook, models.CASCADE, null=True, related_name='watches')
    kind = models.ForeignKey(Kind, models.CASCADE, null=True, related_name='+')
    tag = models.ForeignKey(Tag, models.CASCADE, null=True, related_name='+')
    area = models.ForeignKey(Area, models.CASCADE, null=True, related_name='+')
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=['person', name], condition=Q(**{f'{name}__isnull': False}), name=f'playbooks_watch_{name}_once'
            )
            for name in ('playbook', 'kind', 'tag', 'area')
        ] + [
            models.CheckConstraint(
                name='playbooks_watch_of_one_thing',
                condition=Q(playbook__isnull=False, kind=None, tag=None, area=None)
                | Q(playbook=None, kind__isnull=False, tag=None, area=None)
                | Q(playbook=None, kind=None, tag__isnull=False, area=None)
                | Q(playbook=None, kind=None, tag=None, area__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f'{self.person_id} watches'


class MailWish(models.Model):
    """How somebody wants to get notices by mail; who has said nothing gets them as they come."""

    class How(models.TextChoices):
        AT_ONCE = 'at_once', _('As they come, at most four mails a day')
        DAILY = 'daily', _('One mail a day, in the morning')
        NEVER = 'never', _('No mails; I look at my inbox')

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name='mail_wish')
    how = models.CharField(_('mails'), max_length=8, choices=How.choices, default=How.AT_ONCE)

    def __str__(self) -> str:
        return f'{self.person_id}: {self.how}'


class RequiredReadingQuerySet(models.QuerySet):
    def under_way(self) -> 'RequiredReadingQuerySet':
        """Those that hold: not ended, of published playbooks."""
        return self.filter(ended_at=None, playbook__archived_at=None, playbook__current_version__isnull=False)

    def of(self, user: User) -> 'RequiredReadingQuerySet':
        """Those that concern this person: asked of everybody, or of one of their groups."""
        return self.filter(Q(group=None) | Q(group__user=user)).distinct()


class RequiredReading(models.Model):
    """A page that everybody, or a group, has to have read by a date; again when it changes as its weight says."""

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='required_readings')
    group = models.ForeignKey(Group, models.CASCADE, null=True, related_name='+')
    due_on = models.DateField(null=True)
    why = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    asked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')

    objects = RequiredReadingQuerySet.as_manager()

    class Meta:
        ordering = ['due_on', 'pk']
        constraints = [
            models.UniqueConstraint(
                fields=['playbook', 'group'], condition=Q(ended_at=None), name='playbooks_requiredreading_group_once'
            ),
            models.UniqueConstraint(
                fields=['playbook'],
                condition=Q(ended_at=None, group=None),
                name='playbooks_requiredreading_everybody_once',
            ),
        ]

    def __str__(self) -> str:
        return f'{self.playbook_id} for {self.group_id or "everybody"}'


class CaughtUp(models.Model):
    """When somebody last said that they are up to date with all that changed."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name='caught_up')
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f'{self.person_id} at {self.at:%Y-%m-%d}'
