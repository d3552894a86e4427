"""Files that somebody drops on a page, as files to bring in: read in memory, archives within their limits.

Nothing is fetched and nothing is unpacked to a disk. What is no document is refused by its name and, where that says
one thing and the content another, by the content. Pictures that a document in an archive shows come along.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO
from urllib.parse import unquote

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from . import text as texts
from .archives import ARCHIVES, Archive, ArchiveRefused, Member
from .importing import SourceFile
from .text.fromhtml import Converted, markdown_from_html
from .text.htmlsource import MAX_HTML
from .worddocs import Picture, read_docx

MARKDOWN = ('.md', '.markdown', '.txt')
WEB = ('.html', '.htm')
WORD = ('.docx',)
ACCEPTED = (*MARKDOWN, *WEB, *WORD, '.zip')
PICTURES = ('.png', '.jpg', '.jpeg', '.gif', '.webp')
WITH_MACROS = ('.docm', '.dotm', '.doc', '.rtf', '.odt', '.pages')
MAX_DOCX = 40_000_000
MAX_PICTURE = 20_000_000
MAX_DOCUMENTS = 500  # by page, in one go; a larger folder is a matter for the command
HEAD = 2_000
CHARSET = re.compile(rb'<meta[^>]{0,200}charset\s*=\s*["\']?\s*([\w-]{1,40})', re.IGNORECASE)
TITLE = re.compile(r'<title[^>]{0,200}>([^<]{0,500})</title', re.IGNORECASE)
HEADING = re.compile(r'<h1[\s>]', re.IGNORECASE)

Keep = Callable[[Picture], str]


@contextmanager
def arrived(upload: UploadedFile, *, keep: Keep, loose: str) -> Iterator[tuple[str, list[SourceFile]]]:
    """The documents in a dropped file, readable as long as the `with` lasts, and their origin.

    The origin is an archive's one folder at the top, else its name; `loose` for a file that was dropped by itself.
    `keep` puts a picture away and returns the address it shall have in the text ('' to leave it out).
    Raises ArchiveRefused for an archive that is not read at all.
    """
    name = posixpath.basename((upload.name or '').replace('\\', '/')) or 'file'
    if not name.lower().endswith('.zip'):
        yield loose, [_single(name, upload, keep)]
        return
    with Archive(_file(upload)) as archive:
        members = list(archive.members())
        top = _top([member.path for member in members])
        names = {member.path: member for member in members if not member.refused}
        files = [_member(archive, member, top, names, keep) for member in members if _is_wanted(member)]
        yield top.rstrip('/') or posixpath.splitext(name)[0], files


def _file(upload: UploadedFile) -> IO[bytes]:
    found = upload.file
    assert found is not None
    found.seek(0)
    return found  # type: ignore[return-value]  # of an upload it is a file of bytes


def _single(name: str, upload: UploadedFile, keep: Keep) -> SourceFile:
    def read() -> bytes:
        most = _most(name)
        if (upload.size or 0) > most:
            raise ArchiveRefused(_('It is larger than %d kB.') % (most // 1000))
        upload.seek(0)
        return upload.read(most + 1)

    return SourceFile(name, read, refused=_why_not(name), convert=_converter(name, keep, names=(), images=None))


def _why_not(name: str) -> str:
    """Why a file of this name is not read, or ''."""
    lower = name.lower()
    if lower.endswith(WITH_MACROS):
        return _('Files of this kind are not read. Save it as a Word document without macros (.docx) and drop that.')
    if lower.endswith(ARCHIVES):
        return _('Only .zip archives are read.')
    if not lower.endswith((*MARKDOWN, *WEB, *WORD)):
        return _('It is no document: Markdown, text, HTML and Word (.docx) are.')
    return ''


def _is_wanted(member: Member) -> bool:
    """Whether a file of an archive has a line of its own: documents, and what somebody may miss."""
    if any(part.startswith('.') for part in member.path.split('/')):
        return bool(member.refused)
    return member.path.lower().endswith((*MARKDOWN, *WEB, *WORD, *WITH_MACROS, *ARCHIVES)) or bool(member.refused)


def _top(paths: list[str]) -> str:
    """The one folder that everything in an archive lies in, with its slash, or ''."""
    tops = {path.partition('/')[0] for path in paths if '/' in path}
    if len(tops) != 1 or any('/' not in path for path in paths):
        return ''
    top = tops.pop()
    return f'{top}/' if top and not top.startswith('.') else ''


def _member(archive: Archive, member: Member, top: str, names: dict[str, Member], keep: Keep) -> SourceFile:
    path = member.path
    refused = member.refused or _why_not(path)
    here = posixpath.dirname(path)
    kept: dict[str, str] = {}

    def image(address: str, alt: str = '') -> str:
        """The picture of the archive at an address that a document has, put away; '' where there is none."""
        found = names.get(_resolved(address, here))
        if found is None or not found.path.lower().endswith(PICTURES):
            return ''
        if found.path not in kept:
            try:
                content = archive.read(found.info, MAX_PICTURE)
            except ArchiveRefused:
                return ''
            kept[found.path] = keep(Picture(posixpath.basename(found.path), content, alt))
        return kept[found.path]

    return SourceFile(
        path.removeprefix(top),
        partial(archive.read, member.info, _most(path)),
        refused=refused,
        remark=member.remark,
        convert=_converter(path, keep, names=names, images=image),
        resource=image,
    )


def _most(name: str) -> int:
    lower = name.lower()
    return MAX_DOCX if lower.endswith(WORD) else MAX_HTML if lower.endswith(WEB) else texts.MAX_BYTES


def _resolved(address: str, here: str) -> str:
    address = unquote(address.partition('#')[0].partition('?')[0])
    return posixpath.normpath(posixpath.join(here, address)) if address and not address.startswith('/') else address[1:]


def _converter(
    name: str, keep: Keep, *, names: Iterable[str], images: Callable[[str, str], str] | None
) -> Callable[[bytes], Converted] | None:
    """What makes Markdown of a file of this name; None for one that is Markdown."""
    lower, here = name.lower(), posixpath.dirname(name)
    known = frozenset(names)

    def link(address: str) -> str:
        """An address in an archive stays if it names a file of it: the import makes a link to its playbook of it."""
        return address if _resolved(address, here) in known else ''

    def web(content: bytes) -> Converted:
        html, remarks = _decoded(content)
        converted = markdown_from_html(html, images=images, links=link)
        title = TITLE.search(html[:100_000])
        text = converted.text
        if title and title[1].strip() and not HEADING.search(html):
            text = f'{markdown_from_html(f"<h1>{title[1]}</h1>").text}\n{text}'
        return Converted(text, [*remarks, *converted.remarks])

    def word(content: bytes) -> Converted:
        return read_docx(content, keep=keep)

    def plain(content: bytes) -> Converted:
        if content.startswith((b'PK\x03\x04', b'\xd0\xcf\x11\xe0', b'%PDF', b'{\\rtf')):
            raise ArchiveRefused(_('Its name says text, its content is something else.'))
        if len(content) > texts.MAX_BYTES:
            raise ArchiveRefused(_('It is larger than %d kB.') % (texts.MAX_BYTES // 1000))
        return Converted(content.decode('utf-8-sig'))

    return word if lower.endswith(WORD) else web if lower.endswith(WEB) else plain


def _decoded(content: bytes) -> tuple[str, list[str]]:
    """HTML as characters: by what its first bytes or it itself says, else UTF-8, else as Windows wrote it."""
    if content.startswith((b'\xff\xfe', b'\xfe\xff')):
        return content.decode('utf-16', 'replace'), []
    try:
        return content.decode('utf-8-sig'), []
    except UnicodeDecodeError:
        pass
    declared = CHARSET.search(content[:HEAD])
    for name in [declared[1].decode('ascii', 'replace')] if declared else []:
        if name.lower() in ('iso-8859-1', 'latin1', 'windows-1252', 'iso-8859-15', 'windows-1250', 'iso-8859-2'):
            return content.decode(name, 'replace'), []
    return content.decode('cp1252', 'replace'), [_('It does not say how its letters are written; some may be wrong.')]
