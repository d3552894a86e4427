"""The one door through which every text comes in. Source: DESIGN.md, "Text is normalized at one door"."""

import re

MAX_BYTES = 256_000

SURROGATES = re.compile('[\ud800-\udfff]')


def normalize(text: str) -> str:
    r"""Return the text as it is kept: no NUL, no BOM, `\n` between lines and exactly one at the end; '' stays ''.

    Halves of surrogate pairs, which no database and no UTF-8 file can hold, become U+FFFD.
    """
    text = text.replace('\0', '').lstrip('\ufeff').replace('\r\n', '\n').replace('\r', '\n').rstrip('\n')
    text = SURROGATES.sub('\ufffd', text)
    return text + '\n' if text else ''
