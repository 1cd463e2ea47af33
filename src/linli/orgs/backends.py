"""Finding the account of a session: read at every page of somebody who is signed in."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from linli.kernel.prepared import Prepared
from linli.orgs.models import User

_by_id = Prepared(lambda user: User.objects.filter(pk=user))


class Accounts(ModelBackend):
    """Django's accounts; closed ones are nobody's."""

    def get_user(self, user_id: Any) -> User | None:
        found = _by_id(user=int(user_id))
        return found[0] if found and self.user_can_authenticate(found[0]) else None
