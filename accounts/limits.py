"""How often one person may ask for what costs the server much; counted in the shared cache by the minute."""

from django.core.cache import cache
from django.utils import timezone

from .models import User

SECONDS = 60


def is_within_limit(person: User, what: str, *, most: int) -> bool:
    """Count one more of `what` for this person; False once there were more than `most` of it in this minute.

    It keeps one person's script from slowing everybody down and is no exact account: a cache that forgets lets more
    through.
    """
    minute = int(timezone.now().timestamp()) // SECONDS
    key = f'limit:{what}:{person.pk}:{minute}'
    cache.add(key, 0, timeout=2 * SECONDS)
    try:
        return cache.incr(key) <= most
    except ValueError:  # the cache dropped it in this moment
        return True
