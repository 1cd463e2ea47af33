"""What the pages of a division and of a community have in common."""

from linli.places.forms import URBAN_WORDS, SuccessionForm
from linli.places.models import Division, DivisionSuccession


def kind_words(kind: str) -> str:
    return f"{kind} {URBAN_WORDS[kind]}" if kind in URBAN_WORDS else kind


def successions_of(here: Division) -> dict[str, object]:
    """Return what came before and after a division, and the form for another link."""
    links = DivisionSuccession.objects.select_related("predecessor", "successor").order_by("-since", "id")
    return {
        "before": links.filter(successor=here),
        "after": links.filter(predecessor=here),
        "succession_form": SuccessionForm(),
    }
