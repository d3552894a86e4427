"""The editor in a real browser: what it keeps when something goes wrong, what it completes, mends, and does without
a script."""

import base64
import re
from io import BytesIO

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from PIL import Image
from playwright.sync_api import expect

from accounts.actions import trust_address
from playbooks.models import Draft, Playbook
from tests.browser.walking import PASSWORD, sign_in_by_form
from tests.factories import CHECKLIST, make_editor, make_playbook, make_user

pytestmark = pytest.mark.django_db(transaction=True)

SAVED_WITHIN = 9000  # the draft saves itself every five seconds


@pytest.fixture
def editor():
    person = make_editor('Priya Raman', password=PASSWORD)
    trust_address(person)
    return person


@pytest.fixture
def launch(editor):
    return make_playbook('launch', text=CHECKLIST, owner=editor)


@pytest.fixture
def write(page, sign_in, editor, launch):
    sign_in(page, editor)
    page.goto('/playbooks/launch/edit/')
    return page


def text_of(page):
    return page.get_by_label('Text, in Markdown')


def status(page):
    return page.locator('#draft-status')


def test_without_a_network_it_says_so_keeps_the_text_and_saves_when_the_network_is_back(write):
    write.context.set_offline(True)
    text_of(write).fill('Written in a tunnel.\n')

    expect(status(write)).to_contain_text(
        'Not saved: you are offline. Your text is kept in this browser.', timeout=SAVED_WITHIN
    )
    expect(write.locator('#say')).to_contain_text('you are offline')
    assert not Draft.objects.exists()
    write.context.set_offline(False)
    expect(status(write)).to_contain_text(re.compile(r'Draft saved \d'), timeout=SAVED_WITHIN)
    assert Draft.objects.get().text == 'Written in a tunnel.\n'
    assert write.evaluate('Object.keys(localStorage).filter(key => key.startsWith("rampbook:draft"))') == []


def test_after_an_ended_session_the_text_is_kept_and_saved_once_signed_in_in_another_tab(write, editor, sign_in):
    text_of(write).fill('Written before the session ended.\n')
    expect(status(write)).to_contain_text('Draft saved', timeout=SAVED_WITHIN)
    Session.objects.all().delete()

    text_of(write).fill('Written after the session ended.\n')

    expect(status(write)).to_contain_text('you have been signed out', timeout=SAVED_WITHIN)
    expect(text_of(write)).to_have_value('Written after the session ended.\n')
    other = write.context.new_page()
    sign_in_by_form(other, editor.email)
    other.close()
    write.evaluate('dispatchEvent(new Event("focus"))')
    expect(status(write)).to_contain_text(re.compile(r'Draft saved \d'), timeout=SAVED_WITHIN)
    assert Draft.objects.get().text == 'Written after the session ended.\n'


def test_a_save_that_leads_to_the_sign_in_page_loses_nothing(write, editor):
    Session.objects.all().delete()
    text_of(write).fill('Saved by the button, after the session ended.\n')
    write.get_by_role('button', name='Save draft').click()
    write.get_by_label('Work email').fill(editor.email)
    write.get_by_label('Password').fill(PASSWORD)
    write.get_by_role('button', name='Sign in').click()
    write.wait_for_url('**/playbooks/launch/edit/')

    write.get_by_role('button', name='Take the text this browser kept').click()

    expect(text_of(write)).to_have_value('Saved by the button, after the session ended.\n')
    write.get_by_role('button', name='Save draft').click()
    expect(write.get_by_text('Draft saved.')).to_be_visible()
    expect(write.get_by_text('This browser kept a text')).to_be_hidden()
    assert Draft.objects.get().text == 'Saved by the button, after the session ended.\n'


def test_a_text_is_never_saved_as_somebody_elses_who_signed_in_in_the_same_browser(write):
    other = make_editor('Berta', password=PASSWORD)
    trust_address(other)
    text_of(write).fill('What Priya wrote.\n')
    Session.objects.all().delete()
    sign_in_by_form(tab := write.context.new_page(), other.email)
    tab.close()

    write.evaluate('dispatchEvent(new Event("online"))')

    expect(status(write)).to_contain_text('somebody else is signed in', timeout=SAVED_WITHIN)
    write.evaluate("Storage.prototype.setItem = () => { throw new Error('full'); }; dispatchEvent(new Event('online'))")
    expect(status(write)).to_contain_text('Leave this tab open: this browser cannot keep your text.')
    expect(text_of(write)).to_have_value('What Priya wrote.\n')
    assert not Draft.objects.exists()


def test_after_a_closed_tab_both_texts_are_offered_and_nobody_else_sees_them(write, sign_in, editor, check_page):
    write.context.set_offline(True)
    text_of(write).fill('Typed just before the tab was closed.\n')
    write.wait_for_function('() => Object.keys(localStorage).some(key => key.startsWith("rampbook:draft"))')
    write.close()
    context = write.context
    context.set_offline(False)

    sign_in(other := context.new_page(), make_editor('Berta'))
    other.goto('/playbooks/launch/edit/')
    expect(other.get_by_text('This browser kept a text')).to_be_hidden()
    other.close()
    sign_in(back := context.new_page(), editor)
    back.goto('/playbooks/launch/edit/')

    expect(back.get_by_text('This browser kept a text of yours')).to_be_visible()
    expect(text_of(back)).to_have_value(CHECKLIST)
    check_page(back, 'playbook-edit-kept')
    back.get_by_role('button', name='Take the text this browser kept').click()
    expect(text_of(back)).to_have_value('Typed just before the tab was closed.\n')
    expect(status(back)).to_contain_text(re.compile(r'Draft saved \d'), timeout=SAVED_WITHIN)
    assert Draft.objects.get().text == 'Typed just before the tab was closed.\n'
    back.evaluate("localStorage.setItem('rampbook:draft:1:page1:tab', '{}')")
    back.reload()
    expect(back.get_by_text('This browser kept a text')).to_be_hidden()
    back.get_by_role('button', name='your account').click()
    back.get_by_role('button', name='Sign out').click()
    back.get_by_role('button', name='Sign in').wait_for()
    assert back.evaluate('Object.keys(localStorage).filter(key => key.startsWith("rampbook:draft"))') == []


def test_links_and_names_are_completed_by_keyboard_from_what_one_may_see(write, check_page):
    make_playbook('dwell-time', versions=1)
    make_user('Tomás Silva')
    text = text_of(write)
    text.fill('')

    write.keyboard.type('See [[dwell')
    expect(write.get_by_role('option')).to_have_count(1)
    check_page(write, 'playbook-edit-completion')
    write.keyboard.press('Enter')
    assert text.input_value() == 'See [[Dwell time]]'
    write.keyboard.type(', ask @tom')
    expect(write.get_by_role('option', name='Tomás Silva')).to_be_visible()
    write.keyboard.press('Tab')
    assert text.input_value() == 'See [[Dwell time]], ask @Tomás Silva '
    write.keyboard.type('[[')
    expect(write.get_by_role('option')).to_have_count(2)
    write.keyboard.press('Escape')
    expect(write.get_by_role('listbox')).to_be_hidden()
    expect(text).to_be_focused()


def test_a_mend_changes_its_line_in_the_text_and_can_be_undone(write):
    text = text_of(write)
    text.fill('One.\n\n- [ ] Call a customer {roel=buddy}\n')
    button = write.locator('[data-mend]')
    expect(button).to_have_count(1)
    text.evaluate('field => field.setSelectionRange(0, 0)')
    write.keyboard.insert_text('A line above.\n')

    button.click()

    assert 'A line above.\nOne.\n\n- [ ] Call a customer' in text.input_value()
    assert '{roel=buddy}' not in text.input_value()
    expect(button).to_have_count(0)
    write.keyboard.press('Control+z')
    assert text.input_value() == 'A line above.\nOne.\n\n- [ ] Call a customer {roel=buddy}\n'


def test_keys_format_go_on_with_lists_and_make_checklist_items(write):
    text = text_of(write)
    text.fill('')

    write.keyboard.type('- [x] First')
    write.keyboard.press('Enter')
    write.keyboard.type('Second')
    write.keyboard.press('Enter')
    write.keyboard.press('Enter')
    assert text.input_value() == '- [x] First\n- [ ] Second\n'
    text.fill('☐ Book a room\n\n2. Invite everybody\n')
    text.select_text()
    write.get_by_role('button', name='Make checklist items').first.click()
    expect(text).to_have_value('- [ ] Book a room\n\n2. [ ] Invite everybody\n')
    text.select_text()
    write.get_by_role('button', name='Make checklist items').first.click()
    expect(text).to_have_value('Book a room\n\nInvite everybody\n')
    text.fill('word')
    text.select_text()
    write.keyboard.press('Control+b')
    assert text.input_value() == '**word**'
    write.keyboard.press('Control+b')
    assert text.input_value() == 'word'
    write.keyboard.press('Tab')
    expect(text).not_to_be_focused()


def test_the_preview_scrolls_along_with_the_text(write):
    parts = [f'## Part {n}\n\n' + 'A sentence that is long enough to be wrapped. ' * 12 + '\n' for n in range(30)]
    text_of(write).fill('\n'.join(parts))
    expect(write.locator('#s-part-29')).to_be_attached()

    write.mouse.move(10, 300)
    write.evaluate('scrollTo(0, document.body.scrollHeight / 2)')

    write.wait_for_function("() => document.querySelector('#preview .prose').scrollTop > 800")
    in_view = """() => [...document.querySelectorAll('#preview h2')].filter(one => {
        const at = one.getBoundingClientRect().top; return at > 60 && at < innerHeight - 80;
    }).map(one => Number(one.textContent.match(/\\d+/)[0]))"""
    assert set(write.evaluate(in_view)) & set(range(11, 19))
    expect(write.locator('#text-size')).to_have_text(re.compile(r'^3,?\d{3} words, \d+ minutes to read$'))


def test_without_a_script_one_writes_looks_mends_makes_items_saves_and_publishes(new_page, sign_in, editor, launch):
    page = new_page(java_script_enabled=False)
    sign_in(page, editor)
    page.goto('/playbooks/launch/edit/')
    text_of(page).fill('## Week one\n\n☐ Call a customer\n- [ ] Read it {roel=buddy}\n')

    page.get_by_role('button', name='Show preview').click()
    page.locator('[name=mend]').first.click()
    assert 'roel=buddy' not in text_of(page).input_value()
    page.locator('summary', has_text='Make checklist items').click()
    page.get_by_label('From line').fill('3')
    page.get_by_label('To line').fill('3')
    page.get_by_role('button', name='Make checklist items').click()
    assert '\n- [ ] Call a customer\n' in text_of(page).input_value()
    assert not Draft.objects.exists()
    page.get_by_role('button', name='Save draft').click()
    expect(page.get_by_text('Draft saved.')).to_be_visible()
    page.get_by_role('button', name='Publish …').click()
    page.get_by_label('What changed, and why').fill('Less to do.')
    page.get_by_role('button', name='Publish v2').click()
    page.wait_for_url('**/playbooks/launch/')
    assert 'Call a customer' in Playbook.objects.get().current_version.text


PASTE = """([html, plain]) => {
    const clipboardData = new DataTransfer();
    if (html) clipboardData.setData('text/html', html);
    clipboardData.setData('text/plain', plain);
    const event = new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true});
    document.activeElement.dispatchEvent(event);
}"""
PASTED = settings.BASE_DIR / 'tests/text/pasted'


def test_a_pasted_google_document_becomes_a_checklist_that_is_published_with_its_items(write):
    text = text_of(write)
    text.fill('')
    source, wanted = ((PASTED / f'google-docs.{ending}').read_text() for ending in ('html', 'md'))

    write.evaluate(PASTE, [source, 'Beta launch'])

    expect(text).to_have_value(wanted.rstrip('\n') + '\n')
    write.keyboard.press('Control+z')
    expect(text).to_have_value('')
    write.keyboard.press('Control+Shift+z')
    expect(text).to_have_value(wanted.rstrip('\n') + '\n')
    text.evaluate("""field => {
        const from = field.value.indexOf('1. Invite');
        field.setSelectionRange(from, field.value.indexOf('2. Listen') + 5);
    }""")
    write.get_by_role('button', name='Make checklist items').click()
    expect(text).to_have_value(re.compile(r'1\. \[ \] Invite\n2\. \[ \] Listen'))
    expect(write.locator('#preview .task')).to_have_count(6)
    write.get_by_role('button', name='Publish …').click()
    write.get_by_label('What changed, and why').fill('As it was in the old document.')
    write.get_by_role('button', name='Publish v2').click()
    write.wait_for_url('**/playbooks/launch/')
    version = Playbook.objects.get().current_version
    texts = list(version.items.order_by('position').values_list('text', flat=True))
    assert texts == ['Name the testers', 'Ask sales for five', 'Invite', 'Listen', 'Book a room', 'Send the link']
    expect(write.locator('.prose .task')).to_have_count(6)


def test_what_cannot_be_turned_into_clean_text_is_pasted_as_it_is(write):
    text = text_of(write)
    text.fill('See ')
    write.route('**/import/paste/', lambda route: route.abort())

    write.evaluate(PASTE, ['<p>one <b>bold</b><br>word</p>', 'one bold\r\nword'])
    expect(text).to_have_value('See one bold\nword')
    expect(write.locator('#ed-said')).to_contain_text('Pasted as plain text')
    write.keyboard.press('Control+z')
    expect(text).to_have_value('See ')
    text.evaluate('field => field.setSelectionRange(0, 3)')
    write.evaluate(PASTE, ['', 'https://example.com/'])
    expect(text).to_have_value('[See](https://example.com/) ')


DROP = """([target, files]) => {
    const dataTransfer = new DataTransfer();
    files.forEach(([name, type, content]) => {
        const bytes = Uint8Array.from(atob(content), one => one.charCodeAt(0));
        dataTransfer.items.add(new File([bytes], name, {type}));
    });
    const drop = new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true});
    document.querySelector(target).dispatchEvent(drop);
}"""


def picture(color='teal'):
    made = BytesIO()
    Image.new('RGB', (40, 30), color).save(made, 'PNG')
    return base64.b64encode(made.getvalue()).decode()


def test_dropped_pictures_are_added_and_shown_and_what_is_refused_is_told(write, launch):
    text = text_of(write)
    text.fill('Above.\n')

    write.evaluate(DROP, ['#id_text', [['plan.png', 'image/png', picture()], ['run.exe', 'x/y', 'TVqQAAMAAAA=']]])

    expect(text).to_have_value(re.compile(r'^Above\.\n!\[plan\]\(file:launch/plan\.png\)\n$'))
    expect(write.locator('#ed-said')).to_contain_text('run.exe')
    expect(write.locator('#preview img')).to_have_js_property('naturalWidth', 40)
    assert launch.attachments.get().name == 'plan.png'
    html = f'<h2>Plan</h2><p>See <img src="data:image/png;base64,{picture("navy")}" alt="x"> here.</p>'
    write.evaluate(PASTE, [html, 'Plan'])
    expect(text).to_have_value(re.compile(r'\n## Plan\n\nSee !\[picture 1\]\(file:launch/picture-1\.png\) here\.\n$'))
    write.keyboard.press('Control+z')
    write.keyboard.press('Control+z')
    write.keyboard.press('Control+z')
    write.keyboard.press('Control+z')
    write.keyboard.press('Control+z')
    expect(text).to_have_value('Above.\n')
