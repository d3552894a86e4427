"""Outside links of current texts: asking the worker to check them, and what it found."""

import datetime as dt
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from .models import ExternalLink, LinkCheck, Playbook
from .outside import Answer, Fetcher

AT_ONCE = 8  # hosts asked at the same time; each is asked for one address, and again in the worker's next round
LOOKED_AT = 400  # addresses that wait, among which to find different hosts
KEPT = dt.timedelta(days=1)  # for so long an answer is not asked for again


@dataclass(frozen=True, slots=True)
class OutsideLink:
    """An address outside in a current text, and what is known of it."""

    slug: str
    title: str
    line: int
    url: str
    check: LinkCheck | None

    @property
    def is_bad(self) -> bool:
        """Whether it was asked and something is wrong."""
        return self.check is not None and self.check.checked_at is not None and bool(self.check.problem)


def outside_links(playbooks: QuerySet[Playbook]) -> list[OutsideLink]:
    """The addresses outside in the current texts of these playbooks, by page and line. Two queries."""
    current = Q(version__playbook__in=playbooks, version=F('version__playbook__current_version'))
    rows = ExternalLink.objects.filter(current).order_by('version__title', 'line').distinct()
    checks = {check.url: check for check in LinkCheck.objects.all()}
    return [
        OutsideLink(slug, title, line, url, checks.get(url))
        for slug, title, line, url in rows.values_list('version__playbook__slug', 'version__title', 'line', 'url')
    ]


def ask_for_checks(playbooks: QuerySet[Playbook], *, now: dt.datetime | None = None) -> int:
    """Let the worker check the outside links of these playbooks; how many wait for it then.

    What was checked within the last day is not asked again. A few queries.
    """
    now = now or timezone.now()
    current = Q(version__playbook__in=playbooks, version=F('version__playbook__current_version'))
    urls = list(ExternalLink.objects.filter(current).order_by().values_list('url', flat=True).distinct())
    with transaction.atomic():
        LinkCheck.objects.bulk_create((LinkCheck(url=url) for url in urls), ignore_conflicts=True)
        waiting = LinkCheck.objects.filter(asked_at=None).exclude(checked_at__gt=now - KEPT)
        wanted = set(urls)
        asked = [pk for pk, url in waiting.values_list('pk', 'url') if url in wanted]
        for start in range(0, len(asked), LOOKED_AT):
            LinkCheck.objects.filter(pk__in=asked[start : start + LOOKED_AT]).update(asked_at=now)
    return len(asked)


def check_links(*, fetcher: Fetcher | None = None, now: dt.datetime | None = None) -> int:
    """Ask some of the addresses that wait, of each host one; how many were asked. For the worker.

    So a host gets one request, or one with its redirects, in each of the worker's rounds. Answers are written after all
    have come; a worker that dies over them asks again.
    """
    waiting = LinkCheck.objects.filter(asked_at__isnull=False).order_by('asked_at', 'pk')[:LOOKED_AT]
    chosen = list(_one_of_each_host(waiting))[:AT_ONCE]
    if not chosen:
        return 0
    asker = fetcher or Fetcher(agent=f'Rampbook-link-check/1 (+{settings.BASE_URL.geturl()})')
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        answers = list(pool.map(asker.ask, [check.url for check in chosen]))
    for check, answer in zip(chosen, answers, strict=True):
        _write(check, answer, now or timezone.now())
    return len(chosen)


def _one_of_each_host(waiting: Iterable[LinkCheck]) -> Iterable[LinkCheck]:
    hosts = set()
    for check in waiting:
        try:
            host = urlsplit(check.url).hostname
        except ValueError:
            host = check.url
        if host not in hosts:
            hosts.add(host)
            yield check


def _write(check: LinkCheck, answer: Answer, now: dt.datetime) -> None:
    LinkCheck.objects.filter(pk=check.pk).update(
        asked_at=None, checked_at=now, status=answer.status, problem=answer.problem
    )
