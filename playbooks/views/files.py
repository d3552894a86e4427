"""The files of a playbook: the list, adding and taking away, and giving one out."""

import re
from collections.abc import Iterator
from typing import IO

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import Request

from .. import permissions
from ..file_types import SHOWN, FileRefused, ending_of
from ..files import add_file, files_of, readable_file, snippet, take_away
from ..files_forms import AddFilesForm, FileKeyForm, TakeAwayForm
from ..models import Attachment, Playbook

BLOCK = 256 * 1024
RANGE = re.compile(r'bytes=(\d{0,18})-(\d{0,18})')
# Whatever is in a file, it runs nothing and reaches nothing. Chrome shows no PDF in a sandbox; its viewer is one.
POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
SANDBOX = f'{POLICY}; sandbox'


def _playbook(request: Request, slug: str) -> Playbook:
    visible = Playbook.objects.visible_to(request.user).select_related('kind', 'current_version')
    return get_object_or_404(visible, slug=slug)


@require_safe
def files(request: Request, slug: str) -> HttpResponse:
    """The files of a playbook, and where each is used."""
    return _files(request, _playbook(request, slug))


def _files(
    request: Request, playbook: Playbook, *, refused: list[str] | None = None, status: int = 200
) -> HttpResponse:
    found = files_of(playbook, reader=request.user)
    page = {
        'playbook': playbook,
        'files': found,
        'form': AddFilesForm(),
        'refused': refused or [],
        'size': sum(one.attachment.size for one in found),
        'most': settings.ATTACHMENTS_MAX_MB * 1024 * 1024,
        'can_add': not playbook.archived_at,
        'can_take_away': permissions.can_edit(request.user, playbook) and any(one.is_unused for one in found),
    }
    return render(request, 'playbooks/files.html', page, status=status)


@require_POST
@vary_on_headers('Accept')
def file_add(request: Request, slug: str) -> HttpResponse:
    """Add files: from the page, or from the editor, which asks for JSON and gets what to write into the text."""
    playbook = _playbook(request, slug)
    if playbook.archived_at:  # whoever sees it may write a draft of it, and so add what the draft shows
        raise PermissionDenied
    form = AddFilesForm(request.POST, request.FILES)
    if form.is_valid():
        added, refused = _added(playbook, form.cleaned_data['file'], request)
    else:
        added, refused = [], [str(error) for errors in form.errors.values() for error in errors]
    if request.get_preferred_type(['text/html', 'application/json']) == 'application/json':
        given = [
            {'name': one.name, 'markdown': snippet(one, playbook.slug), 'url': _address(playbook, one)} for one in added
        ]
        return JsonResponse({'files': given, 'refused': refused}, status=422 if refused and not added else 200)
    if refused:
        return _files(request, playbook, refused=refused, status=422)
    messages.success(request, ngettext('%d file added.', '%d files added.', len(added)) % len(added))
    return redirect('playbooks:files', slug=slug)


def _added(playbook: Playbook, given: list[UploadedFile], request: Request) -> tuple[list[Attachment], list[str]]:
    """Add what may be added; say of each of the others why not."""
    added, refused = [], []
    for file in given:
        try:
            added.append(add_file(playbook=playbook, name=file.name or '', content=file, by=request.user))
        except FileRefused as reason:
            refused.append(f'{file.name}: {reason}')
    return added, refused


def _address(playbook: Playbook, file: Attachment) -> str:
    return reverse('playbooks:file', args=[playbook.slug, file.name])


@require_POST
def files_clean(request: Request, slug: str) -> HttpResponse:
    """Take away files that nothing names any more."""
    playbook = _playbook(request, slug)
    if not permissions.can_edit(request.user, playbook):
        raise PermissionDenied
    form = TakeAwayForm(request.POST, names=list(playbook.attachments.values_list('name', flat=True)))
    if not form.is_valid():
        return _files(request, playbook, refused=[_('Choose the files to take away.')], status=422)
    gone = take_away(playbook=playbook, names=form.cleaned_data['name'])
    if gone:
        messages.success(request, ngettext('%d file taken away.', '%d files taken away.', len(gone)) % len(gone))
    if kept := len(form.cleaned_data['name']) - len(gone):
        messages.warning(
            request, ngettext('%d is in use by now and stays.', '%d are in use by now and stay.', kept) % kept
        )
    return redirect('playbooks:files', slug=slug)


@require_safe
def file(request: Request, slug: str, name: str) -> HttpResponseBase:
    """Give out a file to whoever may read its playbook; a part of it where a browser asks for one."""
    form = FileKeyForm(request.GET)
    found = readable_file(request.user, slug, name, key=form.cleaned_data['key'] if form.is_valid() else '')
    if found is None:
        raise Http404
    etag = f'"{found.sha256}"'
    answer: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if answer is None or answer.status_code != 304:
        try:
            answer = _content(request, found, etag)
        except FileNotFoundError:
            raise Http404 from None
    ending = ending_of(found.name)
    for header, value in {
        'ETag': etag,
        'Accept-Ranges': 'bytes',
        'X-Content-Type-Options': 'nosniff',
        'Content-Security-Policy': POLICY if ending == 'pdf' else SANDBOX,
        'Cross-Origin-Resource-Policy': 'same-origin',
        # Kept by the browser, and asked for anew each time: who may see it is decided each time.
        'Cache-Control': 'private, no-cache',
        'Content-Disposition': content_disposition_header(as_attachment=ending not in SHOWN, filename=found.name) or '',
    }.items():
        answer.headers[header] = value
    return answer


def _content(request: Request, found: Attachment, etag: str) -> HttpResponseBase:
    """The whole file, or the one part that is asked for (RFC 9110, 14): films are read that way."""
    part = _part(request.headers.get('Range', ''), found.size)
    if part is None or request.headers.get('If-Range', etag) != etag:
        return FileResponse(found.file.open('rb'), content_type=found.type)
    first, last = part
    if first > last:
        return HttpResponse(status=416, headers={'Content-Range': f'bytes */{found.size}'})
    opened = found.file.open('rb')
    opened.seek(first)
    answer = StreamingHttpResponse(_pieces(opened, last - first + 1), status=206, content_type=found.type)
    answer._resource_closers.append(opened.close)  # type: ignore[attr-defined]  # as FileResponse does
    answer.headers['Content-Length'] = str(last - first + 1)
    answer.headers['Content-Range'] = f'bytes {first}-{last}/{found.size}'
    return answer


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """The first and last byte that are asked for; None for the whole. The first is above the last if there are none."""
    match = RANGE.fullmatch(asked.strip())
    if not match or not (match[1] or match[2]):
        return None
    if not match[1]:
        return (max(0, size - int(match[2])), size - 1) if int(match[2]) else (1, 0)
    first, last = int(match[1]), min(int(match[2]) if match[2] else size - 1, size - 1)
    if match[2] and int(match[2]) < first:
        return None
    return first, last


def _pieces(opened: IO[bytes], left: int) -> Iterator[bytes]:
    while left > 0 and (piece := opened.read(min(BLOCK, left))):
        left -= len(piece)
        yield piece
