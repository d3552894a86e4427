"""Who may come in, and what the signed-in person may do on every page, in one query."""

from allauth.account.auth_backends import AuthenticationBackend

from .models import User, UserQuerySet


class RampbookBackend(AuthenticationBackend):
    """allauth's sign-in; a session's person comes with their abilities, administrators have every Django permission."""

    def people(self) -> UserQuerySet:
        """Everybody, each with what every page asks of them."""
        return User.objects.with_abilities()

    def get_user(self, user_id: int) -> User | None:
        person = self.people().filter(pk=user_id).first()
        return person if person is not None and self.user_can_authenticate(person) else None

    def has_perm(self, user_obj: User, perm: str, obj: object = None) -> bool:
        return user_obj.is_active and user_obj.is_admin

    def has_module_perms(self, user_obj: User, app_label: str) -> bool:
        return user_obj.is_active and user_obj.is_admin
