"""What the frame of every page needs besides the signed-in person."""

from django.core.cache import caches
from django.http import HttpRequest

from .models import Organization

SECONDS = 10


def organization(request: HttpRequest) -> dict[str, Organization]:
    """Give templates `organization` (name, is_sample). At most one query in ten seconds per process."""
    cache = caches['process']
    found = cache.get('organization')
    if found is None:
        found = Organization.objects.first() or Organization(name='Rampbook', is_sample=False)
        cache.set('organization', found, SECONDS)
    return {'organization': found}


def forget_organization() -> None:
    """Show a change of the organization at once, in this process; the others follow within ten seconds."""
    caches['process'].delete('organization')
