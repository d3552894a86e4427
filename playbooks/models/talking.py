"""What people say about a text: comments, questions with their answers, reports, field notes, and whether it helped."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .documents import Draft, Playbook


class Remark(models.Model):
    """Something somebody said about a playbook or a draft, at one place of it; replies have a `parent`.

    `place` is '' for the whole page, or the anchor of a heading ('s-…') or item ('i-…'); `quote` the words it was said
    about. `number` is the version it was said on. With `draft` it is part of that draft's review and goes with it; with
    `suggestion` it is part of the talk about that and stays. Neither is a remark on the page itself. A reply that
    `stands` is shown under its place to whoever comes later, without the asker's name.
    """

    class Kind(models.TextChoices):
        COMMENT = 'comment', _('Comment')
        QUESTION = 'question', _('Question')
        REPORT = 'report', _('Something is wrong')
        NOTE = 'note', _('Field note')

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='remarks')
    draft = models.ForeignKey(Draft, models.CASCADE, null=True, related_name='remarks')
    suggestion = models.ForeignKey('Suggestion', models.CASCADE, null=True, related_name='remarks')
    parent = models.ForeignKey('self', models.CASCADE, null=True, related_name='replies')
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveIntegerField(null=True)
    place = models.CharField(max_length=210, blank=True)
    quote = models.CharField(max_length=500, blank=True)
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    stands = models.BooleanField(default=False)
    taken_number = models.PositiveIntegerField(null=True)
    asks = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name='+', blank=True)

    class Meta:
        ordering = ['at', 'pk']
        indexes = [models.Index(fields=['playbook', 'kind', 'resolved_at'], name='playbooks_remark_open')]
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(parent=None), name='playbooks_remark_thread_resolved'
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Mention(models.Model):
    """Somebody named in a remark."""

    remark = models.ForeignKey(Remark, models.CASCADE, related_name='mentions')
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='+')

    class Meta:
        constraints = [models.UniqueConstraint(fields=['remark', 'person'], name='playbooks_mention_once')]

    def __str__(self) -> str:
        return f'{self.person_id} in {self.remark_id}'


class Helped(models.Model):
    """Whether a version helped somebody: their last word on it."""

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name='helped')
    number = models.PositiveIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='+')
    yes = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=['playbook', 'number', 'person'], name='playbooks_helped_once')]

    def __str__(self) -> str:
        return f'{self.playbook_id} v{self.number}: {self.yes}'


class SoughtInVain(models.Model):
    """Words somebody looked for and said they did not find; of a page, if they had expected them there."""

    words = models.CharField(max_length=200)
    playbook = models.ForeignKey(Playbook, models.CASCADE, null=True, related_name='sought_in_vain')
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='+')
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ['-at']

    def __str__(self) -> str:
        return self.words
