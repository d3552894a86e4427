"""What the pages are measured against: views behind the same sign-in that do one thing and nothing else."""

import difflib
from functools import cache

from django.db import connection, transaction
from django.http import HttpResponse
from django.template import Template, engines
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from playbooks import search
from playbooks import text as texts
from playbooks.models import Draft, Version

from .filling import YARDSTICK

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><p>{{ request.user.name }}</p><h1>{{ title }}</h1>
{% for line in lines %}<p>{{ line }}</p>{% endfor %}</body></html>"""
BARE = {
    'sqlite': 'SELECT rowid, title FROM playbooks_search WHERE playbooks_search MATCH %s'
    ' ORDER BY bm25(playbooks_search) LIMIT 20',
    'postgresql': "SELECT playbook_id, title FROM playbooks_search, to_tsquery('english', %s) AS query"
    ' WHERE vector @@ query ORDER BY ts_rank_cd(vector, query) DESC LIMIT 20',
}


@cache
def template() -> Template:
    return engines['django'].from_string(PAGE)


def page(request, title, lines) -> HttpResponse:
    return HttpResponse(template().render({'title': title, 'lines': lines}, request))


@require_GET
def row(request, pk):
    """Show one row."""
    found = Version.objects.only('title', 'note').get(pk=pk)
    return page(request, found.title, [found.note])


@require_GET
def full_text(request):
    """Show what one bare full-text query finds, the best first: the same texts that the site's search finds."""
    words = search.words_of(request.GET.get('q', ''))
    prefixes = ' & '.join(f"'{word}':*" for word in words)
    expression = prefixes if connection.vendor == 'postgresql' else ' AND '.join(f'"{word}"*' for word in words)
    with connection.cursor() as cursor:
        cursor.execute(BARE[connection.vendor], [expression])
        found = cursor.fetchall()
    return page(request, 'Found', [title for _pk, title in found])


@require_GET
def line_diff(request, slug, old, new):
    """Show the lines that differ between two versions, as the library of Python finds them."""
    versions = Version.objects.filter(playbook__slug=slug, number__in=(old, new)).order_by('number')
    before, after = versions.values_list('text', flat=True)
    return page(request, slug, list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm='')))


@require_POST
def save(request):
    """Store one text with its rendering, and index it: what any site that keeps Markdown has to do at least."""
    title, text = request.POST['title'], texts.normalize(request.POST['text'])
    document = texts.read(text, title=title)
    with transaction.atomic():
        draft = Draft.objects.select_for_update(of=('self',)).select_related('playbook').get(playbook__slug=YARDSTICK)
        draft.title, draft.text, draft.fields = title, text, {'html': document.html}
        draft.updated_at = timezone.now()
        draft.save()
        search.index(playbook=draft.playbook, title=title, plain=document.plain)
    return HttpResponse(status=204)
