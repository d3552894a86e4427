"""Rows of GitHub's tables. Source: https://github.github.com/gfm/#tables-extension-."""

import re

DELIMITER_ROW = re.compile(r'\|? *+:?-+:? *+(?:\| *+:?-+:? *+)*+\|?\s*$')
CELL = re.compile(r'(?:[^|\\]|\\.|\\$)*+')
ALIGNMENTS = {'::': 'center', ':-': 'left', '-:': 'right'}


def cells(row: str) -> list[str]:
    """The cells of a row: split at bars without a backslash, even inside code; outer bars are optional."""
    row = row.strip()
    start, found = int(row.startswith('|')), []
    while start < len(row) and (match := CELL.match(row, start)):
        found.append(row[start : match.end()].replace('\\|', '|').strip())
        start = match.end() + 1
    return found


def alignments(delimiters: list[str]) -> list[str]:
    """What the cells of a delimiter row say about their columns: 'left', 'center', 'right' or ''."""
    return [ALIGNMENTS.get(cell[0] + cell[-1], '') if len(cell) > 1 else '' for cell in delimiters]
