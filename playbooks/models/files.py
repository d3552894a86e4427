"""Files that belong to playbooks, what is brought in as files, and addresses outside that texts lead to."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .documents import Draft, Playbook, Version


class Attachment(models.Model):
    """A file of a playbook, named in texts as `file:slug/name`. Its content never changes; `file` is unguessable."""

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='attachments')
    name = models.CharField(max_length=120)
    file = models.FileField(upload_to='attachments/', max_length=200)
    type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ['name']
        constraints = [models.UniqueConstraint(fields=['playbook', 'name'], name='playbooks_attachment_name')]

    def __str__(self) -> str:
        return self.name


class FileLink(models.Model):
    """A version names a file, `file:slug/name`. Derived from its text."""

    version = models.ForeignKey(Version, models.CASCADE, related_name='file_links')
    slug = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    line = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=['slug', 'name'], name='playbooks_filelink_target')]

    def __str__(self) -> str:
        return f'{self.version_id} -> {self.slug}/{self.name}'


class ExternalLink(models.Model):
    """A version leads to an address outside. Derived from its text."""

    version = models.ForeignKey(Version, models.CASCADE, related_name='external_links')
    url = models.CharField(max_length=2000)
    line = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.url


class LinkCheck(models.Model):
    """What became of asking an outside address. `asked_at` is set while it waits for the worker."""

    url = models.CharField(max_length=2000, unique=True)
    asked_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.url


class PlayerHost(models.Model):
    """A host outside whose players may be shown within a page."""

    host = models.CharField(_('host'), max_length=253, unique=True)

    class Meta:
        ordering = ['host']
        verbose_name = _('video host')
        verbose_name_plural = _('video hosts')

    def __str__(self) -> str:
        return self.host


class Intake(models.Model):
    """Documents brought in by page: what was dropped, and the report of what became of it."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    started_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    answers = models.JSONField(default=dict)
    remarks = models.JSONField(default=list)

    class Meta:
        ordering = ['-started_at']

    def __str__(self) -> str:
        return f'{self.started_at:%Y-%m-%d %H:%M}'


class IntakeDocument(models.Model):
    """One document of an intake: its text as it was read, what is to be done with it, and what was."""

    intake = models.ForeignKey(Intake, models.CASCADE, related_name='documents')
    position = models.PositiveIntegerField()
    path = models.CharField(max_length=1000)
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    remarks = models.JSONField(default=list)
    action = models.CharField(max_length=16, blank=True)
    choice = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True)
    playbook = models.ForeignKey(Playbook, models.SET_NULL, null=True, related_name='+')
    draft = models.ForeignKey(Draft, models.SET_NULL, null=True, related_name='+')
    version = models.ForeignKey(Version, models.SET_NULL, null=True, related_name='+')

    class Meta:
        ordering = ['intake', 'position']
        constraints = [models.UniqueConstraint(fields=['intake', 'position'], name='playbooks_intakedocument_place')]

    def __str__(self) -> str:
        return self.path
