"""Geometry of the ramp and the burn-up: numbers in, path data and label places out; the templates draw the SVG.

Coordinates are strings, so that no language's decimal comma can get into a path. Nothing here is markup.
Source: LOOK.md, Components, Ramp and Charts; the paths of its mock home page come out of `ramp` unchanged.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .progress import Series

Tone = Literal['', 'warn', 'late']
Anchor = Literal['start', 'middle', 'end']

TONES: dict[str, Tone] = {'behind': 'warn', 'needs_help': 'late'}


def tone(status: str) -> Tone:
    """Return the class that colors a drawing for a pace status; the word beside it says the same."""
    return TONES.get(status, '')


# The ramp -------------------------------------------------------------------------------------------------------------

RAMP_WIDTH, RAMP_HEIGHT = 400, 28
WIDE, NARROW = 640, 288  # CSS pixels a ramp has at least: above 44rem, and on the narrowest phone
LETTER = 7.2  # CSS pixels per letter at most, on average, of a label set in 13px semibold
FIRST_ROW, SECOND_ROW = '15', '33'  # baselines of the labels; the second row is used on narrow screens
TODAY_SPACE, DONE_SPACE, LABEL_GAP = 7, 2, 12  # CSS pixels between line and label, fill and label, two labels


@dataclass(frozen=True)
class RampShape:
    """What differs between the full drawing and the mini one: the slope, the gap, how far the line for today rises."""

    left_y: float
    right_y: float
    gap: float
    line_top: int


FULL = RampShape(left_y=23, right_y=1, gap=2.4, line_top=-9)
MINI = RampShape(left_y=20, right_y=2, gap=5, line_top=-2)


@dataclass(frozen=True)
class Segment:
    """One phase: the path of its track, and of the part filled with work done ('' if none)."""

    track: str
    fill: str


@dataclass(frozen=True)
class LabelPart:
    """A piece of a label line and what it stands for; `dx` keeps it off the piece before it."""

    text: str
    kind: Literal['done', 'today']
    dx: str = '0'


@dataclass(frozen=True)
class LabelLine:
    """One line of text above the ramp: where it is anchored ('38.2%'), its baseline, how, and its one or two parts."""

    x: str
    y: str
    dx: str
    anchor: Anchor
    parts: tuple[LabelPart, ...]


@dataclass(frozen=True)
class Ramp:
    """The drawing of one person's way through a track; the style sheet shows the labels that suit the screen."""

    segments: tuple[Segment, ...]
    today_line: str
    labels: tuple[LabelLine, ...]
    narrow_labels: tuple[LabelLine, ...]
    words: str
    tone: Tone


def ramp(
    bounds: Sequence[int],
    done_day: int,
    today_day: int | None,
    *,
    is_mini: bool = False,
    tone: Tone = '',
    words: str = '',
) -> Ramp:
    """Draw rising segments of equal width, one for each phase, filled with work done, with a line for today.

    Takes the working days between which the phases lie (`progress.plan_bounds`), the plan day that the finished work
    has reached (`progress.plan_day`), and today's working day; None draws no line and no labels. Within a phase, a
    position is by working days. `words` replaces the description (`ramp_words`), as for a person's row of a table.
    """
    shape = MINI if is_mini else FULL
    bounds = bounds if len(bounds) > 1 else (0, 0)
    done_at = position(done_day, bounds)
    today_at = None if today_day is None else position(today_day, bounds)
    marks = [] if is_mini or today_day is None or today_at is None else _marks(done_day, done_at, today_day, today_at)
    return Ramp(
        segments=tuple(_segments(len(bounds) - 1, done_at, shape)),
        today_line='' if today_at is None else f'M{_x(today_at)} {RAMP_HEIGHT}V{shape.line_top}',
        labels=_wide_labels(marks),
        narrow_labels=_narrow_labels(marks),
        words=words or ramp_words(done_day, today_day, bounds[-1]),
        tone=tone,
    )


def position(day: int, bounds: Sequence[int]) -> float:
    """Return where the end of a working day lies on the ramp, in percent of its width, to one decimal.

    Every phase takes the same width, however long it lasts; a phase without days of its own is passed in one step.
    """
    phases = len(bounds) - 1
    if day <= bounds[0] or bounds[-1] <= bounds[0]:
        return 0.0
    if day >= bounds[-1]:
        return 100.0
    phase = bisect_right(bounds, day) - 1
    within = (day - bounds[phase]) / (bounds[phase + 1] - bounds[phase])
    return round((phase + within) / phases * 100, 1)


def ramp_words(done_day: int, today_day: int | None, last_day: int) -> str:
    """Describe the ramp for those who do not see it."""
    if today_day is None or today_day < 1:
        return ngettext(
            'Not started yet. The plan has %(last)d working day.',
            'Not started yet. The plan has %(last)d working days.',
            last_day,
        ) % {'last': last_day}
    if today_day > last_day:
        return _('Work done matches the plan for working day %(done)d of %(last)d. Today is working day %(today)d.') % {
            'done': done_day,
            'today': today_day,
            'last': last_day,
        }
    return _('Work done matches the plan for working day %(done)d. Today is working day %(today)d of %(last)d.') % {
        'done': done_day,
        'today': today_day,
        'last': last_day,
    }


def _segments(phases: int, done_at: float, shape: RampShape) -> list[Segment]:
    width = RAMP_WIDTH / phases
    half_gap = min(shape.gap / 2, width / 8)
    filled_to = done_at * RAMP_WIDTH / 100
    segments = []
    for number in range(phases):
        left = number * width + (half_gap if number else 0)
        right = (number + 1) * width - (half_gap if number < phases - 1 else 0)
        end = min(filled_to, right)
        segments.append(Segment(_wedge(left, right, shape), _wedge(left, end, shape) if end - left >= 0.1 else ''))
    return segments


def _wedge(left: float, right: float, shape: RampShape) -> str:
    def height(x: float) -> float:
        return shape.left_y + (shape.right_y - shape.left_y) * x / RAMP_WIDTH

    return f'M{left:.1f} {RAMP_HEIGHT}V{height(left):.1f}L{right:.1f} {height(right):.1f}V{RAMP_HEIGHT}z'


def _x(percent: float) -> str:
    return f'{percent * RAMP_WIDTH / 100:.1f}'


@dataclass(frozen=True)
class _Mark:
    """Something to label: where it is, in percent, what stands beside it, how far off."""

    at: float
    part: LabelPart
    space: int


def _marks(done_day: int, done_at: float, today_day: int, today_at: float) -> list[_Mark]:
    """Return what is to be labeled: the end of the fill, the line for today. Days before the first have no number."""
    marks = []
    if done_day >= 1:
        marks.append(_Mark(done_at, LabelPart(_('Done: plan day %(day)d') % {'day': done_day}, 'done'), DONE_SPACE))
    if today_day >= 1:
        marks.append(_Mark(today_at, LabelPart(_('Today: day %(day)d') % {'day': today_day}, 'today'), TODAY_SPACE))
    return marks


def _wide_labels(marks: Sequence[_Mark]) -> tuple[LabelLine, ...]:
    """Place the labels in one row, so that they neither overlap nor run out nor lie on the line for today.

    The one further left stands left of its mark, the other right of it. Where one would run over an edge, both stand
    in one line of text on the inner side of today.
    """
    if len(marks) < 2:
        return tuple(_beside(mark.at, mark.space, (mark.part,), WIDE, FIRST_ROW) for mark in marks)
    done, today = marks
    left, right = (done, today) if done.at <= today.at else (today, done)
    fits_left = left.at >= text_width(left.part.text, WIDE, left.space)
    if fits_left and right.at <= 100 - text_width(right.part.text, WIDE, right.space):
        return (
            LabelLine(f'{left.at:.1f}%', FIRST_ROW, str(-left.space), 'end', (left.part,)),
            LabelLine(f'{right.at:.1f}%', FIRST_ROW, str(right.space), 'start', (right.part,)),
        )
    inner_side = (today.part, done.part) if today.at < 50 else (done.part, today.part)
    parts = (inner_side[0], replace(inner_side[1], dx=str(LABEL_GAP)))
    return (_beside(today.at, today.space, parts, WIDE, FIRST_ROW),)


def _narrow_labels(marks: Sequence[_Mark]) -> tuple[LabelLine, ...]:
    """Place each label in a row of its own, beside its mark. The line for today does not reach up to the first row."""
    rows = {'done': FIRST_ROW, 'today': SECOND_ROW}
    return tuple(_beside(mark.at, mark.space, (mark.part,), NARROW, rows[mark.part.kind]) for mark in marks)


def _beside(at: float, space: int, parts: tuple[LabelPart, ...], ramp_width: int, y: str) -> LabelLine:
    """Place a text right of a mark if there is room, else left of it; where neither has enough, where there is more."""
    gaps = space + sum(int(part.dx) for part in parts)
    width = text_width(''.join(part.text for part in parts), ramp_width, gaps)
    if at + width <= 100 or (at < width and at < 50):
        return LabelLine(f'{at:.1f}%', y, str(space), 'start', parts)
    return LabelLine(f'{at:.1f}%', y, str(-space), 'end', parts)


def text_width(text: str, ramp_width: int, space: float = 0) -> float:
    """Return the width of a label with the space beside it, in percent of the ramp; rather too much than too little."""
    return (len(text) * LETTER + space) / ramp_width * 100


# The burn-up ----------------------------------------------------------------------------------------------------------

PLOT_WIDTH, PLOT_HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 34, 540, 28, 210  # the ground the lines may use; labels stand around it
MOST_DATES, MOST_COUNTS = 6, 5
LINE = 14  # what a line of text needs
DATE_STEPS = (1, 2, 7, 14, 28, 56, 84, 182, 364)
COUNT_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class DateTick:
    """A date under the horizontal axis."""

    x: str
    on: date
    anchor: Anchor


@dataclass(frozen=True)
class CountTick:
    """A number beside the vertical axis and its line; `text_y` is the baseline of the number."""

    y: str
    text_y: str
    count: int


@dataclass(frozen=True)
class EndLabel:
    """A label where a line ends, in place of a legend."""

    x: str
    y: str
    text: str


@dataclass(frozen=True)
class BurnUpRow:
    """A row of the table behind the chart; `done` is None after today."""

    on: date
    planned: int
    done: int | None


@dataclass(frozen=True)
class BurnUp:
    """Items done against plan for one person. A path, label or place is '' or None where there is nothing to show."""

    plan: str
    done: str
    area: str
    dot_x: str
    dot_y: str
    today_x: str
    today_anchor: Anchor
    dates: tuple[DateTick, ...]
    counts: tuple[CountTick, ...]
    plan_label: EndLabel | None
    done_label: EndLabel | None
    rows: tuple[BurnUpRow, ...]
    words: str
    tone: Tone


@dataclass(frozen=True)
class _Scale:
    """From dates and counts to the coordinates of the plot."""

    start: date
    end: date
    top: int

    def x(self, day: date) -> float:
        return LEFT + (RIGHT - LEFT) * (day - self.start).days / max((self.end - self.start).days, 1)

    def y(self, count: int) -> float:
        return BOTTOM - (BOTTOM - TOP) * count / max(self.top, 1)


def burn_up(plan: Series, done: Series, today: date, *, tone: Tone = '') -> BurnUp:
    """Draw what is done (steps, up to today) against the plan (a dashed line), labeled directly, with its table.

    Takes `progress.plan_series` and `progress.done_series`. For the person's own page only: it shows whether work gets
    finished, not how well somebody has ramped up. Source: LOOK.md, Charts; DESIGN.md, Pace.
    """
    days = [day for day, _count in (*plan, *done)] or [today]
    shows_today = min(days) <= today
    scale = _Scale(
        min(days), max([*days, today] if shows_today else days), max(n for _day, n in (*plan, *done, (today, 1)))
    )
    steps = _steps(done, scale)
    today_at = scale.x(today)
    plan_label, done_label = _end_labels(plan, done, scale)
    return BurnUp(
        plan='M' + 'L'.join(_point(day, count, scale) for day, count in plan) if plan else '',
        done=steps,
        area=f'{steps}V{BOTTOM}H{scale.x(done[0][0]):.1f}z' if done else '',
        dot_x=f'{scale.x(done[-1][0]):.1f}' if done else '',
        dot_y=f'{scale.y(done[-1][1]):.1f}' if done else '',
        today_x=f'{today_at:.1f}' if shows_today else '',
        today_anchor='start' if today_at < LEFT + 20 else 'middle',
        dates=_date_ticks(scale),
        counts=_count_ticks(scale),
        plan_label=plan_label,
        done_label=done_label,
        rows=_rows(plan, done, today),
        words=burn_up_words(plan, done, today),
        tone=tone,
    )


def burn_up_words(plan: Series, done: Series, today: date) -> str:
    """Describe the burn-up in a sentence: what is done, of how many, and what the plan asked by today."""
    total = plan[-1][1] if plan else 0
    if not done:
        return ngettext(
            '%(total)d item planned, not started yet.', '%(total)d items planned, not started yet.', total
        ) % {'total': total}
    return ngettext(
        '%(done)d of %(total)d item done by %(day)s, where the plan has %(planned)d.',
        '%(done)d of %(total)d items done by %(day)s, where the plan has %(planned)d.',
        total,
    ) % {
        'done': done[-1][1],
        'total': total,
        'day': format_date(today, 'D j M'),
        'planned': _count_on(plan, today),
    }


def _point(day: date, count: int, scale: _Scale) -> str:
    return f'{scale.x(day):.1f} {scale.y(count):.1f}'


def _steps(series: Series, scale: _Scale) -> str:
    """The path of a count that stays until the next date and then jumps."""
    if not series:
        return ''
    path = 'M' + _point(*series[0], scale)
    for (_before, old), (day, count) in pairwise(series):
        path += f'H{scale.x(day):.1f}' + (f'V{scale.y(count):.1f}' if count != old else '')
    return path


def _date_ticks(scale: _Scale) -> tuple[DateTick, ...]:
    days = (scale.end - scale.start).days
    step = next((step for step in DATE_STEPS if days / step <= MOST_DATES - 1), -(-days // (MOST_DATES - 1)))
    ticks = []
    for number in range(days // step + 1):
        day = scale.start + timedelta(days=number * step)
        ticks.append(DateTick(f'{scale.x(day):.1f}', day, 'middle' if number else 'start'))
    return tuple(ticks)


def _count_ticks(scale: _Scale) -> tuple[CountTick, ...]:
    tens = 1
    while (step := next((s * tens for s in COUNT_STEPS if scale.top / (s * tens) <= MOST_COUNTS), 0)) == 0:
        tens *= 10
    counts = range(0, scale.top + 1, step)
    return tuple(CountTick(f'{scale.y(n):.1f}', f'{scale.y(n) + 4:.1f}', n) for n in counts)


def _end_labels(plan: Series, done: Series, scale: _Scale) -> tuple[EndLabel | None, EndLabel | None]:
    """Place each line's label right of its end; where the two would lie on each other, the lower one moves down.

    Right of the ground there is room for both. A label at the very bottom moves the upper one up instead.
    """
    plan_text = _('Plan: %(count)d') % {'count': plan[-1][1]} if plan else ''
    done_text = _('Done: %(count)d') % {'count': done[-1][1]} if done else ''
    plan_x, plan_y = (scale.x(plan[-1][0]) + 8, scale.y(plan[-1][1]) + 4) if plan else (0.0, 0.0)
    done_x, done_y = (scale.x(done[-1][0]) + 8, scale.y(done[-1][1]) + 4) if done else (0.0, 0.0)
    reach = 8 * max(len(plan_text), len(done_text))
    if plan and done and abs(plan_x - done_x) < reach and abs(plan_y - done_y) < LINE:
        if done_y >= plan_y:
            done_y = plan_y + LINE
        else:
            plan_y = done_y + LINE
        over = max(max(plan_y, done_y) - (BOTTOM - 2), 0)
        plan_y, done_y = plan_y - over, done_y - over
    return (
        EndLabel(f'{plan_x:.1f}', f'{plan_y:.1f}', plan_text) if plan else None,
        EndLabel(f'{done_x:.1f}', f'{done_y:.1f}', done_text) if done else None,
    )


def _rows(plan: Series, done: Series, today: date) -> tuple[BurnUpRow, ...]:
    days = sorted({day for day, _count in (*plan, *done)})
    return tuple(
        BurnUpRow(day, _count_on(plan, day), _count_on(done, day) if done and day <= today else None) for day in days
    )


def _count_on(series: Series, day: date) -> int:
    index = bisect_right(series, day, key=lambda point: point[0])
    return series[index - 1][1] if index else 0
