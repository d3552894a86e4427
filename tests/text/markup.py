"""Texts for hypothesis: pieces of Markdown thrown together, and any text at all."""

from hypothesis import strategies as st

PIECES = [
    *['- ', '1. ', '> ', '# ', '\n', '\n\n', '  ', '    ', '\t', '[ ] ', '[x] ', 'a', 'b c', '*', '**', '_', '`', '```\n'],
    *['```python\n', '~~', '[', ']', '(', ')', '![', '](u)', '](playbook:p)', '](#a)', '[a]: b\n', '<b>', '<div>', '<!--'],
    *['-->', '|', '|-|-|\n', '|a|b|\n', '---\n', '===\n', '\\', '&amp;', '&#2;', 'http://a.b', 'a@b.c', '{#k}', '{due=+1d}'],
    *[' {#k optional}', ' {role=x after=k}', ' {kind=read}', ' {name}', '[^1]', '[^1]: ', '[!NOTE]\n', '\r\n', '\r'],
    *['\x00', '\u00a0', '\x0c', 'é', 'İ', '\U0001f468', '- [ ] '],
]
MARKUP = st.lists(st.sampled_from(PIECES), max_size=40).map(''.join)
ANYTHING = MARKUP | st.text(max_size=200)
