"""A preview's blocks name the lines they come from, and nothing else does."""

import re

from playbooks.text import read

TEXT = """\
# Title

A paragraph
of two lines.

- One
- [ ] A task

  Its details.

> A quote.

```py
x = 1
```

| a | b |
|---|---|
| 1 | 2 |

Footnote.[^1]

[^1]: Below.
"""


def lines_in(html):
    return [int(line) for line in re.findall(r'data-line="(\d+)"', html)]


def test_each_block_names_the_line_it_starts_on():
    html = read(TEXT, name_lines=True).html

    assert lines_in(html) == [1, 3, 6, 7, 9, 11, 13, 17, 17, 19, 19, 21, 23, 23]
    assert '<p data-line="3">A paragraph' in html
    assert '<pre class="code" data-line="13"' in html


def test_a_version_is_rendered_without_them():
    assert 'data-line' not in read(TEXT).html


def test_html_in_the_text_cannot_name_a_line_of_its_own():
    assert lines_in(read('<p data-line="7">Raw.</p>\n\nMine.\n', name_lines=True).html) == [3]
