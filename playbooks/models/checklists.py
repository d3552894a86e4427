"""Checklists: what a version's headings and task lines become. Facts recorded at publication."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .documents import Version


class Section(models.Model):
    """A heading of a version."""

    version = models.ForeignKey(Version, models.CASCADE, related_name='sections')
    position = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=500)
    anchor = models.CharField(max_length=210)  # 200 of the heading, with s- before and a number behind it
    line = models.PositiveIntegerField()

    class Meta:
        ordering = ['version', 'position']
        constraints = [models.UniqueConstraint(fields=['version', 'position'], name='playbooks_section_position')]

    def __str__(self) -> str:
        return self.title


class Item(models.Model):
    """A task line of a version. Other tables name it by playbook and key, never by this row."""

    class Kind(models.TextChoices):
        DO = 'do', _('Do')
        READ = 'read', _('Read')
        MEET = 'meet', _('Meet')
        ATTEND = 'attend', _('Attend')
        SUBMIT = 'submit', _('Submit')

    version = models.ForeignKey(Version, models.CASCADE, related_name='items')
    key = models.CharField(max_length=64)
    position = models.PositiveIntegerField()
    text = models.TextField()
    label_html = models.TextField()
    detail_html = models.TextField(blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.DO)
    role = models.CharField(max_length=64, blank=True)
    signoff = models.CharField(max_length=64, blank=True)
    due = models.CharField(max_length=8, blank=True)
    after = models.JSONField(default=list)
    optional = models.BooleanField(default=False)
    milestone = models.BooleanField(default=False)
    estimate = models.CharField(max_length=8, blank=True)
    reads_slug = models.CharField(max_length=80, blank=True)
    reads_number = models.PositiveIntegerField(null=True)
    parent_key = models.CharField(max_length=64, blank=True)
    phase = models.PositiveIntegerField(null=True)
    line = models.PositiveIntegerField()
    line_end = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ['version', 'position']
        constraints = [
            models.UniqueConstraint(fields=['version', 'key'], name='playbooks_item_key'),
            models.CheckConstraint(condition=~Q(key=''), name='playbooks_item_has_key'),
        ]

    def __str__(self) -> str:
        return self.text


class ItemChange(models.Model):
    """What the author of a version said a changed item means for those who had finished it, and why."""

    class Meaning(models.TextChoices):
        WORDING = 'wording', _('Same task, better said')
        SUBSTANCE = 'substance', _('The task changed')
        NEW = 'new', _('A different task')

    version = models.ForeignKey(Version, models.CASCADE, related_name='item_changes')
    key = models.CharField(max_length=64)
    meaning = models.CharField(max_length=9, choices=Meaning.choices)
    reason = models.CharField(max_length=300, blank=True)
    replaces = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=['version', 'key'], name='playbooks_itemchange_key')]

    def __str__(self) -> str:
        return f'{self.key}: {self.meaning}'
