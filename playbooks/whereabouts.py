"""Where an item is: an address that names it by its key goes on leading somewhere, whatever becomes of the text.

Source: issue 3, History ("a permanent address for version n and item k").
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.urls import reverse

from .models import Item, ItemChange, Playbook
from .places import Place
from .text.links import ITEM_ID


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """An item on a page: on the playbook's own (`number` None), or on that of the last version that has it."""

    key: str
    number: int | None = None

    @property
    def anchor(self) -> str:
        """The item's part of the address."""
        return f'{ITEM_ID}{quote(self.key)}'


def whereabouts(playbook: Playbook, key: str) -> Whereabouts | None:
    """Where the item with this key is; None if the playbook never had one.

    In the current version: there. Replaced by an item with another key that is: there. Else where it was last.
    At most three queries. Source of `replaces`: DESIGN.md, Keys let progress survive a change.
    """
    current = set(Item.objects.filter(version=playbook.current_version_id).values_list('key', flat=True))
    if key in current:
        return Whereabouts(key)
    replacements = ItemChange.objects.filter(version__playbook=playbook).exclude(replaces='')
    became = dict(replacements.order_by('version__number').values_list('replaces', 'key'))
    seen, now = {key}, key
    while now in became and became[now] not in seen:
        now = became[now]
        seen.add(now)
        if now in current:
            return Whereabouts(now)
    had = Item.objects.filter(version__playbook=playbook, key=key).order_by('-version__number')
    number = had.values_list('version__number', flat=True).first()
    return Whereabouts(key, number) if number else None


def links_to(playbook: Playbook, place: Place) -> dict[str, Any]:
    """The addresses of a place, without the site's own part, and what to write in Markdown to link to it.

    Load the playbook's current version. `always` goes on leading to it; `exact` is this version's.
    """
    assert playbook.current_version is not None
    slug, number, anchor = playbook.slug, playbook.current_version.number, place.anchor
    here = f'#{quote(anchor)}' if anchor else ''
    is_item = anchor.startswith(ITEM_ID)
    named = anchor.removeprefix(ITEM_ID) if is_item else anchor
    page = reverse('playbooks:item', args=[slug, named]) if is_item else f'{playbook.get_absolute_url()}{here}'
    return {
        'place': place,
        'always': page,
        'exact': f'{reverse("playbooks:version", args=[slug, number])}{here}',
        'markdown': f'playbook:{slug}{f"#{named}" if named else ""}',
        'markdown_exact': f'playbook:{slug}@{number}{f"#{named}" if named else ""}',
    }
