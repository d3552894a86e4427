"""The tables of documents, checklists and runs."""

from .checklists import Item, ItemChange, Section
from .documents import (
    Acknowledgement,
    Approval,
    Area,
    Draft,
    ErasePermit,
    ImportedFile,
    Kind,
    Playbook,
    PlaybookLink,
    Rendering,
    SlugHistory,
    Verification,
    Version,
)
from .runs import BUDDY, MANAGER, Event, Evidence, Run, RunItem, RunNote, RunRole

__all__ = [
    'BUDDY',
    'MANAGER',
    'Acknowledgement',
    'Approval',
    'Area',
    'Draft',
    'ErasePermit',
    'Event',
    'Evidence',
    'ImportedFile',
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
