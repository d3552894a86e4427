"""People, the reporting line, days off, the organization, and the mails that wait to be sent."""

import zoneinfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

EDITORS = 'Editors'
ADMINS = 'Admins'

BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM accounts_user WHERE reports_to_id = %s
    UNION SELECT person.id FROM accounts_user person JOIN below ON person.reports_to_id = below.id
) SELECT id FROM below
"""
ABOVE = """
WITH RECURSIVE above(id) AS (
    SELECT reports_to_id FROM accounts_user WHERE id = %s AND reports_to_id IS NOT NULL
    UNION SELECT person.reports_to_id FROM accounts_user person JOIN above ON person.id = above.id
    WHERE person.reports_to_id IS NOT NULL
) SELECT id FROM above
"""


def below(manager: 'User', field: str = 'pk') -> Q:
    """The condition that the person in `field` is anywhere below this manager in the reporting line.

    One recursive subquery, no extra round trip; the manager is not below themselves.
    """
    return Q(**{f'{field}__in': RawSQL(BELOW, [manager.pk])})  # noqa: S611 - the one parameter is a primary key


def above(person: 'User', field: str = 'pk') -> Q:
    """The condition that the person in `field` is anywhere above this one in the reporting line."""
    return Q(**{f'{field}__in': RawSQL(ABOVE, [person.pk])})  # noqa: S611 - the one parameter is a primary key


class UserQuerySet(models.QuerySet):
    def active(self) -> 'UserQuerySet':
        """People who can sign in."""
        return self.filter(is_active=True)

    def below(self, manager: 'User') -> 'UserQuerySet':
        """Everyone below this manager, at any depth."""
        return self.filter(below(manager))

    def above(self, person: 'User') -> 'UserQuerySet':
        """The whole line above this person."""
        return self.filter(above(person))

    def editors(self) -> 'UserQuerySet':
        """Members of the group Editors."""
        return self.filter(Exists(_membership(EDITORS)))

    def admins(self) -> 'UserQuerySet':
        """Members of the group Admins."""
        return self.filter(Exists(_membership(ADMINS)))

    def with_abilities(self) -> 'UserQuerySet':
        """Annotate what every page asks of the signed-in person, so that it costs no further query."""
        reports = User.objects.filter(reports_to=OuterRef('pk'), is_active=True)
        return self.annotate(
            in_editors=Exists(_membership(EDITORS)), in_admins=Exists(_membership(ADMINS)), with_reports=Exists(reports)
        )


def _membership(group_name: str) -> models.QuerySet:
    return User.groups.through.objects.filter(user=OuterRef('pk'), group__name=group_name)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    use_in_migrations = False

    def create_user(self, email: str, password: str | None = None, **fields: object) -> 'User':
        """Make a person who signs in with this address; without a password they cannot, until they set one by mail."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.name = on_one_line(person.name)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> 'User':
        """Make an administrator: a person in the groups Admins and Editors."""
        person = self.create_user(email, password, **fields)
        for name in (ADMINS, EDITORS):
            person.groups.add(Group.objects.get_or_create(name=name)[0])
        return person

    def get_by_natural_key(self, email: str) -> 'User':
        return self.get(email__iexact=email)


def on_one_line(name: str) -> str:
    """A name as it is said: without line breaks, with which it could write lines of its own into mails."""
    return ' '.join(name.split())


def known_time_zone(name: str) -> None:
    """Refuse a time zone this machine does not know."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_('%(name)s is no time zone. Use a name such as Europe/Lisbon.'), params={'name': name})


class HolidayCalendar(models.Model):
    """The public holidays of one country or region."""

    code = models.CharField(_('code'), max_length=16, help_text=_('Country or region, such as PT or US-CA.'))
    name = models.CharField(_('name'), max_length=100)

    class Meta:
        ordering = ['name']
        constraints = [models.UniqueConstraint(fields=['code'], name='accounts_holidaycalendar_code')]

    def __str__(self) -> str:
        return self.name


class Holiday(models.Model):
    """One public holiday. Stored, so that the past does not change with a new release of a library."""

    calendar = models.ForeignKey(HolidayCalendar, models.CASCADE, related_name='holidays')
    on = models.DateField(_('on'))
    name = models.CharField(_('name'), max_length=200)

    class Meta:
        ordering = ['on']
        constraints = [models.UniqueConstraint(fields=['calendar', 'on'], name='accounts_holiday_day')]

    def __str__(self) -> str:
        return f'{self.on} {self.name}'


class ClosingDay(models.Model):
    """A day on which the whole company is closed."""

    on = models.DateField(_('on'))
    name = models.CharField(_('name'), max_length=200)

    class Meta:
        ordering = ['on']
        constraints = [models.UniqueConstraint(fields=['on'], name='accounts_closingday_day')]

    def __str__(self) -> str:
        return f'{self.on} {self.name}'


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The address signs in; a manager is whoever has people reporting to them."""

    class Theme(models.TextChoices):
        AUTO = 'auto', _('Match my device')
        LIGHT = 'light', _('Light')
        DARK = 'dark', _('Dark')

    email = models.EmailField(_('e-mail address'))
    name = models.CharField(_('name'), max_length=150)
    reports_to = models.ForeignKey(
        'self', models.SET_NULL, null=True, blank=True, related_name='reports', verbose_name=_('reports to')
    )
    time_zone = models.CharField(_('time zone'), max_length=64, default='UTC', validators=[known_time_zone])
    locale = models.CharField(_('dates and numbers'), max_length=16, default='en-us', choices=settings.READER_LOCALES)
    holiday_calendar = models.ForeignKey(
        HolidayCalendar, models.SET_NULL, null=True, blank=True, verbose_name=_('public holidays')
    )
    theme = models.CharField(_('theme'), max_length=8, default=Theme.AUTO, choices=Theme.choices)
    shortcuts = models.BooleanField(_('single-key shortcuts'), default=False)
    is_sample = models.BooleanField(_('sample person'), default=False, editable=False)
    is_active = models.BooleanField(_('can sign in'), default=True)
    created_at = models.DateTimeField(_('added'), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = 'email'
    EMAIL_FIELD = 'email'
    REQUIRED_FIELDS = ['name']

    class Meta:
        ordering = ['name', 'pk']
        verbose_name = _('person')
        verbose_name_plural = _('people')
        constraints = [
            models.UniqueConstraint(
                Lower('email'),
                name='accounts_user_email',
                violation_error_message=_('Somebody with this address is already here.'),
            ),
            models.CheckConstraint(condition=~Q(reports_to=models.F('id')), name='accounts_user_not_own_manager'),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email, self.name = self.email.lower(), on_one_line(self.name)
        if self.pk and self.reports_to_id and would_be_circular(self, self.reports_to):
            raise ValidationError({'reports_to': _('%(name)s is below this person.') % {'name': self.reports_to}})

    @property
    def first_name(self) -> str:
        """The name one is called by: the first word of it."""
        return self.name.split()[0] if self.name.split() else self.email

    @property
    def is_editor(self) -> bool:
        """Whether they are in the group Editors (one query, unless `with_abilities` has asked already)."""
        return self._ability('in_editors')

    @property
    def is_admin(self) -> bool:
        """Whether they are in the group Admins (one query, unless `with_abilities` has asked already)."""
        return self._ability('in_admins')

    @property
    def has_reports(self) -> bool:
        """Whether anybody active reports to them, which is what makes a manager."""
        return self._ability('with_reports')

    @property
    def is_staff(self) -> bool:
        """Django's name for who may enter the admin site: our administrators."""
        return self.is_admin

    def _ability(self, name: str) -> bool:
        if name not in self.__dict__:
            found = User.objects.with_abilities().values('in_editors', 'in_admins', 'with_reports').get(pk=self.pk)
            self.__dict__.update(found)
        return self.__dict__[name]


def would_be_circular(person: User, manager: User | None) -> bool:
    """Whether this manager is the person or somebody below them (one query)."""
    return manager is not None and (manager == person or User.objects.below(person).filter(pk=manager.pk).exists())


class Organization(models.Model):
    """The company this site belongs to: one row."""

    name = models.CharField(_('company name'), max_length=120)
    is_sample = models.BooleanField(_('has sample people'), default=False, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name='accounts_organization_only_one')]

    def __str__(self) -> str:
        return self.name


class MailQuerySet(models.QuerySet):
    def waiting(self, now: object) -> 'MailQuerySet':
        """Mails to be sent now: unsent, due, and not being sent by a worker that is still alive."""
        return self.filter(
            Q(leased_until=None) | Q(leased_until__lt=now), sent_at=None, given_up_at=None, send_at__lte=now
        )


class Mail(models.Model):
    """One mail in the outbox, written in the transaction of what it tells of and sent by `manage.py worker`."""

    to = models.EmailField(_('to'))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name='+')
    kind = models.CharField(_('about'), max_length=40)
    subject = models.CharField(_('subject'), max_length=200)
    body = models.TextField(_('text'))
    dedupe_key = models.CharField(max_length=200, null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    send_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    given_up_at = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ['pk']
        indexes = [models.Index(fields=['send_at'], condition=Q(sent_at=None), name='accounts_mail_waiting')]
        constraints = [models.UniqueConstraint(fields=['dedupe_key'], name='accounts_mail_told_once')]

    def __str__(self) -> str:
        return f'{self.kind} to {self.to}'
