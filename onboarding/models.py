"""Enrollments: the run of a track by one person."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, below
from playbooks.models import BUDDY, Playbook, Run, RunRole


class EnrollmentQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> 'EnrollmentQuerySet':
        """Enrollments this person may see: their own, where they hold a role, those below them; editors all."""
        return self.filter(run__in=Run.objects.visible_to(user))

    def overseen_by(self, user: User) -> 'EnrollmentQuerySet':
        """Those of which this person sees all states and dates, not only the items of a role they hold.

        Their own, where they are the buddy, those below them; editors all. Source: DESIGN.md, Who may do what.
        """
        if user.is_editor:
            return self
        is_buddy = Exists(RunRole.objects.filter(run=OuterRef('run'), role=BUDDY, person=user))
        seen = Q(run__owner=user) | Q(is_buddy)
        return self.filter(seen | below(user, 'run__owner') if user.has_reports else seen)

    def below(self, manager: User) -> 'EnrollmentQuerySet':
        """Enrollments of everyone below this manager."""
        return self.filter(below(manager, 'run__owner'))

    def of_run(self, run_id: int) -> 'EnrollmentQuerySet':
        """The enrollment that this run is, if it is one."""
        # By a query of runs, which knows of a number beyond the database's that there is no such run.
        return self.filter(run__in=Run.objects.filter(pk=run_id))

    def active(self) -> 'EnrollmentQuerySet':
        """Enrollments under way: neither finished nor ended."""
        return self.filter(run__finished_at=None, run__ended_at=None)

    def shown_to_managers(self, finished_since: datetime) -> 'EnrollmentQuerySet':
        """Enrollments under way, and those that were finished, not stopped, since an instant."""
        return self.filter(Q(run__finished_at=None) | Q(run__finished_at__gte=finished_since), run__ended_at=None)

    def matching(self, *, name: str = '', track: Playbook | None = None, ended: bool = False) -> 'EnrollmentQuerySet':
        """Enrollments of people with this in their name, on this track; those under way, or else those that ended."""
        found = self.exclude(run__finished_at=None, run__ended_at=None) if ended else self.active()
        found = found.filter(run__playbook=track) if track else found
        return found.filter(run__owner__name__icontains=name) if name else found

    def in_order_of_first_day(self) -> 'EnrollmentQuerySet':
        """The latest starters first."""
        return self.order_by('-run__anchor_on', 'run__owner__name', 'pk')

    def with_people(self) -> 'EnrollmentQuerySet':
        """Load what a page about one enrollment names: the person, their manager, the track and its version."""
        return self.select_related(
            'run__owner__reports_to', 'run__playbook__kind', 'run__version', 'run__first_version'
        ).defer('run__version__text', 'run__first_version__text')


class Enrollment(models.Model):
    """A person's onboarding: a private run of a track. The person is the run's owner, the first day its anchor."""

    run = models.OneToOneField(Run, models.CASCADE, related_name='enrollment')
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name='+')
    added_at = models.DateTimeField(default=timezone.now)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ['run__anchor_on', 'pk']

    def __str__(self) -> str:
        return str(self.run)

    def get_absolute_url(self) -> str:
        return reverse('onboarding:enrollment', args=[self.pk])
