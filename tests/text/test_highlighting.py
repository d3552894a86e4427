"""Code in color can be read in light and in dark, and only known classes come out."""

import re
from pathlib import Path

from playbooks.text.highlighting import CLASSES, LANGUAGES, Highlighter

CSS = Path(__file__).resolve().parents[2] / 'static' / 'css' / 'code.css'
WASH = '#f4f7f6', '#182120'


def luminance(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_color_has_enough_contrast_on_its_ground():
    pairs = re.findall(r'(?<!-)color: light-dark\((#\w{6}), (#\w{6})\)', CSS.read_text())

    assert len(pairs) >= 7
    for light, dark in pairs:
        assert min(contrast(light, WASH[0]), contrast(dark, WASH[1])) >= 4.5, (light, dark)


def test_every_language_gives_known_classes_and_keeps_its_text():
    source = 'def f(x):\n    return "a" + 1  # <b> & c\n'
    for language in LANGUAGES:
        html = Highlighter().highlight(source, language)

        assert set(re.findall('class="([^"]*)"', html)) <= CLASSES, language
        text = re.sub('<[^>]*>', '', html)
        assert text.replace('&lt;', '<').replace('&gt;', '>').replace('&amp;', '&') == source, language


def test_what_is_too_long_or_unknown_stays_plain():
    highlighter = Highlighter()

    assert highlighter.highlight('x', 'klingon') is None
    assert highlighter.highlight('x\n' * 2000, 'python') is None
    assert highlighter.highlight('x' * 2000, 'python') is None
    assert [bool(highlighter.highlight('x = 1\n' * 400, 'python')) for _ in range(6)] == [True] * 5 + [False]
