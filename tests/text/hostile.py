"""Hostile shapes: name -> text of about n characters."""


def shapes(n):
    """Yield (name, text), about n characters each. Sources: our own, after CVEs and the tests of several readers."""

    def fill(unit, tail=''):
        return unit * (n // len(unit)) + tail

    for unit in [
        '[',
        '![',
        '[a](',
        '[[',
        '[[a',
        '[[a|',
        '[[a|b',
        '[[a]]',
        '[[a|b]] ',
        '[[a]](b "',
        '[[a]][',
        '[[^',
        '![[a]]',
        '![a](file:b/c.mp4)',
        '![a](https://b.c)',
        '<![',
        '*',
        '_a_',
        '`',
        '>',
        '> ',
        '- ',
        '1. ',
        '&',
        '<a ',
        '<!--',
        '<?',
        '<',
        '](',
        '[a](b ',
        '[a](<b',
        '[a](b "',
        "[a](b '",
        '[a](b (',
        '*a **a ',
        '_a_b',
        '**_* ',
        '~~a',
        '~',
        '~~',
        '<div>',
        'a <b>',
        '<a b="',
        '<![CDATA[',
        '&amp',
        '&#x41;',
        '\\',
        '$',
        '"',
        "'",
        '{',
        '{#a',
        '[^a]',
        '![^a]',
        'www.',
        'www._',
        'http://',
        'http://a',
        'a@',
        '.a',
        'a@b.',
        'https://a.b/(',
        '[a]',
        '[a][',
        '![a](b)',
        '[a](b)',
        '*a* ',
        '`a` ',
        '**a**',
        'a*',
        '*a_',
        '||',
        '|-',
        '\ta',
        '    ',
        '\u202e',
        'a\u0301',
        '\U0001f468\u200d',
        '\ufffe\uffff',
        '\x00',
        'a\x00',
        '\r',
        'a\r',
        '\n',
        ' \n',
        '# h\n',
        '# h\n\n',
        '#\n',
        'a\n===\n',
        '```\n',
        '````\n```\n',
        '~~~\n\n',
        '- [ ] do\n',
        '- item\n',
        '- item\n\n',
        '1. a\n',
        '* a\n+ b\n',
        '> a\n\n',
        '> a\nb\n',
        '<div>\n\n',
        '<b>\n',
        '<b>\n\n',
        '***\n',
        '    a\n',
        '    a\n\nb\n',
        'a  \n',
        'a\\\n',
        'a\n',
        'a\n\n',
        '|a|b|\n',
        'a|b\n-|-\n',
        'a|b\n-|-\nc|d\n\n',
        '[a]: b\n',
        '[a]: b "\n',
        '[a]: b\n"',
        '[a]:\n',
        '![[a](b)](c)',
        '[![a](b)](c)',
        '*[a](b)* ',
        '- - - a\n',
        '-\n',
        '-\n\n',
        '> -\n',
        '> > > > > a\n>\n',
        '> [!NOTE]\n',
        '> [!NOTE]\n\n',
        '<details>\n\n',
        '- [ ] a {#k}\n',
        '- [ ] a {due=1\n',
        '# a {#b c=d}\n',
        '# a {',
        'x[^1]\n\n[^1]: y\n\n',
        'a\n\n    b\n',
        '- a\n\n      b\n',
        'a ![',
        'a\xa0',
        '\x0b',
        '\x0c',
        '\u2028',
        '&copy;',
        '\\[',
        '\\`',
        '<a@',
        '<http://a',
        '!',
    ]:
        yield 'repeat ' + repr(unit)[1:-1], fill(unit, 'x')
    half, third = n // 2, n // 3
    yield 'brackets closed', '[' * half + 'a' + ']' * half
    yield 'images closed', '![' * third + 'a' + ']' * third
    yield 'links nested', '[' * (n // 5) + 'a' + '](u)' * (n // 5)
    yield 'images nested', '![' * (n // 6) + 'a' * 9 + '](u)' * (n // 6)
    yield 'images nested, long text', '![' * (n // 8) + 'a' * (n // 4) + '](u)' * (n // 8)
    yield 'stars around', '*' * half + 'a' + '*' * half
    yield 'strong nested', '**a ' * (n // 8) + ' a**' * (n // 8)
    yield 'emphasis pairs', '*a ' * (n // 6) + 'a* ' * (n // 6)
    yield 'openers then closers of another kind', '*a ' * (n // 6) + 'a_ ' * (n // 6)
    yield 'many kinds of openers', '*a _a ~a **a __a ~~a ' * (n // 42) + 'a***b ' * (n // 12)
    yield 'backticks growing', ''.join('e' + '`' * i for i in range(int((2 * n) ** 0.5)))
    yield 'brackets before links', '[' * half + '[a](b)' * (n // 12)
    yield 'image brackets before links', '![' * (n // 4) + '[a](b)' * (n // 12)
    yield 'labels', '[a]: b\n\n' + '[' + 'c ' * 400 + ']' * (n // 800) + ('[' + 'c ' * 400 + ']') * (n // 802)
    yield 'labels nested', '[a]: b\n\n' + '[' * half + ']' * half
    yield (
        'definitions and uses',
        ''.join(f'[{i}]: /u\n' for i in range(n // 24)) + '\n' + ''.join(f'[{i}] ' for i in range(n // 24)),
    )
    yield 'footnotes', ''.join(f'x[^{i}]\n\n[^{i}]: n\n\n' for i in range(n // 24))
    yield 'one footnote, many uses', '[^a]: b\n\n' + 'x[^a] ' * (n // 6)
    yield 'footnote within itself', '[^a]: b[^a]\n\n' * (n // 14)
    yield 'lists nested by indent', ''.join('  ' * i + '- a\n' for i in range(int(n**0.5)))
    yield 'tasks nested by indent', ''.join('  ' * i + '- [ ] a\n' for i in range(int(n**0.5)))
    yield 'ordered lists nested by indent', ''.join('   ' * i + '1. a\n' for i in range(int((n / 1.5) ** 0.5)))
    deep = ''.join('  ' * i + '- a\n' for i in range(45))
    yield 'deep list, then blank lines', deep + '\n' * (n - len(deep))
    yield 'deep list, then lazy lines', deep + 'b\n' * ((n - len(deep)) // 2)
    yield 'deep list, again and again', deep * (n // len(deep))
    yield 'deep list, many leaves', deep + (' ' * 90 + '- a\n') * ((n - len(deep)) // 94)
    yield 'deep list, fence of blank lines', deep + ' ' * 90 + '```\n' + '\n' * (n - len(deep))
    yield 'deep quote, then lazy lines', '> ' * 90 + 'a\n' + 'b\n' * (n // 2)
    yield 'deep quote, blank lines', ('> ' * 90 + 'a\n\n') * (n // 184)
    yield 'deep tasks, again and again', ''.join('  ' * i + '- [ ] a\n' for i in range(45)) * (n // 2400)
    yield 'deep emphasis, again and again', ('*a ' * 90 + 'a* ' * 90 + '\n\n') * (n // 542)
    yield '20,000 items', '- item 12\n' * min(20000, n // 10)
    yield '20,000 items, spaced', '- item 2\n\n' * min(20000, n // 10)
    yield '5,000 tasks', '- [ ] do this thing **now** `x` {#k}\n' * min(5000, n // 37)
    yield '5,000 tasks with details', '- [ ] do this thing\n\n  and so\n' * min(5000, n // 30)
    yield 'tasks to read, with tasks within', '- [ ] a {kind=read}\n  - [ ] b\n' * min(2999, n // 30)
    yield 'inline HTML in an open table', '<table><tr><td></td></tr>' + '<br>x' * (n // 5)
    yield 'table long', '|a|b|\n|-|-|\n' + '|c|d|\n' * (n // 6)
    yield 'table wide', '|' + 'a|' * third + '\n|' + '-|' * third + '\n|' + 'b|' * third
    yield 'table wide, short rows', '|' + 'a|' * (n // 5) + '\n|' + '-|' * (n // 5) + '\n' + 'a\n' * (n // 10)
    yield 'table headers, again and again', ('|' * 100 + '\n' + '|-' * 99 + '\n') * (n // 300)
    yield 'pipes then dashes', '|' * half + '\n' + '-' * half
    yield 'attribute flood', '<p ' + 'a ' * half + '>x</p>'
    yield 'inline attribute flood', 'x <p ' + 'a ' * half
    yield 'attribute spaces', 'x <p' + ' ' * n
    yield 'spaces in a line', 'x' + ' ' * n + 'x  \nx'
    yield 'hashes and spaces', '# ' + '# ' * half + 'x'
    yield 'hashes', '# a ' + '#' * n + 'x'
    yield 'braces in a heading', '# h {' + '.a ' * third + '}'
    yield 'braces in a task', '- [ ] h {' + 'a=b ' * (n // 4) + '}'
    yield 'braces in a task, one mistake again and again', '- [ ] h {' + 'dew=+1d ' * (n // 8) + '}'
    yield 'braces in a task, values in words', '- [ ] h {' + 'due=5 days ' * (n // 11) + '}'
    yield 'brace in a task, not closed', '- [ ] h {#' + 'a' * n
    yield 'braces in a task, not closed, many', '- [ ] h ' + '{#a ' * (n // 4)
    yield 'braces in a task, closed before the end', '- [ ] h ' + '{#a} ' * (n // 5) + 'x'
    yield 'braces with colons', '- [ ] h {' + 'due: ' * (n // 5) + '}'
    yield 'tasks with mistakes', '- [ ] a {dew=+1d after=q kind=read}\n' * min(5000, n // 36)
    yield 'tasks in circles', ''.join(f'- [ ] a {{#k{i} after=k{i + 1}}}\n' for i in range(min(5000, n // 32)))
    yield 'keys nobody has', ''.join(f'- [ ] a {{#k{i} after=q{i}}}\n' for i in range(min(5000, n // 32)))
    yield 'links by title, long', ('[[' + 'a' * 200 + '|' + 'b' * 200 + ']] ') * (n // 408)
    yield 'links by title, almost', ('[[' + 'a' * 200 + '|' + 'b' * 200 + '] ') * (n // 408)
    yield 'braces in a task, quotes', '- [ ] h {a="' + 'b' * n + '}'
    yield 'one word', 'a' * n
    yield 'one line of words', 'word ' * (n // 5)
    yield 'one paragraph of lines', 'word word word\n' * (n // 15)
    yield 'mail name without end', 'a' * n + '@'
    yield 'mail host without end', 'a@' + 'b.' * half
    yield 'address full of stars', 'https://a.example/?' + '*' * n + 'a'
    yield 'address closed brackets', 'https://a.example/' + '(' * half + ')' * half + ')'
    yield 'address entities', 'https://a.example/' + '&amp;' * (n // 5)
    yield 'same headings', '# same\n\n' * (n // 8)
    yield 'headings with markup', '# a *b* `c` [d](e)\n' * (n // 19)
    yield 'setext after long paragraph', 'a\n' * half + '==='
    yield 'rules of spaces', '* ' * half
    yield 'rule almost', '* ' * half + 'x'
    yield 'rule almost, many', ('*' + ' ' * 98 + '\n') * (n // 100)
    yield 'digits', '1' * n + '. a'
    yield 'ticks in fence info', '```' + 'a' * n + '`'
    yield 'fences of growing length', ''.join('`' * i + '\n' for i in range(3, int((2 * n) ** 0.5)))
    yield 'surrogates', '\ud800' * n
    yield 'html block never closed', '<script>\n' + 'a\n' * half
    yield 'html comment, many in lines', '<!-- a\n' * (n // 7)
    yield 'html names, all unlike', ''.join(f'<a{i}></a{i}>' for i in range(n // 14))
    yield 'html left open, then paragraphs', ''.join(f'<b title={i}>' for i in range(300)) + '\n\n' + 'a\n\n' * (n // 3)
    yield 'html closed by the wrong end', '<div></span>' * (n // 12)
    yield 'placeholder forgery', '\x02wzxhzdk:0\x03 \x02klzzwxh:0001\x03 <b>' * (n // 40)
