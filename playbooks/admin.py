"""What administrators see of documents and runs. Versions, events and what follows from them can only be looked at."""

import re

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import MembershipGuard, ReadOnlyAdmin

from . import models

HOST = re.compile(r'(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}')


class AudienceGuard(MembershipGuard):
    """A group for which a playbook is kept stays: without any group a playbook is open to everybody."""

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        is_audience = obj is not None and models.Playbook.objects.filter(audience=obj).exists()
        return not is_audience and super().has_delete_permission(request, obj)


admin.site.unregister(Group)
admin.site.register(Group, AudienceGuard)


@admin.register(models.Area)
class AreaAdmin(admin.ModelAdmin):
    list_display = ['name', 'slug', 'position']
    list_editable = ['position']


@admin.register(models.Kind)
class KindAdmin(admin.ModelAdmin):
    """What types there are. Their fields change on pages of their own, where no version loses the name of a value."""

    list_display = ['name', 'area', 'approval', 'runs_on_publish', 'is_track', 'position']
    list_editable = ['position']
    list_select_related = ['area']
    readonly_fields = ['fields']
    filter_horizontal = ['approvers']


@admin.register(models.Playbook)
class PlaybookAdmin(admin.ModelAdmin):
    """How playbooks are sorted and kept. Their texts change by writing and publishing alone."""

    list_display = ['slug', 'title', 'kind', 'area', 'owner', 'archived_at']
    list_filter = ['kind', 'area', ('archived_at', admin.EmptyFieldListFilter)]
    list_select_related = ['kind', 'area', 'owner', 'current_version']
    search_fields = ['slug', 'current_version__title']
    autocomplete_fields = ['owner', 'co_owner']
    filter_horizontal = ['audience']
    readonly_fields = ['slug', 'kind', 'current_version', 'created_at', 'created_by', 'archived_at', 'archived_by']

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(models.Version)
class VersionAdmin(ReadOnlyAdmin):
    list_display = ['playbook', 'number', 'title', 'weight', 'author', 'published_at']
    list_filter = ['weight', 'source']
    list_select_related = ['playbook__current_version', 'author']
    search_fields = ['title', 'playbook__slug']
    date_hierarchy = 'published_at'


@admin.register(models.Item)
class ItemAdmin(ReadOnlyAdmin):
    list_display = ['key', 'text', 'version', 'kind', 'role', 'due']
    list_select_related = ['version']
    search_fields = ['key', 'text']


@admin.register(models.Rendering)
class RenderingAdmin(ReadOnlyAdmin):
    list_display = ['version', 'pipeline', 'words']
    list_select_related = ['version']


@admin.register(models.Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ['pk', 'name', 'playbook', 'owner', 'anchor_on', 'started_at', 'finished_at', 'ended_at']
    list_select_related = ['playbook__current_version', 'owner']
    search_fields = ['name', 'owner__name', 'playbook__slug']

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Run]:
        """Without enrollments, which are not for administrators to see (DESIGN.md, Who may do what)."""
        return super().get_queryset(request).filter(visibility=models.Run.Visibility.AUDIENCE)


@admin.register(models.Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ['run', 'seq', 'action', 'key', 'actor', 'at']
    list_filter = ['action']
    list_select_related = ['run', 'actor']
    search_fields = ['key']
    date_hierarchy = 'at'

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Event]:
        """Without those of enrollments, as for runs."""
        return super().get_queryset(request).filter(run__visibility=models.Run.Visibility.AUDIENCE)


class PlayerHostForm(forms.ModelForm):
    """A host by its name alone, as it stands in an address."""

    def clean_host(self) -> str:
        host = self.cleaned_data['host'].strip().lower()
        if not HOST.fullmatch(host):
            raise forms.ValidationError(_('Only the name of the host, as in www.youtube.com.'))
        return host


@admin.register(models.PlayerHost)
class PlayerHostAdmin(admin.ModelAdmin):
    """Hosts outside whose players may be shown within a page."""

    form = PlayerHostForm
