"""Random documents as trees, the HTML of one, and the tree of the HTML that the reader makes: for comparing the two."""

from html import escape

import lxml.html
from hypothesis import strategies as st

WORDS = ['deploy', 'Wen', '42', 'naïve', '発表', 'snake_case', 'x']
NASTY = [
    *['*', '**', '_', '__x__', '`', '``', '~', '~~', '#', '##', '>', '-', '+', '=', '---', '===', '***', '1.', '2)'],
    *['[ ]', '[x]', '[a]', '](b)', '[a](b)', '[[T]]', '[a]:', '[^1]', '![a](b)', '!', '(', ')', '|', '|-|-|', ':-'],
    *['<b>', '</p>', '<!--', '<', '&', '&amp;', '&copy;', '&#42;', '\\', '\\*', '{#k}', '{due=+1d}', '{x}', '$', ':'],
    *['https://a.b/c_d*e_', 'http://x.y', 'www.a.b_c', 'www._', 'a_@b.cd', 'mailto:a@b.cd', '<https://a.b>', '"', "'"],
    *['[!NOTE]', '```', '~~~', '<script>', 'a*b', '*a*', '_a_', 'a_', '_a', '.', ',', '…', '—', '“a”', '\U0001f468'],
]
SPACES = st.sampled_from(['', ' ', ' ', ' ', '\n', '\u00a0 '])
STYLES = ['', '', '', 'b', 'i', 's', 'code', 'a', 'b i', 'i b', 's b', 'b code', 'a b']


@st.composite
def runs(draw, pieces, *, least=1, styles=STYLES):
    """A list of (text, style)."""
    found = []
    for _number in range(draw(st.integers(least, 5))):
        text = draw(st.sampled_from(pieces)) + draw(SPACES)
        found.append((text, draw(st.sampled_from(styles))))
    return found


def blocks(pieces, *, styles=STYLES):
    """A list of blocks: ('p', runs), ('h2', runs), ('ul' or 'ol', items), ('table', rows), ('pre', text), ('hr',)."""
    line = runs(pieces, styles=styles)
    leaf = st.one_of(
        st.tuples(st.just('p'), line),
        st.tuples(st.sampled_from(['h1', 'h2', 'h6']), line),
        st.tuples(st.just('blockquote'), line),
        st.tuples(st.just('pre'), st.lists(st.sampled_from([*pieces, '\n']), min_size=1, max_size=6).map(' '.join)),
        st.tuples(st.just('table'), _rows(line)),
    )
    in_item = st.one_of(st.tuples(st.just('p'), line), st.tuples(st.just('pre'), st.just('x = 1\n\ny')))
    items = st.deferred(
        lambda: st.tuples(
            st.sampled_from(['ul', 'ol']),
            st.lists(
                st.tuples(st.booleans(), line.map(_no_box), st.lists(st.one_of(items, in_item), max_size=2)),
                min_size=1,
                max_size=3,
            ),
        )
    )
    return st.lists(st.one_of(leaf, items), min_size=1, max_size=5)


def _no_box(found):
    """A point of a list that begins with a written box is a task, as Notion writes them: not here."""
    return [('a ', ''), *found] if _said(found).startswith(('[ ]', '[x]')) else found


def _rows(line):
    columns = st.integers(2, 3)
    return columns.flatmap(lambda n: st.lists(st.lists(line, min_size=n, max_size=n), min_size=1, max_size=3))


def html(found):
    """The blocks as HTML."""
    return ''.join(_html(block) for block in found)


def _html(block):
    tag, content = block
    if tag == 'table':
        rows = (''.join(f'<td>{_line(cell)}</td>' for cell in row) for row in content)
        return '<table><tbody>' + ''.join(f'<tr>{row}</tr>' for row in rows) + '</tbody></table>'
    if tag == 'pre':
        return f'<pre>\n{escape(content)}</pre>'
    if tag in ('ul', 'ol'):
        return f'<{tag}>' + ''.join(_item(*item) for item in content) + f'</{tag}>'
    return f'<{tag}>{_line(content)}</{tag}>'


def _item(task, line, inner):
    box = '<input type="checkbox">' if task else ''
    return f'<li>{box}{_line(line)}{html(inner)}</li>'


def _line(found):
    return ''.join(_run(*run) for run in found)


def _run(text, style):
    written = escape(text)
    for tag in style.split():
        written = f'<a href="https://x.example/y_z">{written}</a>' if tag == 'a' else f'<{tag}>{written}</{tag}>'
    return written


def told(found):
    """What the blocks say, for comparing: lists of the same sort in a row are one, as Markdown has it."""
    said = []
    for tag, content in found:
        if tag == 'table':
            said.append((tag, tuple(tuple(_said(cell) for cell in row) for row in content)))
        elif tag == 'pre':
            said.append((tag, _code(content)))
        elif tag in ('ul', 'ol'):
            items = tuple((task, _said(line), told(inner)) for task, line, inner in content)
            if said and said[-1][0] == tag == 'ul':
                items = said.pop()[1] + items
            said.append((tag, items))
        else:
            said.append((tag, _said(content)))
    return tuple(one for one in said if one[1])


def _said(line):
    return ' '.join(''.join(text for text, _style in line).split())


def _code(source):
    return '\n'.join(line.rstrip() for line in source.rstrip().split('\n'))


def seen(source):
    """What HTML of the reader says, in the same form."""
    return _seen(lxml.html.fromstring(f'<div>{source}</div>'))


def _seen(parent):
    said = []
    for elem in parent:
        if elem.tag == 'div':
            said += _seen(elem)
        elif elem.tag == 'table':
            said.append(('table', tuple(tuple(_text(cell) for cell in row) for row in elem.iter('tr'))))
        elif elem.tag == 'pre':
            said.append(('pre', _code(elem.text_content())))
        elif elem.tag in ('ul', 'ol'):
            said.append((elem.tag, tuple(_seen_item(item) for item in elem)))
        elif elem.tag not in ('input', 'hr'):
            said.append((elem.tag, _text(elem)))
    return tuple(said)


def _seen_item(item):
    blocks = [elem for elem in item if elem.tag in ('ul', 'ol', 'p', 'pre', 'div', 'table', 'blockquote')]
    first = blocks[0] if blocks and blocks[0].tag == 'p' else None
    if first is not None:
        label, inner = _text(first), _seen([*blocks[1:]])
        task = first.find('.//input') is not None or any(elem.tag == 'input' for elem in item)
    else:
        inner = _seen(blocks)
        task = any(elem.tag == 'input' for elem in item)
        for block in blocks:
            block.drop_tree()
        label = _text(item)
    return task, label, inner


def _text(elem):
    for anchor in elem.xpath('.//a[@class="anchor"] | .//span[@class="own"]'):
        anchor.drop_tree()
    return ' '.join(elem.text_content().split())
