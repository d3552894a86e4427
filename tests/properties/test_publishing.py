"""Several people write one page: they save, publish what is stale, settle conflicts at random; nobody's line is lost.

Each line that somebody adds is a line of its own, so that it can be followed. The claim of the whole: what anybody
added, and nobody deleted, stands in the published text once everybody has published. What repeats is followed by
`test_merge`, at each merge.
"""

from django.db import transaction
from django.test import TestCase
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from playbooks.drafts import DraftChanged, Wording, draft_of, is_stale, save_draft
from playbooks.merging import with_current, with_stored
from playbooks.models import Playbook, Version
from playbooks.publishing import PublishAnswers, StaleDraft, publish
from tests.factories import make_editor, make_playbook

PEOPLE = st.integers(0, 2)
PLACE = st.integers(0, 40)
SHORT = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    phases=[Phase.reuse, Phase.generate],
)


class Writers(RuleBasedStateMachine):
    """Three people, each with a tab open that may be behind the stored draft, on a page of six lines."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.people = [make_editor() for _ in range(3)]
        lines = [f'Line {number} of the beginning.' for number in range(6)]
        make_playbook('page', text='\n'.join(lines) + '\n')
        self.tabs = {}
        self.added, self.gone, self.number = set(lines), set(), 0

    def teardown(self):
        for who in range(3):
            self.publish_until_it_is(who, 0)
        lines = self.published().splitlines()
        self.check(lines)
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def check(self, lines):
        lost = {line for line in self.added - self.gone if line not in lines}
        assert not lost, lost

    def page(self):
        return Playbook.objects.select_related('kind', 'current_version').get(slug='page')

    def published(self):
        return self.page().current_version.text

    def tab(self, who):
        """What a person has before them: the lines, and the revision that they come from."""
        if who not in self.tabs:
            draft = draft_of(self.page(), self.people[who])
            self.tabs[who] = [draft, draft.text.splitlines(), draft.revision]
        return self.tabs[who]

    @rule(who=PEOPLE, at=PLACE)
    def add(self, who, at):
        lines = self.tab(who)[1]
        self.number += 1
        line = f'Line {self.number} by person {who}.'
        lines.insert(at % (len(lines) + 1), line)
        self.added.add(line)

    @rule(who=PEOPLE, at=PLACE)
    def delete(self, who, at):
        lines = self.tab(who)[1]
        if lines:
            self.gone.add(lines.pop(at % len(lines)))

    @rule(who=PEOPLE, at=PLACE, to=PLACE)
    def move(self, who, at, to):
        lines = self.tab(who)[1]
        if lines:
            line = lines.pop(at % len(lines))
            lines.insert(to % (len(lines) + 1), line)

    @rule(who=PEOPLE)
    def save_in_another_tab(self, who):
        """The same person adds a line elsewhere; what is open here is behind then."""
        draft = draft_of(self.page(), self.people[who])
        self.number += 1
        line = f'Line {self.number} by person {who} elsewhere.'
        self.added.add(line)
        text = draft.text + line + '\n'
        save_draft(draft=draft, title=draft.title, text=text, fields={}, shown_revision=draft.revision)

    @rule(who=PEOPLE, choice=st.integers(0, 3))
    def save(self, who, choice):
        """What is open is saved; where the draft moved on, both are brought together and conflicts settled."""
        draft, lines, revision = self.tab(who)
        text = ''.join(f'{line}\n' for line in lines)
        try:
            saved = save_draft(draft=draft, title=draft.title, text=text, fields={}, shown_revision=revision)
        except DraftChanged:
            stored = draft_of(self.page(), self.people[who])
            together = with_stored(stored, Wording(stored.title, text, {}), shown_revision=revision)
            saved = self.settle(stored, together, choice)
        self.tabs[who] = [saved, saved.text.splitlines(), saved.revision]

    @rule(who=PEOPLE, choice=st.integers(0, 3))
    def publish(self, who, choice):
        """Publish what is saved; a stale draft publishes nothing and is brought together instead."""
        self.save(who, choice)
        draft = draft_of(self.page(), self.people[who])
        if not draft.revision or draft.text == draft.playbook.current_version.text:
            return
        versions = Version.objects.count()
        if is_stale(draft):
            try:
                publish(draft=draft, editor=self.people[who], answers=PublishAnswers('clarification', 'x'))
                raise AssertionError('a stale draft was published')
            except StaleDraft:
                assert Version.objects.count() == versions
            saved = self.settle(draft, with_current(draft), choice, base=draft.playbook.current_version)
            self.tabs[who] = [saved, saved.text.splitlines(), saved.revision]
            return
        publish(draft=draft, editor=self.people[who], answers=PublishAnswers('clarification', 'x'))
        del self.tabs[who]

    def publish_until_it_is(self, who, choice):
        for _ in range(3):
            self.publish(who, choice)

    def settle(self, draft, together, choice, **more):
        """Answer every conflict; what an answer leaves out was deleted by whoever answers."""
        answers = {}
        for conflict in together.conflicts:
            mine, theirs = conflict.mine, conflict.theirs
            kept = (mine + theirs, mine, theirs, theirs + mine)[choice]
            self.gone |= set((mine + theirs).splitlines()) - set(kept.splitlines())
            answers[conflict.name] = kept
        wording = together.settled(answers)
        return save_draft(
            draft=draft, title=draft.title, text=wording.text, fields={}, shown_revision=draft.revision, **more
        )


class PublishingTogetherTests(TestCase):
    def test_whoever_writes_saves_publishes_and_settles_nobodys_line_is_lost(self):
        run_state_machine_as_test(Writers, settings=SHORT)
