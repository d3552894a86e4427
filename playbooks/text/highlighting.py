"""Code blocks in color: Pygments, classes only, within limits that keep any text quick to read."""

import html
from threading import Lock

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

MAX_BLOCK = 3_000  # characters; some lexers take time that grows with the square of it
MAX_DOCUMENT = 12_000  # characters of all highlighted blocks of one text
MAX_LINE = 1_000

# What is written behind the fence, and the Pygments lexer that reads it. Others stay plain: a lexer comes in here only
# after the hostile shapes of the tests have been tried on it. Those of C, C++, C#, Java and make take seconds for 6 kB.
LANGUAGES = {
    alias: lexer
    for lexer, aliases in {
        'bash': 'bash sh shell zsh',
        'console': 'console shell-session',
        'css': 'css',
        'diff': 'diff patch',
        'docker': 'docker dockerfile',
        'go': 'go golang',
        'html': 'html',
        'http': 'http',
        'ini': 'ini cfg',
        'javascript': 'javascript js jsx',
        'json': 'json',
        'kotlin': 'kotlin',
        'python': 'python py',
        'ruby': 'ruby rb',
        'rust': 'rust rs',
        'sql': 'sql',
        'toml': 'toml',
        'typescript': 'typescript ts tsx',
        'xml': 'xml',
        'yaml': 'yaml yml',
    }.items()
    for alias in aliases.split()
}
CLASSES = frozenset(filter(None, STANDARD_TYPES.values()))

_loading = Lock()  # Pygments prepares a lexer's rules when it is first made, which is not safe in several threads


class Highlighter:
    """Highlights the code blocks of one document, as long as its allowance lasts."""

    def __init__(self) -> None:
        self.left = MAX_DOCUMENT

    def highlight(self, source: str, language: str) -> str | None:
        """HTML for a code block, or None where it is to stay as it is."""
        name = LANGUAGES.get(language.lower())
        if not name or len(source) > min(self.left, MAX_BLOCK) or max(map(len, source.split('\n'))) > MAX_LINE:
            return None
        self.left -= len(source)
        parts, last, held = [], '', ''
        for kind, value in _lexer(name).get_tokens(source):
            css_class = _class(kind)
            if css_class == last or not value.strip():
                held += value
                continue
            parts.append(_span(last, held))
            last, held = css_class, value
        parts.append(_span(last, held))
        return ''.join(parts)


def _lexer(name: str) -> Lexer:
    with _loading:
        return get_lexer_by_name(name, stripnl=False, ensurenl=False)


def _class(kind: _TokenType) -> str:
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    return STANDARD_TYPES.get(kind, '')


def _span(css_class: str, text: str) -> str:
    escaped = html.escape(text, quote=False)
    return f'<span class="{css_class}">{escaped}</span>' if css_class and text else escaped
