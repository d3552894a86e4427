"""The tables of documents, checklists and runs."""

from .checklists import Item, ItemChange, Section
from .documents import (
    Acknowledgement,
    Approval,
    Area,
    Draft,
    ErasePermit,
    Kind,
    Playbook,
    PlaybookLink,
    Rendering,
    SlugHistory,
    Verification,
    Version,
)
from .runs import Event, Evidence, Run, RunItem, RunNote, RunRole

__all__ = [
    'Acknowledgement',
    'Approval',
    'Area',
    'Draft',
    'ErasePermit',
    'Event',
    'Evidence',
    'Item',
    'ItemChange',
    'Kind',
    'Playbook',
    'PlaybookLink',
    'Rendering',
    'Run',
    'RunItem',
    'RunNote',
    'RunRole',
    'Section',
    'SlugHistory',
    'Verification',
    'Version',
]
