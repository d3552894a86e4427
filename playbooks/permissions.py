"""Who may do what. Pure questions about people, documents and runs; visibility is in the query sets.

Source of every rule: DESIGN.md, Who may do what.
"""

from accounts.models import User

from .models import Kind, Playbook


def owns(user: User, playbook: Playbook) -> bool:
    """Whether they are the playbook's owner or co-owner."""
    return user.pk in (playbook.owner_id, playbook.co_owner_id)


def can_edit(user: User, playbook: Playbook) -> bool:
    """Whether they may publish changes of their own: owner, co-owner, editors, administrators."""
    return owns(user, playbook) or user.is_editor or user.is_admin


def can_publish(user: User, playbook: Playbook) -> bool:
    """Whether their draft may become a version: whoever may edit, and of some kinds the first one by its writer."""
    if can_edit(user, playbook):
        return True
    first_by_writer = playbook.current_version_id is None and playbook.created_by_id == user.pk
    return playbook.kind.members_may_publish_first and first_by_writer


def can_verify(user: User, playbook: Playbook) -> bool:
    """Whether they may say that a playbook is still true."""
    return can_edit(user, playbook)


def can_approve(user: User, playbook: Playbook, author: User) -> bool:
    """Whether they may approve this author's text: editors and administrators, never their own text."""
    return user != author and (user.is_editor or user.is_admin)


def can_archive(user: User) -> bool:
    """Whether they may archive playbooks and change tags, kinds and areas."""
    return user.is_editor or user.is_admin


def can_create(user: User, kind: Kind) -> bool:
    """Whether they may start a playbook of this kind; what others write waits as a suggestion."""
    return user.is_editor or user.is_admin or kind.members_may_publish_first
