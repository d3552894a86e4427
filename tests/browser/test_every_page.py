"""Every page in its states, as the person it is for: accessible, light and dark, wide, narrow and at 200 %, and light
enough. What follows from doing something on a page is looked at where that is tested, in the other modules here."""

import datetime as dt
import gzip
import re

import pytest
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import path
from django.utils import timezone

from accounts.models import User
from config.urls import urlpatterns as site
from onboarding.models import Enrollment
from playbooks import intakes
from playbooks.actions import archive
from playbooks.drafts import create_playbook, save_draft, start_draft
from playbooks.files import add_file
from playbooks.models import Area, Kind, LinkCheck, Playbook, Run
from tests.factories import make_editor, make_playbook, make_user, publish_text

MOST_BYTES, MOST_REQUESTS = 80_000, 8
OF_A_TEXT = re.compile('/files/[^/]+$')  # what a text itself shows weighs what it weighs
PICTURE = bytes.fromhex(
    '474946383761080006008100000000000000000000000000002c000000000800060000080e0001081c48b0a0c18308130e0c08003b'
)

# What would be out of reach at 200 %: beyond the right edge and in nothing that scrolls, or text that is cut off.
LOST = """() => {
    const style = at => getComputedStyle(at);
    const scrolls = at => at && (['auto', 'scroll'].includes(style(at).overflowX) || scrolls(at.parentElement));
    const hidden = at => at.closest('.vh, svg, [popover]') !== null || !at.checkVisibility();
    const cut = at => style(at).overflowX === 'hidden' && at.scrollWidth > at.clientWidth + 1 && at.textContent.trim();
    return [...document.querySelectorAll('body a, body button, body input, body select, body textarea, main *')]
        .filter(at => !hidden(at) && !scrolls(at))
        .filter(at => at.getBoundingClientRect().right > innerWidth + 1 || cut(at))
        .map(at => at.outerHTML.slice(0, 160));
}"""


def fails(request):
    raise RuntimeError('A page that fails, on purpose.')


def refuses(request):
    raise SuspiciousOperation('An address that makes no sense, on purpose.')


urlpatterns = [path('fails/', fails), path('refuses/', refuses), *site]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@pytest.fixture
def sample_site():
    """The starter content and the sample people, as `make run` shows them, with a draft and an archived playbook."""
    call_command('starter_content', demo_people=True)
    ops = User.objects.get(email='ops@example.com')
    archive(playbook=Playbook.objects.get(slug='activity-plan'), by=ops)
    new = create_playbook(by=ops, kind=Kind.objects.first(), area=Area.objects.first(), title='Not published yet')
    start_draft(playbook=new, author=ops)
    guide = Playbook.objects.select_related('kind', 'current_version').get(slug='sprint-planning')
    draft = start_draft(playbook=guide, author=ops)
    text = draft.text.replace('- [ ] ', '- [ ] Please ', 1) + '\nA sentence more.\n'
    save_draft(draft=draft, title=draft.title, text=text, fields=draft.fields, shown_revision=draft.revision)
    with_files_and_links(guide, ops)


def with_files_and_links(guide, ops):
    """Files used and not, and a page that shows and links to all there is: a film, terms, links that lead nowhere."""
    old = timezone.now() - dt.timedelta(days=3)
    for name, content in (('map.gif', PICTURE), ('notes.txt', b'Notes.'), ('demo.mp4', b'\0\0\0\x18ftypisom')):
        add_file(playbook=guide, name=name, content=content, by=ops)
    guide.attachments.update(added_at=old)
    text = (
        'A guardrail on a [working day](playbook:who-does-what@1): [[Nowhere]], [gone](playbook:gone) and '
        '[elsewhere](https://site.example/gone).\n\n![A map](file:sprint-planning/map.gif)\n\n'
        '![The demo](file:sprint-planning/demo.mp4)\n\n![A talk](https://player.example/talk)\n'
    )
    publish_text(make_playbook('with-everything'), text, title='With everything')
    LinkCheck.objects.create(
        url='https://site.example/gone', checked_at=old, status=404, problem='It is not there any more.'
    )
    for slug in ('one', 'other'):
        publish_text(make_playbook(slug), 'The same.', title='Twice')


@pytest.fixture
def look_at(new_page, sign_in, check_page):
    """Open pages as a person (None: not signed in) and look at each; all that is wrong is told at the end."""
    wrong, known = [], {}

    def weigh(name, responses):
        sizes = {}
        for response in [one for one in responses if not OF_A_TEXT.search(one.url)]:
            key = response.url if settings.STATIC_URL in response.url else None
            if key not in known:
                size = len(gzip.compress(response.body(), 6))
                known.update({key: size} if key else {})
                sizes[response.url] = size
            else:
                sizes[response.url] = known[key]
        if sum(sizes.values()) > MOST_BYTES or len(sizes) > MOST_REQUESTS:
            wrong.append(f'{name}: {sum(sizes.values())} bytes in {len(sizes)} requests: {sizes}')

    def look(person, pages):
        page, zoomed = new_page(), new_page(width=640, height=450, device_scale_factor=2)
        for one in (page, zoomed) if person else ():
            sign_in(one, person)
        zoomed.context.new_cdp_session(zoomed).send('Network.setCacheDisabled', {'cacheDisabled': True})
        responses = []
        zoomed.on('response', lambda response: responses.append(response))  # noqa: PLW0108 playwright cannot hold a builtin
        for name, given in pages.items():
            address, expected = given if isinstance(given, tuple) else (given, 200)
            responses.clear()
            zoomed.goto(address)
            weigh(name, responses)
            lost = zoomed.evaluate(LOST)
            if lost or zoomed.evaluate('document.documentElement.scrollWidth') > 640:
                wrong.append(f'{name}: at 200 % these are out of reach: {lost[:4]}')
            answer = page.goto(address)
            if answer.status != expected:
                wrong.append(f'{name}: {answer.status} instead of {expected}')
            page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
            try:
                check_page(page, name)
            except AssertionError as error:
                wrong.append(str(error).partition('\n')[0])

    yield look
    assert not wrong, '\n'.join(wrong)


def brought_in():
    """What somebody dropped, some of which cannot come in."""
    files = {'leaving.md': b'# Leaving\n\n- [ ] Return the badge {due=soon}\n', 'macros.docm': b'PK', 'a.zip': b'PK'}
    return intakes.start(
        by=User.objects.get(email='ops@example.com'),
        uploads=[SimpleUploadedFile(*file) for file in files.items()],
        kind=Kind.objects.get(slug='guide'),
        area=Area.objects.first(),
    )


def track_of(email):
    return Enrollment.objects.get(run__owner__email=f'{email}@example.com').get_absolute_url()


def test_pages_of_new_product_managers(look_at, sample_site):
    track = track_of('pm')
    book = '/playbooks/prioritization-ritual/'
    look_at(
        'pm@example.com',
        {
            'today': '/',
            'track': track,
            'track-left': f'{track}?show=left',
            'item-returned': f'{track}items/three-interviews/',
            'item-awaiting': f'{track}items/stakeholder-map/',
            'ramp-up-own': f'{track}ramp-up/',
            'library': '/playbooks/',
            'library-filtered': '/playbooks/?area=process&fresh=nonsense',
            'library-nothing': '/playbooks/?q=xylophone',
            'playbook-changed': book,
            'version-old': f'{book}v/1/',
            'history': f'{book}history/',
            'compare': f'{book}compare/1/3/',
            'compare-sides': f'{book}compare/1/3/?layout=sides',
            'compare-markdown': f'{book}compare/1/3/?layout=markdown',
            'compare-markdown-sides': f'{book}compare/1/3/?layout=markdown-sides',
            'compare-same': f'{book}compare/3/3/',
            'link-to-a-place': f'{book}link/',
            'playbook-long': '/playbooks/launch-checklist-tier-1/',
            'playbook-archived': '/playbooks/activity-plan/',
            'said-about-a-page': '/playbooks/launch-checklist-tier-1/talk/',
            'report-something': '/playbooks/launch-checklist-tier-1/say/?at=i-guardrail&kind=report',
            'ones-own-questions': '/playbooks/questions/?show=yours',
            'search': '/search/?q=launch',
            'search-nothing': '/search/?q=xylophone',
            'search-empty': '/search/',
            'not-yours': ('/playbooks/sprint-planning/settings/', 403),
            'inbox': '/inbox/?show=all',
            'watching': '/inbox/watching/',
            'catch-up': '/catch-up/',
            'not-here': ('/playbooks/nothing/', 404),
            'team-of-nobody': ('/team/', 404),
        },
    )
    look_at('sofia@example.com', {'today-before-the-first-day': '/', 'track-before-the-first-day': track_of('sofia')})
    look_at('amara@example.com', {'today-needs-help': '/', 'track-needs-help': track_of('amara')})
    look_at('hana@example.com', {'today-finished': '/', 'track-finished': track_of('hana')})


def test_pages_of_managers_and_buddies(look_at, sample_site):
    track = track_of('pm')
    look_at(
        'manager@example.com',
        {
            'today-manager': '/',
            'team': '/team/',
            'team-by-name': '/team/?who=direct&order=name',
            'onboardings-of-a-manager': '/onboarding/',
            'onboardings-nobody': '/onboarding/?q=xylophone',
            'person': f'{track}ramp-up/',
            'track-of-another': track,
            'item-to-sign': f'{track}items/stakeholder-map/',
            'item-to-excuse': f'{track}items/first-brief/',
            'new-starter': '/onboarding/new/',
        },
    )
    look_at('buddy@example.com', {'today-buddy': '/', 'track-of-a-buddy': track})


def test_pages_of_launches(look_at, sample_site):
    launch = Run.objects.get(name='Shift swapping').get_absolute_url()
    ended = Run.objects.get(name='Roster as a picture').get_absolute_url()
    key = Run.objects.get(name='Shift swapping').items.filter(state='to_do').first().key
    look_at(
        'lucas@example.com',
        {
            'runs': '/runs/',
            'runs-ended': '/runs/?show=ended',
            'run-new': '/playbooks/launch-checklist-tier-2/run/',
            'launch': launch,
            'launch-over': ended,
            'launch-item': f'{launch}items/{key}/',
            'launch-move': f'{launch}move/?to={timezone.localdate() + dt.timedelta(days=30)}',
            'launch-move-nonsense': (f'{launch}move/?to=soon', 422),
            'launch-people': f'{launch}people/',
            'launch-end': f'{launch}end/',
        },
    )
    look_at('buddy@example.com', {'launch-of-others': launch})


def test_pages_of_editors_and_administrators(look_at, sample_site):
    draft = Playbook.objects.get(slug='sprint-planning').drafts.get()
    dropped, done = brought_in(), brought_in()
    intakes.answer(intake=done, chosen={1: 'new'}, publish=False)
    intakes.carry_on(intake=done, seconds=60)
    look_at(
        'ops@example.com',
        {
            'today-ops': '/',
            'onboardings': '/onboarding/',
            'library-of-a-type': '/playbooks/?kind=tool-evaluation&sort=-f-cost_per_year&f-cost_per_year-from=100',
            'library-mine': '/playbooks/?mine=on',
            'types': '/playbooks/kinds/',
            'type': '/playbooks/kinds/tool-evaluation/',
            'type-field': '/playbooks/kinds/tool-evaluation/fields/renewal_on/',
            'new-playbook': '/playbooks/new/',
            'new-playbook-of-a-type': '/playbooks/new/?kind=tool-evaluation',
            'editor': '/playbooks/sprint-planning/edit/',
            'publish': '/playbooks/sprint-planning/publish/',
            'draft-changes': f'/playbooks/sprint-planning/drafts/{draft.pk}/',
            'draft-people': f'/playbooks/sprint-planning/drafts/{draft.pk}/people/',
            'suggestions': '/playbooks/suggestions/',
            'suggestions-decided': '/playbooks/suggestions/?show=decided',
            'settings-of-a-playbook': '/playbooks/sprint-planning/settings/',
            'not-published': '/playbooks/not-published-yet/',
            'publish-the-first': '/playbooks/not-published-yet/publish/',
            'restore-old': '/playbooks/prioritization-ritual/v/1/restore/',
            'restore-over-a-draft': '/playbooks/sprint-planning/v/1/restore/',
            'history-of-nothing': '/playbooks/not-published-yet/history/',
            'readers': '/playbooks/who-does-what/readers/',
            'readers-not-asked': '/playbooks/prioritization-ritual/readers/?state=older',
            'hand-over': '/playbooks/hand-over/',
            'bring-in': '/playbooks/import/',
            'bring-in-choose': f'/playbooks/import/{dropped.pk}/',
            'bring-in-document': f'/playbooks/import/{dropped.pk}/1/',
            'bring-in-report': f'/playbooks/import/{done.pk}/',
            'questions': '/playbooks/questions/',
            'questions-for-the-text': '/playbooks/questions/?show=text',
            'worth-a-look': '/playbooks/worth-a-look/',
        },
    )
    look_at(
        'ops@example.com',
        {
            'files': '/playbooks/sprint-planning/files/',
            'files-none': '/playbooks/who-does-what/files/',
            'address': '/playbooks/sprint-planning/address/',
            'page-with-everything': '/playbooks/with-everything/',
            'links-that-lead-nowhere': '/playbooks/links/',
            'links-to-other-sites': '/playbooks/links/outside/',
            'title-of-nothing': '/go/?title=Launch+day',
            'title-of-several': '/go/?title=Twice',
        },
    )
    look_at('admin@example.com', {'today-admin': '/', 'start-for-real': '/start-for-real/', 'account': '/profile/'})


def test_pages_of_an_empty_site(look_at):
    manager = make_user('Ingrid Solberg')
    maya = make_user('Maya Okafor', reports_to=manager)
    look_at(
        maya,
        {
            'empty-today': '/',
            'empty-track': '/my-track/',
            'empty-library': '/playbooks/',
            'empty-runs': '/runs/',
            'empty-runs-ended': '/runs/?show=ended',
            'empty-onboardings': '/onboarding/',
        },
    )
    look_at(manager, {'empty-team': '/team/', 'empty-new-starter': '/onboarding/new/'})
    look_at(make_editor(), {'empty-library-of-an-editor': '/playbooks/'})


def test_pages_of_ones_account_and_of_what_went_wrong(look_at, page, check_page):
    maya = make_user('Maya Okafor', password='sunny river stone')
    look_at(
        None,
        {
            'password-forgotten': '/accounts/password/reset/',
            'password-mailed': '/accounts/password/reset/done/',
            'password-link-dead': '/accounts/password/reset/key/1-nothing/',
            'address-link-dead': '/accounts/confirm-email/nothing/',
            'no-sign-up': '/accounts/signup/',
            'account-closed': '/accounts/inactive/',
            'not-here-not-signed-in': ('/accounts/nothing/', 404),
        },
    )
    look_at(
        maya,
        {
            'password-change': '/accounts/password/change/',
            'address-change': '/accounts/email/',
            'sign-out': '/accounts/logout/',
            'sign-in-again': '/accounts/reauthenticate/',
            'broken': ('/fails/', 500),
            'not-understood': ('/refuses/', 400),
        },
    )
    page.goto('/accounts/password/reset/')
    page.context.clear_cookies()
    page.get_by_role('button', name='Send me the link').click()
    check_page(page, 'too-old')
