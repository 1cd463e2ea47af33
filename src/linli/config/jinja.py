"""The environment of all page templates."""

from functools import lru_cache
from typing import Any

from django.templatetags import static as static_tag
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from linli.kernel import display
from linli.kernel.addresses import address
from linli.kernel.once import Once

# Texts of templates by language, translated once: there are a few thousand, and a page asks for hundreds.
_texts: dict[tuple[str | None, str], Markup] = {}
_whole: dict[tuple[str | None, str], Markup] = {}
MOST_TEXTS = 50_000


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """Return the address of a named page."""
    return reverse(name, kwargs=kwargs) if kwargs else address(name, *args)


@lru_cache(maxsize=1000)
def static(path: str) -> str:
    """Return the address of a static file; it holds the file's checksum and stays the same as long as the process lives."""
    return static_tag.static(path)


def gettext(message: str, /, **variables: Any) -> Markup:
    """Return a text in the reader's language, with its variables escaped and put in (what Jinja calls 'newstyle')."""
    key = (translation.get_language(), message)
    if variables:
        text = _texts.get(key)
        if text is None:
            text = _kept(_texts, key, Markup(translation.gettext(message)))
        return text % variables
    whole = _whole.get(key)
    if whole is None:
        whole = _kept(_whole, key, Markup(translation.gettext(message)) % {})
    return whole


def _kept(table: dict[tuple[str | None, str], Markup], key: tuple[str | None, str], text: Markup) -> Markup:
    if len(table) < MOST_TEXTS:
        table[key] = text
    return text


def environment(**options: Any) -> Environment:
    """Return a Jinja2 environment: escaping on, unknown names an error, Chinese strings translated by Django."""
    options["undefined"] = StrictUndefined
    options["extensions"] = [*options.get("extensions", ()), Once]
    options["trim_blocks"] = options["lstrip_blocks"] = True
    env = Environment(**options)
    env.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    # _ and gettext once more, without Jinja's detour through the context
    env.globals.update(static=static, url=url, gettext=gettext, _=gettext)
    env.filters.update(
        day=display.day,
        moment=display.moment,
        clock_time=display.clock_time,
        ago=display.ago,
        iso=display.iso,
        paragraphs=display.paragraphs,
        duration=display.duration,
    )
    return env
