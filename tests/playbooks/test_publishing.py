"""publish(): what it writes, what it refuses, and that a refusal changes nothing."""

from django.test import TestCase

from playbooks import text as texts
from playbooks.drafts import create_playbook, save_draft, start_draft, text_hash
from playbooks.models import Draft, Item, ItemChange, Kind, PlaybookLink, Rendering, Section, Version
from playbooks.publishing import (
    DraftChanged,
    NotAllowed,
    NotApproved,
    PublishAnswers,
    StaleDraft,
    TextErrors,
    WeightTooLight,
    approve,
    publish,
    publish_unattended,
)
from tests.factories import CHECKLIST, make_area, make_editor, make_kind, make_playbook, make_user

CLEARER = PublishAnswers('clarification', 'Said more plainly.')


def draft_with(playbook, author, text, **fields):
    """The author's draft of the playbook, saved with this text."""
    draft = start_draft(playbook=playbook, author=author)
    title = fields.pop('title', draft.title or 'A playbook')
    return save_draft(draft=draft, title=title, text=text, fields=fields, shown_revision=draft.revision)


class PublishTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.editor = make_editor()
        cls.kind = make_kind('guide')

    def new_playbook(self, text=CHECKLIST, **fields):
        return create_playbook(by=self.editor, kind=self.kind, area=make_area(), title='Launch', text=text, **fields)

    def test_a_first_version_holds_the_text_its_items_sections_links_and_rendering(self):
        make_playbook('promise', versions=1)
        playbook = self.new_playbook(f'See [it](playbook:promise).\r\n\r\n{CHECKLIST}')

        version = publish(draft=playbook.drafts.get(), editor=self.editor, answers=CLEARER)

        self.assertEqual((version.number, version.base, version.note), (1, None, 'Said more plainly.'))
        self.assertEqual(version.text, f'See [it](playbook:promise).\n\n{CHECKLIST}')
        self.assertEqual(version.text_hash, text_hash('Launch', version.text, {}))
        self.assertEqual((version.author, version.publisher), (self.editor, self.editor))
        self.assertEqual(list(version.items.values_list('key', flat=True)), ['promise', 'rehearse', 'compare'])
        self.assertEqual(list(version.sections.values_list('title', flat=True)), ['Before', 'After'])
        self.assertEqual(list(version.links.values_list('target_slug', 'line')), [('promise', 1)])
        rendering = version.renderings.get()
        self.assertEqual(rendering.pipeline, texts.PIPELINE)
        self.assertIn('Write the promise', rendering.html)
        playbook.refresh_from_db()
        self.assertEqual(playbook.current_version, version)
        self.assertFalse(Draft.objects.exists())
