"""Answers to what is done with an item: the same for enrollments and other runs, with a script and without."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from accounts.requests import Request

from ..item_actions import ACTS, Acted, Engine, perform
from ..models import Run
from ..run_pages import RunPage
from ..text.notation import is_key

GOES_ON = frozenset({'comment', 'hand-in', 'take-back', 'wait', 'stop-waiting', 'ask-to-be-excused', 'return'})
PLACES = frozenset({'today', 'track', 'run', 'item'})  # the pages on which rows of items stand

Load = Callable[[Run], RunPage]
Around = Callable[[RunPage], list[tuple[str, dict[str, Any]]]]


def place_of(request: Request, default: str) -> str:
    """The page from which something is done with an item."""
    at = request.POST.get('at') or request.GET.get('at') or ''
    return at if at in PLACES else default


def prefix_for(at: str, run: Run) -> str:
    """How ids of rows begin on a page; where several runs meet, each has its own."""
    return f'r{run.pk}-' if at == 'today' else 'i-'


def show_item(request: Request, page: RunPage, key: str, *, template: str, context: dict[str, Any]) -> HttpResponse:
    """Show one item opened: the whole page, or its row to a script, which also asks for it folded again."""
    row = page.row(key)
    if row is None:
        raise Http404
    if request.htmx and not request.htmx.history_restore_request:
        if 'folded' in request.GET:
            return render(request, 'components/_item.html', {'line': page.line(row)})
        panel = page.panel(row)
        return render(request, 'components/_item.html', {'line': panel.line, 'panel': panel})
    return _item_page(request, page, key, None, template=template, context=context, status=200)


def _item_page(
    request: Request,
    page: RunPage,
    key: str,
    acted: Acted | None,
    *,
    template: str,
    context: dict[str, Any],
    status: int,
) -> HttpResponse:
    row = page.row(key)
    if row is None:
        raise Http404
    panel = page.panel(row, acted)
    return render(request, template, context | {'page': page, 'panel': panel, 'line': panel.line}, status=status)


def act_on_item(
    request: Request,
    *,
    page: RunPage,
    key: str,
    action: str,
    engine: Engine,
    load: Load,
    around: Around,
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Do what was asked with an item, and answer with its row as it is now.

    Takes the page as it was before; `load` reads it again. `around` names the fragments that change with an item, such
    as the ramp. Without a script: back to where it came from, or the item's page with what was wrong (422).
    """
    before = page.row(key)
    is_hidden = before is None and any(row.key == key for row in page.all_rows)
    if action not in ACTS or not is_key(key) or is_hidden:
        raise Http404
    data = request.GET.copy()
    data.update(request.POST)
    acted = perform(
        action=action,
        run=page.run,
        key=key,
        by=request.user,
        data=data,
        files=request.FILES,
        dom_id=f'{page.lines.prefix}{key}',
        engine=engine,
    )
    text = before.task.text if before else key
    if acted.outcome is not None:
        _tell(request, page, acted, text)
    if request.htmx:
        return _fragment(request, page, key, acted, load=load, around=around)
    if acted.outcome is None:
        if before is None:
            messages.error(request, acted.refused)
            return redirect(page.lines.home)
        return _item_page(request, page, key, acted, template=template, context=context, status=422)
    return redirect(_back(page, key))


def _tell(request: Request, page: RunPage, acted: Acted, text: str) -> None:
    assert acted.outcome is not None
    if not acted.outcome.changed:
        return
    tags = ''
    if acted.undo:
        query = urlencode({'version': page.number, 'at': page.lines.at})
        tags = f'undo:{page.lines.home}items/{acted.outcome.item.key}/{acted.undo}/?{query}'
    messages.success(request, acted.said(text), extra_tags=tags)


def _back(page: RunPage, key: str) -> str:
    """The page an action came from, at the item."""
    if page.lines.at == 'today':
        return '/'
    if page.lines.at == 'item':
        return f'{page.lines.home}items/{key}/'
    return f'{page.lines.home}#i-{key}'


def _fragment(request: Request, page: RunPage, key: str, acted: Acted, *, load: Load, around: Around) -> HttpResponse:
    """The item's row, and out of band whatever else changed on the page."""
    was_done = acted.outcome is not None
    now = load(page.run) if was_done else page
    row = now.row(key)
    if row is None:
        if not was_done:
            messages.error(request, acted.refused)
        return HttpResponse(render_to_string('components/toasts.html', request=request))
    is_target = request.htmx.target == f'{now.lines.prefix}{key}'
    panel = now.panel(row, acted) if is_target and _stays_open(request, now, acted) else None
    line = panel.line if panel else now.line(row)
    line.is_fresh = was_done and acted.action not in {'complete', 'reopen'}
    parts = [('components/_item.html', {'line': line, 'panel': panel, 'refused': acted.refused, 'oob': not is_target})]
    if was_done:
        others = [] if now.lines.at == 'item' else now.waiting_on(key)  # on its own page an item stands alone
        parts += [('components/_item.html', {'line': now.line(other), 'oob': True}) for other in others]
        parts += around(now)
        parts.append(('components/toasts.html', {}))
    html = '\n'.join(render_to_string(name, values, request=request) for name, values in parts)
    return HttpResponse(html, status=200 if was_done else 422)


def _stays_open(request: Request, page: RunPage, acted: Acted) -> bool:
    """Whether the item is shown opened: on its own page, with what was wrong, and while somebody goes on with it."""
    if page.lines.at == 'item':
        return True
    if page.lines.at == 'today' or 'tick' in request.POST:
        return False
    return acted.outcome is None or acted.action in GOES_ON
