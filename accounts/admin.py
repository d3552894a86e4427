"""The administrators' pages about people and days off. Mails can be looked at and never changed."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext

from .actions import CircularLine, end_sessions, set_manager, trust_address
from .context_processors import forget_organization
from .models import ClosingDay, Holiday, HolidayCalendar, Mail, Organization, User


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that can be looked at; nobody adds, changes or deletes them here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PersonForm(forms.ModelForm):
    """A person as administrators see them. Passwords are set by their owners alone, by mail."""

    class Meta:
        model = User
        fields = [
            'name',
            'email',
            'reports_to',
            'groups',
            'is_active',
            'time_zone',
            'locale',
            'holiday_calendar',
        ]


@admin.register(User)
class PersonAdmin(admin.ModelAdmin):
    """People, their reporting line and groups. Accounts are closed, not deleted: what people did stays explained."""

    form = PersonForm
    list_display = ['name', 'email', 'reports_to', 'is_active', 'is_sample']
    list_filter = ['is_active', 'groups', 'holiday_calendar']
    list_select_related = ['reports_to']
    search_fields = ['name', 'email']
    autocomplete_fields = ['reports_to']
    filter_horizontal = ['groups']
    ordering = ['name']

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """No filter in an address on what people sign in with: it could be guessed letter by letter."""
        return not lookup.startswith('password') and super().lookup_allowed(lookup, value, request)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        with transaction.atomic():
            manager = obj.reports_to
            if change:
                obj.reports_to_id = form.initial.get('reports_to')
            else:
                obj.set_unusable_password()
            super().save_model(request, obj, form, change)
            try:
                set_manager(person=obj, manager=manager, by=request.user)  # type: ignore[arg-type]
            except CircularLine as error:
                messages.error(request, str(error))
            if not change or 'email' in form.changed_data:
                trust_address(obj)
            if not obj.is_active:
                end_sessions([obj.pk])
        if not change:
            hint = gettext('They set a password at “I do not know my password” on the sign-in page.')
            messages.info(request, hint)


class MembershipGuard(admin.ModelAdmin):
    """Groups decide who may read restricted playbooks. The two that the site itself knows keep their names."""

    list_display = ['name']
    fields = ['name']
    search_fields = ['name']

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> list[str]:
        return ['name'] if _is_the_sites_own(obj) else []

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return not _is_the_sites_own(obj) and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # The action that deletes several at once would not ask for each one.
        return {name: action for name, action in super().get_actions(request).items() if name != 'delete_selected'}


def _is_the_sites_own(group: Group | None) -> bool:
    return group is not None and group.name in ('Editors', 'Admins')


admin.site.unregister(Group)
admin.site.register(Group, MembershipGuard)


class HolidayInline(admin.TabularInline):
    model = Holiday
    extra = 1


@admin.register(HolidayCalendar)
class HolidayCalendarAdmin(admin.ModelAdmin):
    """Public holidays by country or region; `manage.py load_holidays` brings in more."""

    list_display = ['name', 'code']
    search_fields = ['name', 'code']
    inlines = [HolidayInline]


@admin.register(ClosingDay)
class ClosingDayAdmin(admin.ModelAdmin):
    """Days on which the whole company is closed."""

    list_display = ['on', 'name']
    date_hierarchy = 'on'


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin):
    """The company's name: one row that is never deleted."""

    list_display = ['name']

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Organization.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Organization, form: forms.ModelForm, change: bool) -> None:
        obj.pk = 1
        super().save_model(request, obj, form, change)
        forget_organization()


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """What waits to be sent, what was, and why something could not be.

    Not what mails say: some hold a link that lets its reader in as somebody else, the others tell of enrollments, which
    are not for administrators to see (DESIGN.md, Who may do what).
    """

    list_display = ['to', 'kind', 'created_at', 'sent_at', 'given_up_at', 'attempts', 'last_error']
    list_filter = ['kind', ('sent_at', admin.EmptyFieldListFilter), ('given_up_at', admin.EmptyFieldListFilter)]
    search_fields = ['to']
    date_hierarchy = 'created_at'
    readonly_fields = (
        'to', 'kind', 'created_at', 'send_at', 'attempts', 'sent_at', 'given_up_at', 'last_error',
    )  # fmt: skip
    fields = readonly_fields

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """No filter in an address on the words either: they could be guessed letter by letter."""
        return lookup.partition('__')[0] in self.fields and super().lookup_allowed(lookup, value, request)
