"""How often one person may ask for something that takes the server's time."""

from django.core.cache import cache

from accounts.models import User


def is_within(name: str, person: User, *, most: int, seconds: int) -> bool:
    """Count this time, and say whether it is one of the `most` within so many seconds.

    Counted in the shared cache, from the first time on. Where that is emptied, counting starts again.
    """
    key = f'limit:{name}:{person.pk}'
    if cache.add(key, 1, seconds):
        return True
    try:
        return int(cache.incr(key)) <= most
    except ValueError:  # it ran out between the two
        cache.set(key, 1, seconds)
        return True
