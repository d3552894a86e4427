"""Enrollments: the run of a track by one person."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, below
from playbooks.models import Run


class EnrollmentQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> 'EnrollmentQuerySet':
        """Enrollments this person may see: their own, where they hold a role, those below them; editors all."""
        return self.filter(run__in=Run.objects.visible_to(user))

    def below(self, manager: User) -> 'EnrollmentQuerySet':
        """Enrollments of everyone below this manager."""
        return self.filter(below(manager, 'run__owner'))

    def active(self) -> 'EnrollmentQuerySet':
        """Enrollments under way: neither finished nor ended."""
        return self.filter(run__finished_at=None, run__ended_at=None)


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
