"""What the worker does by the clock for documents. A chore can be done at any time, and twice does no harm."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chore:
    """Something done once in every slot of time; `do` returns how much it did."""

    name: str
    every: dt.timedelta
    do: Callable[[], int]


CHORES: list[Chore] = []
