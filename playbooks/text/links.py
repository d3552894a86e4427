"""Where the links of a document lead: to playbooks, to their files, to places in the document itself, or elsewhere.

A link to a playbook is written `playbook:slug`, with `@7` for version 7 and `#key` for one of its items, or
`#s-heading` for one of its headings, as the page's own anchors have it (that is what an import writes); or by its
title, `[[Title]]`. A file is `file:slug/name`, as a link and as a picture.
"""

import re
from urllib.parse import quote, unquote
from xml.etree.ElementTree import Element

from markdown.util import AtomicString, code_escape

from .document import External, FileLink, Link
from .rawhtml import is_remote

PLAYBOOK = re.compile(r'playbook:([\w-]{0,200})(?:@([1-9]\d{0,5}))?(?:#(s-[^\s#]{1,200}|[^\s#]{1,64}))?', re.IGNORECASE)
FILE = re.compile(r'file:([\w-]{1,80})/([^/\\?#]{1,200})', re.IGNORECASE)
OUTSIDE = re.compile(r'(?:https?:)?//[^/]', re.IGNORECASE)
PICTURE = re.compile(r'\.(?:apng|avif|bmp|gif|ico|jpe?g|png|svg|tiff?|webp)(?:[?#]|$)', re.IGNORECASE)
MOVIE = re.compile(r'\.(?:mp4|webm)(?:[?#]|$)', re.IGNORECASE)
SECTION_ID = 's-'
ITEM_ID = 'i-'


class Links:
    """Collects the links and pictures of one document and gives each its address."""

    def __init__(self) -> None:
        self.by_element: dict[Element, Link] = {}
        self.fragments: list[tuple[Element, str, int]] = []  # to places in the text, by the name as written
        self.files: list[FileLink] = []
        self.external: list[External] = []
        self.warnings: list[tuple[int, str]] = []

    def point(self, elem: Element, address: str, line: int) -> None:
        """Let `elem` link to the address as it was written; `line` is where."""
        if address[:9].lower() == 'playbook:':
            self._point_to_playbook(elem, address, line)
        elif address[:5].lower() == 'file:':
            self._point_to_file(elem, 'href', address, line)
        elif address.startswith('#') and len(address) > 1:
            self.fragments.append((elem, address[1:], line))
        else:
            elem.set('href', percent(address))
            if OUTSIDE.match(address):
                self.external.append(External(address, line))

    def point_to_title(self, elem: Element, title: str, line: int) -> None:
        """Let `elem` link to whatever playbook has this title when somebody follows it."""
        self.by_element[elem] = Link('', None, None, line, title)
        elem.set('class', 'wiki')
        elem.set('href', '/go/?title=' + quote(title, safe=''))

    def show(self, picture: Element, address: str, line: int) -> None:
        """Let `picture` show what lies at the address as it was written; `settle` makes of it what it can be."""
        if address[:5].lower() == 'file:':
            return self._point_to_file(picture, 'src', address, line)
        picture.set('src', percent(address))
        if is_player(address):
            self.external.append(External(address, line, is_player=True))
        elif is_remote(address):
            if OUTSIDE.match(address):
                self.external.append(External(address, line))
            right = 'attach the file to this playbook to show it'
            self.warnings.append((line, f'“{_short(address)}” lies elsewhere, so it stands here as a link: {right}.'))

    def _point_to_playbook(self, elem: Element, address: str, line: int) -> None:
        match = PLAYBOOK.fullmatch(address)
        if not match or not (match[1] or (match[3] and not match[2])):
            right = 'write playbook:name, playbook:name@3 for version 3, or playbook:name#key for an item'
            self.warnings.append((line, f'“{_short(address)}” leads nowhere: {right}.'))
            return
        slug, number, item = match[1].lower(), int(match[2]) if match[2] else None, match[3]
        heading = item if slug and item and item.startswith(SECTION_ID) else None
        self.by_element[elem] = Link(slug, number, None if heading else item, line)
        if slug:
            elem.set('href', playbook_address(slug, number, heading or (item and ITEM_ID + item)))

    def _point_to_file(self, elem: Element, attribute: str, address: str, line: int) -> None:
        match = FILE.fullmatch(unquote(address))
        if not match or match[2].startswith('.'):
            right = 'write file:playbook/name, as the list of the playbook’s files has it'
            self.warnings.append((line, f'“{_short(address)}” leads nowhere: {right}.'))
            return
        self.files.append(FileLink(match[1].lower(), match[2], line))
        elem.set(attribute, file_address(match[1].lower(), match[2]))

    def to_own_item(self) -> list[tuple[Element, str, int]]:
        """The links to items of the text itself, `playbook:#key`: element, key and line."""
        found = self.by_element.items()
        return [(elem, link.item or '', link.line) for elem, link in found if not link.slug and not link.title]


def settle(picture: Element, *, in_link: bool) -> None:
    """Make of a picture what its address lets it be.

    What lies elsewhere becomes a link, for a page of ours loads nothing from outside: one that may play in the page is
    marked as such. A film plays in the page.
    """
    address = picture.get('src', '')
    if not (is_remote(address) or MOVIE.search(address)):
        return
    alt = picture.attrib.pop('alt', '') or code_escape(
        unquote(address.rpartition('/')[2]) if MOVIE.search(address) else address
    )
    if in_link:
        del picture.attrib['src']
        picture.tag, picture.text = 'span', AtomicString(alt)
    elif is_remote(address):
        del picture.attrib['src']
        picture.tag, picture.text = 'a', AtomicString(alt)
        picture.set('href', address)
        if is_player(address):
            picture.set('class', 'player')
    else:
        picture.tag = 'video'
        picture.set('preload', 'metadata')
        link = Element('a', href=address)
        link.text = AtomicString(alt)
        picture.append(link)


def is_player(address: str) -> bool:
    """Whether a picture's address is that of a page elsewhere, which may be one that plays something."""
    is_page = not (PICTURE.search(address) or MOVIE.search(address))
    return address[:8].lower() == 'https://' and is_page


def playbook_address(slug: str, number: int | None, anchor: str | None) -> str:
    """The address of a playbook's page, of one of its versions, or of a place on it."""
    version = f'v/{number}/' if number else ''
    fragment = f'#{quote(anchor)}' if anchor else ''
    return f'/playbooks/{quote(slug)}/{version}{fragment}'


def file_address(slug: str, name: str) -> str:
    """The address at which a playbook's file lies."""
    return f'/playbooks/{quote(slug)}/files/{quote(name)}'


def percent(url: str) -> str:
    """A written address as it goes into HTML: whatever an address may not hold as %XX."""
    return quote(url, safe="!#$%&'()*+,-./:;=?@_~")


def _short(written: str) -> str:
    return written if len(written) <= 60 else written[:60] + '…'
