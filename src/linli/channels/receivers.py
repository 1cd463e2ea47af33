"""What follows from notices: they wait for everyone who chose to be told outside the platform too."""

from uuid import UUID

from linli.channels import gathering
from linli.kernel.outbox import Delivered, receiver


@receiver("procedures.NoticesWritten")
def let_wait(fact: Delivered) -> None:
    """Let new notices wait for their people's moments."""
    gathering.wait([UUID(one) for one in fact.payload["notices"]], at=fact.at)
