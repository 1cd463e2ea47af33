"""What an action can refuse with, apart from ``kernel.policy.Refused``."""

from typing import Any

from linli.procedures.models import Case


class Changed(Exception):
    """Somebody else acted first (HTTP 409): the case as it is now, and the records added since the version acted on."""

    def __init__(self, case: Case, since: int) -> None:
        super().__init__(f"case {case.code} is at version {case.last_seq}, not {since}")
        self.case = case
        self.since = since


class BadAnswers(Exception):
    """Answers that do not fit the form: field name to sentence (HTTP 422)."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in errors.items()))
        self.errors = errors


class NotNow(Exception):
    """The action does not fit the state of the case (HTTP 409)."""

    def __init__(self, reason: Any) -> None:
        super().__init__(str(reason))
        self.reason = str(reason)
