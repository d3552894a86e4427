"""GitHub's own reader as the oracle, and the real documents that organizations wrote, where they are at hand."""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path

import cmarkgfm
import lxml.html
import pytest
from cmarkgfm.cmark import Options

from playbooks.text import front_matter, normalize

COMPARED = ('li', 'depth', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'pre', 'blockquote', 'task')
GITHUB = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
REAL_INPUT = Path(__file__).resolve().parents[3] / 'shared' / 'real-input'


def github(text):
    """A text as GitHub renders it, raw HTML included."""
    return cmarkgfm.github_flavored_markdown_to_html(text, GITHUB)


def github_tasks(text):
    """How many task boxes GitHub shows outside quotes."""
    tree = lxml.html.fromstring(f'<div>{github(text)}</div>')
    boxes = (box for box in tree.iter('input') if box.get('disabled') is not None)
    return sum(1 for box in boxes if not any(True for _ in box.iterancestors('blockquote')))


def structure(html):
    """How often each compared element occurs; 'depth' adds up how deep the list items lie."""
    tree, found = lxml.html.fromstring(f'<div>{html}</div>'), Counter()
    for elem in tree.iter():
        tag = 'task' if elem.tag == 'input' else elem.tag
        if tag in COMPARED:
            found[tag] += 1
        if tag == 'li':
            found['depth'] += sum(1 for _ in elem.iterancestors('ul', 'ol'))
    return found


def real_input():
    """The folder of real documents. Without it a test is skipped, but never where the whole suite is to run."""
    if not REAL_INPUT.is_dir():
        if os.environ.get('CI'):
            pytest.fail(f'The real documents are missing: no folder {REAL_INPUT}')
        pytest.skip(f'no real documents at {REAL_INPUT}')
    return REAL_INPUT


def check_out_handbook(folder):
    """The 18F handbook as files below `folder`."""
    bundle = real_input() / '18f-handbook.bundle'
    subprocess.run(['git', 'clone', '-q', '-b', 'main', str(bundle), str(folder)], check=True)
    return folder


def documents(folder):
    """Path and text, front matter taken off, of each Markdown file below a folder."""
    for path in sorted(folder.rglob('*.md')):
        text = normalize(path.read_text(encoding='utf-8', errors='replace'))
        yield path.relative_to(folder), front_matter(text)[1]


def bare(html):
    """HTML without what differs on purpose: classes, ids, what we add to headings and tasks, space between blocks."""
    html = re.sub(r'<a aria-label="[^"]*" class="(?:anchor|footnote-back)"[^>]*>[^<]*</a>', '', html)
    html = re.sub(r'</?span[^>]*>|</?div [^>]*class="scroll"[^>]*>|(?<=</table>)</div>', '', html)
    html = re.sub(r' (?:id|class|lang|disabled|checked|rel|aria-label|tabindex|role)(?:="[^"]*")?| /(?=>)', '', html)
    html = re.sub(r'&quot;', '"', html)
    html = re.sub(r'<(\w+)((?: [\w-]+="[^"]*")+)>', _sorted_attributes, html)
    html = re.sub(r'(<(?:p|h\d)>)(<input[^>]*>)', r'\2\1', html)
    return re.sub(r'\s*(</?(?:p|[uo]l|li|h\d|hr|blockquote|pre|t\w+|br|input)\b[^>]*>)\s*', r'\1', html).strip()


def _sorted_attributes(match):
    return f'<{match[1]} ' + ' '.join(sorted(re.findall(r'[\w-]+="[^"]*"', match[2]))) + '>'
