"""Who is signed in, with what the bar above every page says of them, in the query that every page makes anyway."""

from accounts.backends import RampbookBackend
from accounts.models import UserQuerySet
from playbooks.notices import unseen_count


class SignedInBackend(RampbookBackend):
    """People come with the number of notices they have not seen: `unseen_notices`, None for none."""

    def people(self) -> UserQuerySet:
        return super().people().annotate(unseen_notices=unseen_count())
