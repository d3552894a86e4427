"""Reading zip archives that anybody may have made: into memory, within limits, and nothing is ever unpacked to a disk.

What an archive says about itself (sizes, how many entries, names) is taken as a claim: limits are held while reading.
"""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Self

from django.utils.translation import gettext as _

MAX_DIRECTORY = 2_000_000  # bytes of the list of entries: of some 15,000 with usual names
MAX_ENTRIES = 10_000
MAX_UNPACKED = 200_000_000  # bytes read out of one archive, all together
MAX_RATIO = 200  # unpacked to packed; text packs to a tenth, a bomb to a thousandth
RATIO_FROM = 1_000_000  # bytes: below, a high ratio does no harm
MAX_NAME = 500
CHUNK = 65_536

ENCRYPTED = 0x1
UTF8 = 0x800
DRIVE = re.compile(r'[a-zA-Z]:')
CONTROL = re.compile(r'[\x00-\x1f\x7f\ud800-\udfff]')
ARCHIVES = ('.zip', '.tar', '.gz', '.tgz', '.bz2', '.xz', '.7z', '.rar', '.jar', '.iso', '.cab', '.zst')


class ArchiveRefused(ValueError):
    """An archive, or an entry of one, that is not read; the message says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive: its path (forward slashes, below the top), or why it is not read."""

    path: str
    info: zipfile.ZipInfo
    refused: str = ''
    remark: str = ''


class Archive:
    """A zip file that is open for reading. Close it, or use it in a `with`."""

    def __init__(self, file: IO[bytes]) -> None:
        """Read the list of entries. Raises ArchiveRefused for what is no archive, or has too many."""
        try:
            self._zip = zipfile.ZipFile(_Careful(file))
        except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, OSError, EOFError) as error:
            if isinstance(error, ArchiveRefused):
                raise
            raise ArchiveRefused(_('It cannot be read as a zip archive.')) from error
        if len(self._zip.infolist()) > MAX_ENTRIES:
            raise ArchiveRefused(_('It holds more than %d files. Bring it in in parts.') % MAX_ENTRIES)
        self._left = MAX_UNPACKED

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self._zip.close()

    def members(self) -> Iterator[Member]:
        """The files in it, in the order of the archive; folders and what only a system keeps for itself are left out.

        Those that must not or cannot be read come with the reason.
        """
        seen: set[str] = set()
        for info in self._zip.infolist():
            if info.is_dir():
                continue
            path, remark = _path(info)
            parts = path.split('/')
            if parts[0] == '__MACOSX' or parts[-1] in ('.DS_Store', 'Thumbs.db', 'desktop.ini'):
                continue
            refused = _refused(info, path) or (
                _('There are two files of this name; the first one is read.') * (path in seen)
            )
            seen.add(path)
            yield Member(CONTROL.sub('\ufffd', path)[:MAX_NAME], info, refused, remark)

    def read(self, info: zipfile.ZipInfo, most: int) -> bytes:
        """The content of an entry. Raises ArchiveRefused for one that is larger than `most` or cannot be unpacked."""
        found, size = [], 0
        try:
            with self._zip.open(info) as entry:
                while chunk := entry.read(CHUNK):
                    size += len(chunk)
                    self._left -= len(chunk)
                    if size > most or self._left < 0:
                        raise ArchiveRefused(_too_large(most) if size > most else _all_too_large())
                    if size > RATIO_FROM and size > MAX_RATIO * max(info.compress_size, 1):
                        raise ArchiveRefused(_('It is packed so tightly that it can only be meant to do harm.'))
                    found.append(chunk)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
            raise ArchiveRefused(_('It is damaged and cannot be unpacked.')) from error
        return b''.join(found)


class _Careful(io.BufferedIOBase):
    """A file that lets nobody read much of it at once: an archive's list of entries is read whole, before any is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.name = ''

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:  # the end of the archive, which is never long
            return self._file.read(MAX_DIRECTORY)
        if size > MAX_DIRECTORY:
            raise ArchiveRefused(_('Its list of files is too long. Bring it in in parts.'))
        return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        raise OSError('only for reading')


def _path(info: zipfile.ZipInfo) -> tuple[str, str]:
    """The path of an entry with forward slashes, and what is to say about its name."""
    name, remark = info.filename, ''
    if not info.flag_bits & UTF8 and not name.isascii():
        try:  # many programs write UTF-8 and do not say so
            name = name.encode('cp437').decode('utf-8')
        except UnicodeError:
            remark = _('Its name is written in an old way and may look odd.')
    return name.replace('\\', '/'), remark


def _refused(info: zipfile.ZipInfo, path: str) -> str:
    """Why an entry is not read, or ''."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if path.startswith('/') or DRIVE.match(path) or '..' in path.split('/') or CONTROL.search(path):
        return _('Its name leads out of the archive; such files are not read.')
    if len(path) > MAX_NAME:
        return _('Its name is longer than %d characters.') % MAX_NAME
    if kind == stat.S_IFLNK:
        return _('It is a link to another file; links are not followed.')
    if kind not in (0, stat.S_IFREG):
        return _('It is not a file.')
    if info.flag_bits & ENCRYPTED:
        return _('It is locked with a password.')
    if path.lower().endswith(ARCHIVES):
        return _('It is an archive in an archive, which is not opened. Bring it in by itself.')
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return _('It is packed in a way that is not read. Pack it as a usual zip archive.')
    return ''


def _too_large(most: int) -> str:
    if most < 1_000_000:
        return _('It is larger than %d kB.') % (most // 1000)
    return _('It is larger than %d MB.') % (most // 1_000_000)


def _all_too_large() -> str:
    return _('All files of this archive together are larger than %d MB. Bring it in in parts.') % (
        MAX_UNPACKED // 10**6
    )
