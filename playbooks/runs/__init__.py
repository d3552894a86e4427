"""Runs: starting, doing, signing off, excusing, moving to a new version, undoing; and what people have to do.

Source: DESIGN.md, Runs.
"""

from .actions import (
    add_evidence,
    ask_to_be_excused,
    comment,
    complete,
    confirm,
    remove_evidence,
    reopen,
    return_item,
    sign_off,
    stop_waiting,
    wait_for,
    waive,
    withdraw,
)
from .carry_over import (
    CarryOverPlan,
    RunImpact,
    apply_carry_over,
    carry_over,
    prepare_carry_over,
)
from .checklists import Checklist, Task, checklist_of, checklists
from .lifecycle import DateChange, end_run, move_anchor, preview_anchor, set_role, start_run
from .readings import Acknowledged, acknowledge
from .recording import NotAllowed, NotPossible, Outcome, Refusal
from .stories import Progress, Story, progress, progress_of, stories, texts_of_gone
from .undo import undo_carry_over, undoable_carry_over
from .worklists import ItemRow, RunBrief, WorkRow, opens_after, rows_of, to_sign, work_for

__all__ = [
    'Acknowledged',
    'CarryOverPlan',
    'Checklist',
    'DateChange',
    'ItemRow',
    'NotAllowed',
    'NotPossible',
    'Outcome',
    'Progress',
    'Refusal',
    'RunBrief',
    'RunImpact',
    'Story',
    'Task',
    'WorkRow',
    'acknowledge',
    'add_evidence',
    'apply_carry_over',
    'ask_to_be_excused',
    'carry_over',
    'checklist_of',
    'checklists',
    'comment',
    'complete',
    'confirm',
    'end_run',
    'move_anchor',
    'opens_after',
    'prepare_carry_over',
    'preview_anchor',
    'progress',
    'progress_of',
    'remove_evidence',
    'reopen',
    'return_item',
    'rows_of',
    'set_role',
    'sign_off',
    'start_run',
    'stop_waiting',
    'stories',
    'texts_of_gone',
    'to_sign',
    'undo_carry_over',
    'undoable_carry_over',
    'wait_for',
    'waive',
    'withdraw',
    'work_for',
]
