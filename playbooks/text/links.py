"""Where the links of a document lead: to playbooks, to places in the document itself, or elsewhere.

A link to a playbook is written `playbook:slug`, with `@7` for version 7 and `#key` for one of its items, or
`#s-heading` for one of its headings, as the page's own anchors have it (that is what an import writes).
"""

import re
from urllib.parse import quote
from xml.etree.ElementTree import Element

from .document import Link

PLAYBOOK = re.compile(r'playbook:([\w-]{0,200})(?:@([1-9]\d{0,5}))?(?:#(s-[^\s#]{1,200}|[^\s#]{1,64}))?', re.IGNORECASE)
SECTION_ID = 's-'
ITEM_ID = 'i-'


class Links:
    """Collects the links of one document and gives each its address."""

    def __init__(self) -> None:
        self.by_element: dict[Element, Link] = {}
        self.fragments: list[tuple[Element, str, int]] = []  # to places in the text, by the name as written
        self.malformed: list[tuple[int, str]] = []

    def point(self, elem: Element, address: str, line: int) -> None:
        """Let `elem` link to the address as it was written; `line` is where."""
        if address[:9].lower() == 'playbook:':
            self._point_to_playbook(elem, address, line)
        elif address.startswith('#') and len(address) > 1:
            self.fragments.append((elem, address[1:], line))
        else:
            elem.set('href', percent(address))

    def _point_to_playbook(self, elem: Element, address: str, line: int) -> None:
        match = PLAYBOOK.fullmatch(address)
        if not match or not (match[1] or (match[3] and not match[2])):
            written = address if len(address) <= 60 else address[:60] + '…'
            right = 'write playbook:name, playbook:name@3 for version 3, or playbook:name#key for an item'
            self.malformed.append((line, f'“{written}” leads nowhere: {right}.'))
            return
        slug, number, item = match[1].lower(), int(match[2]) if match[2] else None, match[3]
        heading = item if slug and item and item.startswith(SECTION_ID) else None
        self.by_element[elem] = Link(slug, number, None if heading else item, line)
        if slug:
            elem.set('href', playbook_address(slug, number, heading or (item and ITEM_ID + item)))

    def to_own_item(self) -> list[tuple[Element, str, int]]:
        """The links to items of the text itself, `playbook:#key`: element, key and line."""
        return [(elem, link.item or '', link.line) for elem, link in self.by_element.items() if not link.slug]


def playbook_address(slug: str, number: int | None, anchor: str | None) -> str:
    """The address of a playbook's page, of one of its versions, or of a place on it."""
    version = f'v/{number}/' if number else ''
    fragment = f'#{quote(anchor)}' if anchor else ''
    return f'/playbooks/{quote(slug)}/{version}{fragment}'


def percent(url: str) -> str:
    """A written address as it goes into HTML: whatever an address may not hold as %XX."""
    return quote(url, safe="!#$%&'()*+,-./:;=?@_~")
