"""The manager's and the editors' pages: the team's ramp-up, everybody under way, one person's."""

from typing import Any, cast

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.requests import Request
from playbooks.models import Playbook
from playbooks.permissions import run_access

from .. import signing, team
from ..enrolling import may_add_starters
from ..models import Enrollment
from ..person import person_page

PER_PAGE = 50


class TeamForm(forms.Form):
    """Whom the team page shows, and in which order. What it does not know is left as it is by default."""

    who = forms.ChoiceField(
        label=_('Whom'), choices=[('', _('Everyone below me')), ('direct', _('Who reports to me'))], required=False
    )
    order = forms.ChoiceField(
        label=_('Order'),
        choices=[('', _('Who needs help first')), ('name', _('Name')), ('overdue', _('Overdue')),
                 ('first-day', _('First day'))],
        required=False,
    )  # fmt: skip

    def chosen(self, name: str) -> str:
        """The valid choice, or ''."""
        self.is_valid()
        return self.cleaned_data.get(name, '')


class UnderWayForm(forms.Form):
    """Which enrollments the list of everybody shows."""

    q = forms.CharField(label=_('Name'), max_length=100, required=False)
    track = forms.ModelChoiceField(
        Playbook.objects.none(), label=_('Track'), required=False, to_field_name='slug', empty_label=_('All tracks')
    )
    ended = forms.BooleanField(label=_('Finished and stopped ones'), required=False)

    def __init__(self, *args: Any, tracks: QuerySet[Playbook], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast('forms.ModelChoiceField', self.fields['track']).queryset = tracks


@require_safe
def team_page(request: Request) -> HttpResponse:
    """Say who of the team needs help and why, and what waits for the manager's sign-off."""
    if not request.user.has_reports:
        raise Http404

    form = TeamForm(request.GET)
    now = timezone.now()
    rows = team.of_team(request.user, only_direct=form.chosen('who') == 'direct', now=now)
    ordered = team.ORDERS[form.chosen('order') or 'need'](rows)
    return render(
        request,
        'onboarding/team.html',
        {
            'form': form,
            'summary': team.summary(rows),
            'tables': team.by_track(ordered),
            'is_empty': not rows,
            'waiting': signing.waiting_for(request.user, now=now),
        },
    )


@require_safe
def enrollments(request: Request) -> HttpResponse:
    """List who is under way, for those who may see it; editors see everybody."""
    visible = Enrollment.objects.overseen_by(request.user)
    tracks = Playbook.objects.visible_to(request.user).published().filter(kind__is_track=True)
    tracks = tracks.select_related('current_version').defer('current_version__text').order_by('current_version__title')
    form = UnderWayForm(request.GET, tracks=tracks)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = visible.matching(name=chosen.get('q', ''), track=chosen.get('track'), ended=chosen.get('ended', False))
    page = Paginator(found.in_order_of_first_day(), PER_PAGE).get_page(request.GET.get('page'))
    rows = team.ramp_ups(cast('QuerySet[Enrollment]', page.object_list))
    return render(
        request,
        'onboarding/enrollments.html',
        {
            'form': form,
            'page': page,
            'tables': team.by_track(rows),
            'summary': team.summary(rows),
            'tracks': tracks,
            'may_add': may_add_starters(request.user),
            'is_filtered': any(chosen.values()),
        },
    )


@require_safe
def person(request: Request, pk: int) -> HttpResponse:
    """Show one person's ramp-up: pace, burn-up against plan, phases, milestones, what happened lately."""
    enrollment = get_object_or_404(Enrollment.objects.visible_to(request.user).with_people(), pk=pk)
    access = run_access(request.user, enrollment.run)
    if not access.sees_item(''):
        raise Http404
    page = person_page(enrollment, access)
    may_lead = access.leads and enrollment.run.ended_at is None
    context = {'enrollment': enrollment, 'run': enrollment.run, 'page': page, 'may_lead': may_lead}
    return render(request, 'onboarding/person.html', context)
