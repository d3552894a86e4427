"""The starter content: areas, kinds and playbooks that a new site begins with, from the folder starter_content."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from . import text as texts
from .drafts import create_playbook
from .models import Area, Kind, Playbook, SlugHistory, Version
from .publishing import publish_unattended

FOLDER = Path(__file__).parent / 'starter_content'
AUTHOR = 'Rampbook'


@dataclass
class Loaded:
    """What a loading added; what was there already is left as it is."""

    areas: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    playbooks: list[str] = field(default_factory=list)


def load_starter_content(*, now: datetime | None = None) -> Loaded:
    """Add the areas, kinds and playbooks of the starter content that this site does not have; all or nothing.

    Nothing that exists is changed, so that it may be called again after an upgrade. All playbooks are made before
    any is published, because they link to one another. `now` is when they count as published.
    """
    loaded = Loaded()
    with transaction.atomic():
        _load_areas(loaded)
        _load_kinds(loaded)
        new = [(_create(document, now), document) for document in _documents() if not _exists(document['slug'])]
        for playbook, document in new:
            publish_unattended(
                playbook=playbook,
                title=document['title'],
                text=document['text'],
                fields=document.get('fields') or {},
                weight=Version.Weight.PROCESS_CHANGE,
                note=_('Starter content'),
                needs_approval=False,
                now=now,
                author_name=AUTHOR,
                publisher_name=AUTHOR,
            )
            loaded.playbooks.append(playbook.slug)
    return loaded


def _load_areas(loaded: Loaded) -> None:
    for row in _yaml('areas.yaml'):
        _area, is_new = Area.objects.get_or_create(slug=row['slug'], defaults=row)
        if is_new:
            loaded.areas.append(row['slug'])


def _load_kinds(loaded: Loaded) -> None:
    areas = {area.slug: area for area in Area.objects.all()}
    for row in _yaml('kinds.yaml'):
        values = row | {'area': areas.get(row.get('area', '')), 'template': texts.normalize(row.get('template', ''))}
        _kind, is_new = Kind.objects.get_or_create(slug=row['slug'], defaults=values)
        if is_new:
            loaded.kinds.append(row['slug'])


def _create(document: dict[str, Any], now: datetime | None) -> Playbook:
    playbook = create_playbook(
        by=None,
        kind=Kind.objects.get(slug=document['kind']),
        area=Area.objects.get(slug=document['area']),
        title=document['title'],
        slug=document['slug'],
        tags=document.get('tags') or (),
        now=now,
    )
    if document.get('review_every_days'):
        playbook.review_every_days = document['review_every_days']
        playbook.save(update_fields=['review_every_days'])
    return playbook


def _exists(slug: str) -> bool:
    return Playbook.objects.filter(slug=slug).exists() or SlugHistory.objects.filter(slug=slug).exists()


def _documents() -> list[dict[str, Any]]:
    documents = []
    for path in sorted(FOLDER.glob('*.md')):
        matter, body, _line = texts.front_matter(texts.normalize(path.read_text(encoding='utf-8')))
        documents.append({'slug': path.stem} | matter | {'text': texts.normalize(body.lstrip('\n'))})
    return documents


def _yaml(name: str) -> list[dict[str, Any]]:
    return yaml.safe_load((FOLDER / name).read_text(encoding='utf-8'))
