"""Word documents (.docx) as Markdown. Everything in one is taken for hostile until it has been looked at.

Only parts that hold text, styles and pictures are looked at; macros, embedded objects and what lies elsewhere never
are. The XML is checked for what makes readers of XML suffer (entities, depth, size) before any of them sees it.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from xml.parsers import expat

import mammoth
from django.utils.translation import gettext as _

from .archives import Archive, ArchiveRefused
from .text import MAX_BYTES
from .text.fromhtml import Converted, markdown_from_html

MAX_XML = 8_000_000  # bytes of one part; a book of 500 pages has some 5 million
MAX_ELEMENTS = 100_000  # of one part; 100 pages have some 50,000. They take the library a tenth of a millisecond each
MAX_LETTERS = 2 * MAX_BYTES  # of one part: more can become no text that is taken
MAX_XML_DEPTH = 80  # Word itself nests some 30 deep; the library takes a step of the stack for each
MAX_PICTURE = 20_000_000
MAX_PICTURES = 100
TEXT_PARTS = ('document', 'styles', 'numbering', 'footnotes', 'endnotes', 'comments')
PARTS = frozenset(
    [
        '[Content_Types].xml',
        '_rels/.rels',
        *(f'word/{part}.xml' for part in TEXT_PARTS),
        *(f'word/_rels/{part}.xml.rels' for part in TEXT_PARTS),
    ]
)
MACROS = 'vbaproject.bin'
PICTURE = 'picture:'  # the address that stands for a picture until somebody says where it lies
STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Quote'] => blockquote:fresh
p[style-name='Intense Quote'] => blockquote:fresh
p[style-name='HTML Preformatted'] => pre:separator('\n')
p[style-name='Code'] => pre:separator('\n')
r[style-name='Code'] => code
r[style-name='Verbatim Char'] => code
p[style-name='Source Code'] => pre:separator('\n')
"""


@dataclass(slots=True)
class Picture:
    """A picture of a document, as it was in it."""

    name: str
    content: bytes
    alt: str = ''


def read_docx(content: bytes, *, keep: Callable[[Picture], str] | None = None) -> Converted:
    """Write a Word document as Markdown.

    `keep` takes each picture in it and returns the address it shall have in the text, or '' to leave it out (without
    it, all are). Raises ArchiveRefused or Refused, with the reason, for what is no such document or may do harm.
    """
    remarks: list[str] = []
    with Archive(io.BytesIO(content)) as archive:
        parts, pictures = _parts(archive, remarks)
    if 'word/document.xml' not in parts:
        raise ArchiveRefused(_('It is not a Word document (.docx).'))
    for name, part in parts.items():
        _check_xml(name, part)
    kept: dict[str, Picture] = {}
    try:
        result = mammoth.convert_to_html(
            _packed(parts, pictures),
            convert_image=mammoth.images.img_element(lambda image: {'src': _picture(image, kept)}),
            style_map=STYLES,
            include_embedded_style_map=False,
            external_file_access=False,
        )
    except (ArchiveRefused, MemoryError):
        raise
    except Exception as error:  # a library that was made for sound documents fails on others in any way
        raise ArchiveRefused(_('It is damaged, or no Word document (.docx).')) from error

    def images(source: str, alt: str) -> str:
        picture = kept.get(source)
        if picture is None or keep is None:
            return ''
        picture.alt = alt
        return keep(picture)

    converted = markdown_from_html(result.value, images=images)
    return Converted(converted.text, [*remarks, *converted.remarks])


def _parts(archive: Archive, remarks: list[str]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The parts that are text, and those that are pictures. Nothing else of the archive is unpacked."""
    parts: dict[str, bytes] = {}
    pictures: dict[str, bytes] = {}
    for member in archive.members():
        if member.refused:
            continue
        if member.path.lower().endswith(MACROS):
            remarks.append(_('Its macros were left out.'))
        elif member.path in PARTS:
            parts[member.path] = archive.read(member.info, MAX_XML)
        elif member.path.startswith('word/media/') and len(pictures) < MAX_PICTURES:
            try:
                pictures[member.path] = archive.read(member.info, MAX_PICTURE)
            except ArchiveRefused as refused:
                remarks.append(f'{member.path.rpartition("/")[2]}: {refused}')
        elif member.path.startswith('word/embeddings/'):
            remarks.append(_('An embedded document was left out: %s.') % member.path.rpartition('/')[2])
    return parts, pictures


def _check_xml(name: str, content: bytes) -> None:
    """Raises ArchiveRefused for XML that declares entities, or is too deep or too large to be read in memory."""
    depth = elements = letters = 0
    parser = expat.ParserCreate()

    def declared(*_given: object) -> None:
        raise ArchiveRefused(_('It declares entities, which no Word document does.'))

    def started(_tag: str, _attributes: object) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > MAX_XML_DEPTH or elements > MAX_ELEMENTS:
            raise ArchiveRefused(_('It is too large or nested too deep. Bring it in in parts.'))

    def ended(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    def wrote(words: str) -> None:
        nonlocal letters
        letters += len(words)
        if letters > MAX_LETTERS:
            raise ArchiveRefused(_('It has more text than one page may have. Bring it in in parts.'))

    parser.CharacterDataHandler = wrote
    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = declared
    parser.ExternalEntityRefHandler = declared  # type: ignore[assignment]  # it never answers
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ArchiveRefused(_('It is damaged (%s).') % name) from error


def _packed(parts: dict[str, bytes], pictures: dict[str, bytes]) -> io.BytesIO:
    """An archive of nothing but these, for a library that wants one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w', zipfile.ZIP_STORED) as archive:
        for name, content in (parts | pictures).items():
            archive.writestr(name, content)
    packed.seek(0)
    return packed


def _picture(image: 'mammoth.documents.Image', kept: dict[str, Picture]) -> str:
    """Remember a picture and return what stands for it; '' for one that lies outside of the document."""
    try:
        with image.open() as opened:
            content = opened.read()
    except (ValueError, KeyError, OSError):
        return ''
    ending = (image.content_type or '').rpartition('/')[2].replace('jpeg', 'jpg').partition('+')[0] or 'png'
    address = f'{PICTURE}{len(kept) + 1}'
    kept[address] = Picture(f'picture-{len(kept) + 1}.{ending}', content)
    return address
