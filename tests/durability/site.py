"""What runs beside the server, in processes of its own: filling the site, and looking afterwards what is there.

python -m tests.durability.site fill WRITERS      prints {"addresses": […], "track": "/onboarding/1/", …} as JSON
python -m tests.durability.site missing < FILE    prints which of the confirmed writes are not there, as JSON
"""

import json
import os
import sys

import django

PASSWORD = 'only-for-this-test'
ITEMS = 200


def main() -> None:
    os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.durability.settings'
    django.setup()
    if sys.argv[1] == 'fill':
        print(json.dumps(fill(int(sys.argv[2]))))
    else:
        print(json.dumps(missing(json.load(sys.stdin))))


def fill(writers: int) -> dict:
    """Editors who write a playbook each, and a person with a long checklist to tick."""
    from allauth.account.models import EmailAddress

    from onboarding.enrolling import enroll
    from tests.factories import make_editor, make_playbook, make_track, make_user

    def ready(person):
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        return person.email

    editors = []
    for number in range(writers):
        make_playbook(f'page-{number}', text='Start.\n')
        editors.append(ready(make_editor(f'Editor{number}', password=PASSWORD)))
    items = ''.join(f'- [ ] Do task {number} {{#task-{number}}}\n' for number in range(ITEMS))
    manager = make_user('Mona Manager')
    person = make_user('Perry', password=PASSWORD, reports_to=manager)
    enrollment = enroll(
        person=person, track=make_track(text=items), first_day=django.utils.timezone.localdate(), by=manager, buddy=None
    )
    return {
        'editors': editors,
        'person': ready(person),
        'track': enrollment.get_absolute_url(),
        'run': enrollment.run_id,
    }


def missing(confirmed: dict) -> list[str]:
    """Which confirmed writes the database does not hold, and what `check_integrity` finds."""
    from playbooks.integrity import check_all
    from playbooks.models import Draft, RunItem, Version

    texts = '\n'.join(text for model in (Draft, Version) for text in model.objects.values_list('text', flat=True))
    gone = [f'draft: {marker}' for marker in confirmed['drafts'] if marker not in texts]
    gone += [
        f'version: {m}' for m in confirmed['versions'] if not Version.objects.filter(note=m, text__contains=m).exists()
    ]
    done = set(RunItem.objects.filter(state='done').values_list('key', flat=True))
    gone += [f'tick: {key}' for key in confirmed['ticks'] if key not in done]
    return gone + [str(finding) for finding in check_all()]


if __name__ == '__main__':
    main()
