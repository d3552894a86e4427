"""Start for real: from a site with sample people to the company's own."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import end_sessions, lock_reporting_line, trust_address
from accounts.context_processors import forget_organization
from accounts.models import Organization, User
from playbooks.erasing import erase_runs, forget_people
from playbooks.models import Kind, Playbook, Run

from .sample import APPROVED_KIND


class NoSampleSite(ValueError):
    """The site is in real use already."""


@dataclass(frozen=True)
class SampleCount:
    """How much goes and how much stays."""

    people: int
    runs: int
    playbooks: int


def count_sample() -> SampleCount:
    """How many sample people and runs of theirs there are, and how many playbooks (three queries)."""
    return SampleCount(
        people=User.objects.filter(is_sample=True).count(),
        runs=Run.objects.filter(owner__is_sample=True).count(),
        playbooks=Playbook.objects.count(),
    )


def is_sample_site() -> bool:
    """Whether the site has sample people, as stored: what pages show of it may be some seconds old (one query)."""
    return Organization.objects.filter(is_sample=True).exists()


def may_start_for_real() -> bool:
    """Whether the site has sample people, or nobody at all yet."""
    return is_sample_site() or not User.objects.exists()


def start_for_real(*, company: str, name: str, email: str, password: str) -> User:
    """Make the first administrator, name the company, and take the sample people and their runs away for good.

    Playbooks stay with all their versions and belong to the administrator; real people who were added meanwhile stay
    with their runs. One transaction: afterwards no sample password works and no sample person is signed in anywhere.
    Raises NoSampleSite where the site is in real use.
    """
    with transaction.atomic():
        lock_reporting_line()
        if not may_start_for_real():
            raise NoSampleSite(_('This site is in real use already.'))
        sample = list(User.objects.filter(is_sample=True))
        _free_address(sample, email)
        admin = User.objects.create_superuser(email, password, name=name)
        trust_address(admin)

        reason = 'start for real'
        erase_runs(owners=sample, reason=reason)
        forget_people(sample, heir=admin, placeholder=_('Sample person'), reason=reason)
        Playbook.objects.filter(owner=None).update(owner=admin)
        if sample:
            # There may be nobody yet who could give the approval that the sample people showed.
            Kind.objects.filter(slug=APPROVED_KIND).update(approval=Kind.Approval.NONE)
        end_sessions([person.pk for person in sample])
        LogEntry.objects.filter(user__in=sample).delete()
        User.objects.filter(pk__in=[person.pk for person in sample]).delete()
        Organization.objects.filter(pk=1).update(name=company, is_sample=False)
    forget_organization()
    return admin


def _free_address(sample: list[User], email: str) -> None:
    """Let the administrator use an address that one of the sample people has."""
    for person in sample:
        if person.email.lower() == email.lower():
            person.email = f'gone-{person.pk}@example.com'
            person.save(update_fields=['email'])
            EmailAddress.objects.filter(user=person).delete()
