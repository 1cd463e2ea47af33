"""The environment of all page templates."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined

from linli.kernel import display


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """Return the address of a named page."""
    return reverse(name, args=args or None, kwargs=kwargs or None)


def environment(**options: Any) -> Environment:
    """Return a Jinja2 environment: escaping on, unknown names an error, Chinese strings translated by Django."""
    options["undefined"] = StrictUndefined
    options["trim_blocks"] = options["lstrip_blocks"] = True
    env = Environment(**options)
    env.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    env.globals.update(static=static, url=url)
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
