"""Facts of the area that others act on."""

from linli.kernel.outbox import event


@event
class CalendarChanged:
    """Working days or office hours changed: clocks whose counting touches ``first`` … ``last`` have to be dated again.

    ``unit``: the organisation whose own calendar it is, None for the calendar of all. ``last`` None: from ``first`` on, for good.
    Days are ISO dates. ``why``: 'days', 'year' (its notice is complete, or no longer) or 'hours'.
    """

    unit: int | None
    first: str
    last: str | None
    why: str


@event
class PostEnded:
    """Somebody leaves a post (``on``: the first day without it): what they hold by name has to find another holder."""

    post: int
    user: int
    unit: int
    role: str
    on: str


@event
class OrganisationChanged:
    """An organisation was made, changed, closed or opened again."""

    unit: int
    what: str
