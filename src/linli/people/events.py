"""Facts of the area that others act on."""

from linli.kernel.outbox import event


@event
class ContactErased:
    """A person had their name and phone erased: what others keep about the contact has to lose them too."""

    contact: str
