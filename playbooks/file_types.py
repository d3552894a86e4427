"""Which files may belong to a playbook: told from their content, never from what somebody says they are.

A picture is read and written anew, so that nothing in it comes through but its dots: no place where it was taken, no
thumbnail of what was cut away, no second file behind the first.
"""

import io
import re
import unicodedata
import warnings
import zipfile
from dataclasses import dataclass
from typing import IO, Any

from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_DOTS = 50_000_000  # of a still picture: a large camera has 50 megapixels
MAX_MOVING_DOTS = 100_000_000  # of all frames together
MAX_FRAMES = 500
MAX_PROFILE = 64 * 1024  # bytes of what a picture says about its colors
MAX_STEM = 90  # characters of a name before its ending
HEAD = 4096

PICTURES = {
    'PNG': ('png', 'image/png'),
    'JPEG': ('jpg', 'image/jpeg'),
    'GIF': ('gif', 'image/gif'),
    'WEBP': ('webp', 'image/webp'),
}
TYPES = {
    **dict(PICTURES.values()),
    'pdf': 'application/pdf',
    'txt': 'text/plain; charset=utf-8',
    'md': 'text/plain; charset=utf-8',
    'csv': 'text/csv; charset=utf-8',
    'docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'pptx': 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    'zip': 'application/zip',
    'mp4': 'video/mp4',
    'webm': 'video/webm',
    'mp3': 'audio/mpeg',
}
SHOWN = frozenset(['png', 'jpg', 'gif', 'webp', 'mp4', 'webm', 'mp3', 'pdf'])  # in the browser; all else is a download
FILMS = frozenset(['mp4', 'webm', 'mp3'])
OFFICE = {'docx': 'word/', 'xlsx': 'xl/', 'pptx': 'ppt/'}
ACCEPTED = ','.join(f'.{ending}' for ending in (*TYPES, 'jpeg'))

MP3 = re.compile(rb'ID3|\xff[\xe2-\xe7\xea-\xef\xf2-\xf7\xfa-\xff]')
NOT_IN_NAME = re.compile(r'[^\w.-]+')
DOTS = re.compile(r'\.{2,}')


class FileRefused(ValueError):
    """A file that may not belong to a playbook; the message says why and what would do."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A file as it is kept: its content (of a picture: written anew), ending, media type and size in dots."""

    content: File
    ending: str
    type: str
    width: int | None = None
    height: int | None = None


def check(name: str, content: File) -> Checked:
    """Say what a file is by its content, and give it as it may be kept. Raises FileRefused.

    A picture may have another picture's ending; any other file must be what its name says.
    """
    content.seek(0)
    head = content.read(HEAD)
    content.seek(0)
    if not head:
        raise FileRefused(_('This file is empty.'))
    if (form := _picture_form(head)) is not None:
        return _redrawn(content, form)
    ending = ending_of(name)
    if ending in ('png', 'jpg', 'jpeg', 'gif', 'webp') or (ending in TYPES and not _is(ending, head, content)):
        raise FileRefused(_('What is in this file does not fit its name. Save it again under the right type.'))
    if ending not in TYPES:
        raise FileRefused(
            _('Files of this type cannot be added. Use a picture, PDF, text, office document, film or ZIP file.')
        )
    return Checked(content, ending, TYPES[ending])


def ending_of(name: str) -> str:
    """The ending of a file's name in lower case, without its dot."""
    return name.rpartition('.')[2].lower() if '.' in name else ''


def safe_name(name: str, ending: str) -> str:
    """A name for a file that can stand in an address and in Markdown: letters, digits, hyphens, with this ending."""
    name = unicodedata.normalize('NFC', re.split(r'[/\\]', name)[-1])
    stem = name.rpartition('.')[0] if '.' in name else name
    stem = DOTS.sub('.', NOT_IN_NAME.sub('-', stem)).strip('.-')
    return f'{stem[:MAX_STEM].strip(".-") or "file"}.{ending}'


def _picture_form(head: bytes) -> str | None:
    if head.startswith(b'\x89PNG\r\n\x1a\n'):
        return 'PNG'
    if head.startswith(b'\xff\xd8\xff'):
        return 'JPEG'
    if head.startswith((b'GIF87a', b'GIF89a')):
        return 'GIF'
    return 'WEBP' if head.startswith(b'RIFF') and head[8:12] == b'WEBP' else None


def _is(ending: str, head: bytes, content: File) -> bool:
    """Whether a file that is no picture is what its ending says."""
    if ending == 'pdf':
        return head.startswith(b'%PDF-')
    if ending == 'mp4':
        return head[4:8] == b'ftyp'
    if ending == 'webm':
        return head.startswith(b'\x1a\x45\xdf\xa3') and b'webm' in head[:64]
    if ending == 'mp3':
        return MP3.match(head) is not None
    if ending in ('txt', 'md', 'csv'):
        return _is_text(content)
    return _is_archive(ending, content)


def _is_text(content: File) -> bool:
    try:
        text = content.read().decode('utf-8')
    except UnicodeDecodeError:
        return False
    finally:
        content.seek(0)
    return '\0' not in text


def _is_archive(ending: str, content: File) -> bool:
    """Whether it is a ZIP archive and, for an office document, one with that inside and no macros. Unpacks nothing."""
    try:
        with zipfile.ZipFile(content) as archive:  # type: ignore[arg-type]  # a File has what it needs
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False
    finally:
        content.seek(0)
    if ending not in OFFICE:
        return True
    if any(name.lower().endswith('vbaproject.bin') for name in names):
        raise FileRefused(_('There are macros in this document. Save it without them.'))
    return '[Content_Types].xml' in names and any(name.startswith(OFFICE[ending]) for name in names)


def _redrawn(content: IO[bytes] | File, form: str) -> Checked:
    """A picture, read and written anew. Raises FileRefused for one that is too large or cannot be read."""
    ending, media_type = PICTURES[form]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # Pillow's about sizes: we have a limit of our own; and about odd files
            with Image.open(content, formats=[form]) as image:
                if image.width * image.height > MAX_DOTS:
                    raise FileRefused(_('This picture has more than 50 megapixels. Make it smaller.'))
                written, (width, height) = _write_anew(image, form)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError) as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused(_('This picture cannot be read. Save it again as PNG or JPEG.')) from error
    return Checked(ContentFile(written), ending, media_type, width, height)


def _write_anew(image: Image.Image, form: str) -> tuple[bytes, tuple[int, int]]:
    kept: dict[str, Any] = {}
    profile = image.info.get('icc_profile')
    if profile and len(profile) <= MAX_PROFILE and image.mode != 'CMYK':
        kept['icc_profile'] = profile
    if form in ('GIF', 'WEBP', 'PNG') and getattr(image, 'is_animated', False):
        return _write_moving(image, form)
    turned = ImageOps.exif_transpose(image)
    if form == 'JPEG':
        turned = turned if turned.mode in ('RGB', 'L') else turned.convert('RGB')
        kept |= {'quality': 88, 'optimize': True}
    elif form == 'WEBP':
        kept['quality'] = 88
    if 'transparency' in image.info and form in ('GIF', 'PNG'):
        kept['transparency'] = image.info['transparency']
    turned.info = {}
    out = io.BytesIO()
    turned.save(out, form, **kept)
    return out.getvalue(), turned.size


def _write_moving(image: Image.Image, form: str) -> tuple[bytes, tuple[int, int]]:
    """The frames one after the other, each as long as it was. Frames are counted before any is kept."""
    dots, number, durations = image.width * image.height, 0, []
    loop = image.info.get('loop')
    frames: list[Image.Image] = []
    while True:
        try:
            image.seek(number)
        except EOFError:
            break
        number += 1
        if number > MAX_FRAMES or number * dots > MAX_MOVING_DOTS:
            raise FileRefused(_('This moving picture is too long or too large. Use a film (MP4 or WebM).'))
        durations.append(image.info.get('duration', 100))
        frame = image.convert('RGBA')
        frame.info = {}
        frames.append(frame)
    out = io.BytesIO()
    more = {} if loop is None else {'loop': loop}
    frames[0].save(out, form, save_all=True, append_images=frames[1:], duration=durations, **more)
    return out.getvalue(), image.size
