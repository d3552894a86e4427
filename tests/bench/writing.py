"""Writes Markdown of the length and shape that organizations write, the same for the same seed.

The sentences are those of the starter content, mixed; each playbook has a subject of its own, so that searching finds
rare words and frequent ones.
"""

import itertools
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / 'playbooks' / 'starter_content'
SENTENCE = re.compile(r'(?<=[.!?])\s+(?=[A-Z])')
PLAIN = re.compile(r'^[A-Z][^\[\]`|{}<>*_]+[.!?]$')

SYLLABLES = ('ka', 'lo', 'mir', 'ven', 'tas', 'ru', 'bel', 'os', 'qui', 'dar', 'fen', 'gol', 'hu', 'jas', 'pri', 'zan')
NOUNS = ('pricing', 'onboarding', 'checkout', 'reporting', 'billing', 'search', 'mobile', 'partner', 'support',
         'roster', 'invitation', 'notification', 'analytics', 'migration', 'payroll', 'integration')  # fmt: skip
FORMS = ('review', 'checklist', 'guide', 'ritual', 'decision', 'metric', 'summary', 'plan', 'interview notes',
         'evaluation', 'workflow', 'handover')  # fmt: skip
DOES = ('Agree on', 'Write down', 'Ask support about', 'Try out', 'Present', 'Measure', 'Check', 'Prepare', 'Compare')
WHAT = ('the promise', 'the rollback', 'the figures', 'the open questions', 'the interview notes', 'the release note',
        'the list of customers', 'the price page', 'the stakeholder map', 'the first week')  # fmt: skip
PHASES = ('Week 1: find your feet', 'First 30 days: learn', 'First 60 days: run something', 'First 90 days: own it')


def starter_sentences() -> list[str]:
    """The plain sentences of the starter content, in the order of the files."""
    found = {}
    for path in sorted(FOLDER.glob('*.md')):
        body = path.read_text(encoding='utf-8').partition('\n---\n')[2]
        for line in body.splitlines():
            for sentence in SENTENCE.split(line.strip(' -0123456789')):
                if PLAIN.match(sentence) and 30 < len(sentence) < 220:
                    found[sentence] = None
    return list(found)


@dataclass
class Text:
    """A text that is being revised: its blocks in order; `revise` makes the next version's."""

    title: str
    slug: str
    blocks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return '\n\n'.join(self.blocks) + '\n'


class Writer:
    """Writes texts one after another; two writers with one seed write the same."""

    def __init__(self, seed: int, slugs: list[str] | None = None) -> None:
        self.random = random.Random(seed)
        self.sentences = starter_sentences()
        self.slugs = slugs or []

    def word(self) -> str:
        """A name that hardly any other text has."""
        return ''.join(self.random.choice(SYLLABLES) for _ in range(3)).capitalize()

    def sentence(self, subject: str = '') -> str:
        """One sentence; now and then it names the subject."""
        said = self.random.choice(self.sentences)
        if subject and self.random.random() < 0.12:
            said = f'For {subject} this holds as well: {said[0].lower()}{said[1:]}'
        return said

    def paragraph(self, subject: str, sentences: int = 4) -> str:
        """A few sentences; one in four links to another playbook."""
        said = [self.sentence(subject) for _ in range(sentences)]
        if self.slugs and self.random.random() < 0.25:
            said.append(
                f'[{self.random.choice(NOUNS).capitalize()}](playbook:{self.random.choice(self.slugs)}) has more.'
            )
        return ' '.join(said)

    def bullets(self, subject: str, number: int) -> str:
        """A list of single sentences."""
        return '\n'.join(f'- {self.sentence(subject)}' for _ in range(number))

    def tasks(self, number: int, *, first_key: int = 1) -> str:
        """A checklist with dates around an anchor."""
        lines = []
        for position in range(first_key, first_key + number):
            offset = 2 * position - number
            what = f'{self.random.choice(WHAT)} of {self.random.choice(NOUNS)} {position}'
            lines.append(f'- [ ] {self.random.choice(DOES)} {what} {{#step-{position} due={offset:+d}wd}}')
        return '\n'.join(lines)

    def playbook(self, number: int, *, has_tasks: bool) -> Text:
        """A document of 600 to 1,000 words: prose, lists, a table, sometimes code, a callout and a checklist."""
        noun, form, subject = self.random.choice(NOUNS), self.random.choice(FORMS), self.word()
        text = Text(f'{noun.capitalize()} {form} for {subject}', f'{noun}-{form.replace(" ", "-")}-{number}')
        add = text.blocks.append
        add(self.paragraph(subject, 3))
        add('## When to use it')
        add(self.bullets(subject, 4))
        add('## Who does what')
        rows = [f'| {who} | {self.sentence()} |' for who in ('Product manager', 'Operations', 'Engineering lead')]
        add('\n'.join(['| Who | Does |', '|---|---|', *rows]))
        for part in range(1, self.random.randint(3, 5)):
            add(f'## Part {part}: {self.random.choice(WHAT)}')
            add(self.paragraph(subject, self.random.randint(4, 6)))
            add(f'### {self.random.choice(DOES)} {self.random.choice(WHAT)}')
            add(self.paragraph(subject))
            if part == 1 and number % 3 == 0:
                add(f'> [!NOTE]\n> {self.sentence(subject)}')
            if part == 2 and number % 4 == 0:
                add(f"```sql\nselect week, count(*) from {noun} where name = '{subject}' group by week;\n```")
            add(self.bullets(subject, self.random.randint(3, 5)))
        if has_tasks:
            add('## Checklist')
            add(self.tasks(8))
        add('## Afterwards')
        add(self.paragraph(subject, 3))
        return text

    def book(self, slug: str, *, title: str, size: int) -> Text:
        """A document of about so many bytes, and never more: playbooks one after another under one title."""
        text, length = Text(title, slug), 0
        for number in itertools.count(1):
            part = self.playbook(number, has_tasks=number == 1)
            for block in [f'## {part.title}', *part.blocks]:
                length += len(block.encode()) + 2
                if length > size:
                    return text
                text.blocks.append(block)
        raise AssertionError('counting never ends')

    def revise(self, text: Text) -> Text:
        """The next version: two passages are rewritten, a sentence is added, and one task gets another date."""
        blocks = list(text.blocks)
        prose = [at for at, block in enumerate(blocks) if block[0].isalpha()]
        for at in self.random.sample(prose, 2):
            blocks[at] = self.paragraph('', blocks[at].count('. ') + 1)
        blocks[-1] += ' ' + self.sentence()
        for at, block in enumerate(blocks):
            if block.startswith('- [ ]'):
                lines = block.splitlines()
                line = self.random.randrange(len(lines))
                lines[line] = re.sub(r'due=[+-]\d+', f'due={self.random.randint(-9, 9):+d}', lines[line])
                blocks[at] = '\n'.join(lines)
        return Text(text.title, text.slug, blocks)

    def track(self, title: str, slug: str, *, items: int) -> Text:
        """A track in four phases: tasks with details, pages to read, work to hand in, sign-offs, an order."""
        text = Text(title, slug, [self.paragraph(title, 5), self.paragraph(title, 3)])
        per_phase = -(-items // len(PHASES))
        for start in range(0, items, per_phase):
            text.blocks.append(f'## {PHASES[start // per_phase]}')
            numbers = range(start, min(start + per_phase, items))
            text.blocks.append('\n'.join(self._track_item(number, items) for number in numbers))
        return text

    def _track_item(self, number: int, items: int) -> str:
        key, due = f'task-{number + 1}', f'due=+{1 + number * 64 // items}wd'
        what = f'{self.random.choice(WHAT)} of {self.random.choice(NOUNS)}'
        after = f' after=task-{number - 3}' if number % 5 == 4 else ''
        details = f'\n\n    {self.paragraph("", 2)}\n'
        if number % 10 == 3 and self.slugs:
            page = f'playbook:{self.random.choice(self.slugs)}'
            return f'- [ ] Read [{what}]({page}) {{#{key} kind=read {due} estimate=10m}}'
        if number % 10 == 5:
            return f'- [ ] Hand in {what} {{#{key} kind=submit {due} signoff=manager milestone{after}}}{details}'
        if number % 10 == 7:
            return f'- [ ] Talk about {what} {{#{key} kind=meet {due} signoff=buddy estimate=30m{after}}}'
        if number % 10 == 8:
            return f'- [ ] Invite the newcomer to {what} {{#{key} role=manager {due}}}'
        if number % 10 == 9:
            return f'- [ ] Show {what} {{#{key} role=buddy {due} optional}}'
        return f'- [ ] {self.random.choice(DOES)} {what} {{#{key} {due} estimate=45m{after}}}{details}'
