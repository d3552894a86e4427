"""What people say about a text: comments, questions with their answers, reports, field notes, and whether it helped."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from .documents import Draft, Playbook
from .writing import Suggestion


class RemarkQuerySet(models.QuerySet):
    def on_pages(self) -> 'RemarkQuerySet':
        """What was said about published pages; the rest is the review of drafts."""
        return self.filter(number__isnull=False)

    def threads(self) -> 'RemarkQuerySet':
        """What began a conversation: no replies."""
        return self.filter(parent=None)

    def open(self) -> 'RemarkQuerySet':
        """Conversations that nobody has resolved or closed."""
        return self.filter(parent=None, resolved_at=None)

    def waiting_for(self, user: User) -> 'RemarkQuerySet':
        """Open questions, reports and notes that wait for this person, the oldest first.

        Questions they were asked, and what concerns the pages they keep; for editors also the pages that nobody keeps.
        Nothing waits in which somebody else had the last word, that stands, or that is being put into the text.
        """
        said = Remark.objects.filter(parent=OuterRef('pk')).exclude(text='').order_by('-at', '-pk')
        asked = Q(kind=Remark.Kind.QUESTION) & Exists(
            Remark.asks.through.objects.filter(remark=OuterRef('pk'), user=user)
        )
        return (
            self._feedback()
            .filter(playbook__in=Playbook.objects.readable_by(user))
            .annotate(last_by=Subquery(said.values('author')[:1]))
            .filter(Q(last_by=None) | Q(last_by=F('author')), asked | _keeps(user), resolved_at=None, stands=False)
            .filter(Q(taken_in=None) | Q(taken_in__discarded_at__isnull=False))
            .exclude(author=user)
            .order_by('at', 'pk')
        )

    def for_the_text(self, user: User) -> 'RemarkQuerySet':
        """What stands beside the text of a page they keep, or is being put into it, and is no part of it yet."""
        stands = Q(stands=True) | Exists(Remark.objects.filter(parent=OuterRef('pk'), stands=True))
        in_draft = Q(taken_in__isnull=False, taken_in__discarded_at=None)
        return self._feedback().filter(_keeps(user), stands | in_draft, taken_number=None).order_by('at', 'pk')

    def begun_by(self, user: User) -> 'RemarkQuerySet':
        """Their own questions, reports and notes, the newest first."""
        return self._feedback().visible_to(user).filter(author=user).order_by('-at', '-pk')

    def feedback_to_settle(self, user: User) -> 'RemarkQuerySet':
        """All open questions, reports and notes that this person may see, the oldest first."""
        return self._feedback().visible_to(user).filter(resolved_at=None).order_by('at', 'pk')

    def _feedback(self) -> 'RemarkQuerySet':
        return self.on_pages().filter(parent=None).exclude(kind=Remark.Kind.COMMENT).exclude(text='')

    def shown_on_page(self) -> 'RemarkQuerySet':
        """What the page itself shows to all its readers: open comments, answers that stand, notes that stand."""
        open_comment = Q(kind=Remark.Kind.COMMENT, parent=None, resolved_at=None)
        return self.on_pages().filter(open_comment | Q(stands=True))

    def visible_to(self, user: User, key: str = '') -> 'RemarkQuerySet':
        """What this person may see.

        Of a page they may read: comments; notes and answers that stand, with their question; and of questions, reports
        and notes, their own conversations, those they were asked in, and those of the pages they keep. Of drafts they
        may look at (with `key`, the one that this link shows) everything. Editors and administrators see all.
        Source: DESIGN.md, Who may do what. One query.
        """
        if user.is_editor or user.is_admin:
            return self
        readable = Q(playbook__in=Playbook.objects.readable_by(user))
        keeps = Q(playbook__owner=user) | Q(playbook__co_owner=user)
        part = Q(author=user) | Q(parent__author=user) | keeps
        asked = Exists(Remark.asks.through.objects.filter(remark=OuterRef('pk'), user=user))
        asked_above = Exists(Remark.asks.through.objects.filter(remark=OuterRef('parent'), user=user))
        stands = Q(stands=True) | Exists(Remark.objects.filter(parent=OuterRef('pk'), stands=True))
        page = Q(number__isnull=False) & (Q(kind=Remark.Kind.COMMENT) | stands | part | asked | asked_above)
        review = Q(draft__in=Draft.objects.shown_to(user, key)) | Q(suggestion__in=Suggestion.objects.visible_to(user))
        by_link = Q(author=user, draft__share_key__gt='')  # what they said in a review by its link, until that is gone
        return self.filter((readable & (page | by_link)) | (Q(number=None) & review))


def _keeps(user: User) -> Q:
    """The condition that they keep the page: its owner or co-owner, an editor where nobody active does."""
    keeps = Q(playbook__owner=user) | Q(playbook__co_owner=user)
    if user.is_editor:
        has_none = Q(playbook__owner=None) | Q(playbook__owner__is_active=False)
        keeps |= has_none & (Q(playbook__co_owner=None) | Q(playbook__co_owner__is_active=False))
    return keeps


class Remark(models.Model):
    """Something somebody said about a playbook or a draft, at one place of it; replies have a `parent`.

    `place` is '' for the whole page, or the anchor of a heading ('s-…') or item ('i-…'); `quote` the words it was said
    about. `number` is the version it was said on. With `draft` it is part of that draft's review and goes with it; with
    `suggestion` it is part of the talk about that and stays. Neither is a remark on the page itself; they have no
    number. `asks` are the people a question went to. An answer that `stands` is shown under its place to whoever comes
    later, without anybody's name; a field note that stands, at the page's end. What is taken into the text is
    `taken_in` a draft until that is published, and has the number of the version then. A deleted remark that was
    replied to has no text.
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
    taken_in = models.ForeignKey(Draft, models.SET_NULL, null=True, related_name='takes')
    asks = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name='+', blank=True)

    objects = RemarkQuerySet.as_manager()

    class Meta:
        ordering = ['at', 'pk']
        indexes = [models.Index(fields=['playbook', 'kind', 'resolved_at'], name='playbooks_remark_open')]
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(parent=None), name='playbooks_remark_thread_resolved'
            ),
            models.CheckConstraint(condition=Q(draft=None) | Q(number=None), name='playbooks_remark_page_or_draft'),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def is_deleted(self) -> bool:
        """Whether its author took it back; it stays, without words and author, because of what was replied."""
        return not self.text

    @property
    def is_on_page(self) -> bool:
        """Whether it was said about a published page, not about a draft."""
        return self.number is not None


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
