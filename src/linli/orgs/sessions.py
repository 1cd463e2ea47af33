"""Sessions in the database that know whose they are, so that a person can see and end them."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from linli.kernel.prepared import Prepared
from linli.orgs.models import Session

_alive = Prepared(lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now))
# what signing in writes into a session: seconds since 1970, and the browser in words
BEGAN, DEVICE = "began", "device"
# and that no second factor was shown in it: posts that need one give nothing there
ONE_FACTOR = "one_factor"


class SessionStore(DatabaseStore):
    """Django's database sessions on our table, with the user's id in a column."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        """Every page begins with this read."""
        found = _alive(key=self.session_key, now=datetime.now(UTC)) if self.session_key else []
        if not found:
            self._session_key = None
        return found[0] if found else None

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = super().create_model_instance(data)
        assert isinstance(made, Session)
        user_id = data.get("_auth_user_id")
        made.user_id = int(user_id) if user_id else None
        made.device = str(data.get(DEVICE, ""))[:200]
        made.created_at = datetime.fromtimestamp(data[BEGAN], UTC) if BEGAN in data else None
        return made
