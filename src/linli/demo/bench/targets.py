"""What is asked for: reports of new matters, the inbox of busy desks, pages of their cases."""

import json
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management.base import CommandError
from django.db.models import Count, Q

from linli.kernel.display import local
from linli.matters.models import Category, Matter
from linli.orgs.models import Post
from linli.orgs.sessions import BEGAN, SessionStore
from linli.places.models import Building
from linli.procedures.enums import PERSON_ROLES, State
from linli.procedures.models import Case

CASES_EACH = 300
REPORTS_EACH = 200
TEXTS = (
    "{place}楼道里的灯坏了好几天了，晚上回家看不见台阶，老人差点摔倒，请派人来修一下。",
    "{place}门口的下水道堵了，污水漫到路上，味道很大，已经三天没人管。",
    "{place}旁边的工地半夜还在施工，孩子没法睡觉，打过电话也没有停。",
    "{place}的电梯昨天又停在半层，里面困了两个人，希望彻底检修。",
    "{place}绿化带里堆了很多装修垃圾，下雨天流得到处都是，请尽快清走。",
)


class Ask(NamedTuple):
    """One request: method, path, headers, body."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""

    def text(self) -> str:
        """Return it as it is sent, without the length of the body."""
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1", "Connection: keep-alive"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(lines) + "\r\n\r\n" + self.body


def intake(connections: int) -> list[list[Ask]]:
    """Reports from all over the city, by position, with a category and a phone, each with an Idempotency-Key of its own."""
    rng = Random(1)
    buildings = list(
        Building.objects.filter(lon__isnull=False, active=True)
        .order_by("id")
        .values_list("lon", "lat", "name", "compound__name")[:20_000]
    )
    categories = list(Category.objects.filter(parent__isnull=False, active=True).values_list("key", flat=True))
    if not buildings or not categories:
        raise CommandError("there is no city in this database")
    found = []
    for _connection in range(connections):
        asks = []
        for _report in range(REPORTS_EACH):
            lon, lat, name, compound = rng.choice(buildings)
            body = {
                "text": rng.choice(TEXTS).format(place=f"{compound or ''}{name}") + "（@N@）",
                "place": {"lon": lon, "lat": lat, "address": f"{compound or ''}{name}"},
                "category": rng.choice(categories),
                "contact": {"name": "测量者", "phone": f"199{rng.randrange(10**8):08d}"},
            }
            headers = {"Content-Type": "application/json", "Accept": "application/json", "Idempotency-Key": "bench-@N@"}
            asks.append(Ask("POST", "/api/v1/matters", headers, json.dumps(body, ensure_ascii=False)))
        found.append(asks)
    return found


def inbox(connections: int) -> list[list[Ask]]:
    """The first page of the inbox at the busiest desks, each in a session of its own."""
    return [[Ask("GET", "/desk/", _signed_in(post))] for post in _desks(connections)]


def detail(connections: int) -> list[list[Ask]]:
    """Pages of matters of those desks' places, running ones and ended ones."""
    rng = Random(1)
    found = []
    for post in _desks(connections, procedure="matter"):
        rows = Case.objects.filter(procedure="matter")
        held = rows.filter(holder_unit_id=post.organisation_id, state=State.OPEN)
        ended = rows.filter(holder_unit_id=post.organisation_id, state=State.ENDED)
        codes = [
            *held.order_by("-id").values_list("code", flat=True)[: CASES_EACH // 2],
            *ended.order_by("-id").values_list("code", flat=True)[: CASES_EACH // 2],
        ]
        rng.shuffle(codes)
        headers = _signed_in(post)
        found.append([Ask("GET", f"/desk/cases/{code}/", headers) for code in codes])
    return found


def _desks(wanted: int, **which: str) -> list[Post]:
    """Somebody at each of the desks at which most waits to be done (of some cases): their lists are as full as lists get."""
    today = local(datetime.now(UTC)).date()
    fullest = (
        Case.objects.filter(state=State.OPEN, suspended=False, pending__isnull=True, holder_user__isnull=True, **which)
        .exclude(holder_role__in=PERSON_ROLES)
        .values("holder_unit_id", "holder_role")
        .annotate(n=Count("id"))
        .order_by("-n", "holder_unit_id", "holder_role")
    )
    found: list[Post] = []
    for row in fullest[: 4 * wanted]:
        holding = Q(since__lte=today, until__isnull=True, grid__isnull=True, user__is_active=True)
        post = (
            Post.objects.filter(holding, organisation_id=row["holder_unit_id"], role=row["holder_role"])
            .select_related("user")
            .order_by("id")
            .first()
        )
        found += [post] if post is not None else []
        if len(found) == wanted:
            return found
    if not found:
        raise CommandError("nobody has anything to do in this database")
    return [found[number % len(found)] for number in range(wanted)]


def _signed_in(post: Post) -> dict[str, str]:
    """The headers of a browser in which somebody is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(post.user_id)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = post.user.get_session_auth_hash()
    session[BEGAN] = int(datetime.now(UTC).timestamp())
    session.create()
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; language=zh-hans"
    return {"Cookie": cookie, "Accept": "text/html"}


def matters() -> int:
    """How many matters there are."""
    return Matter.objects.count()


BENCHES = {"intake": intake, "inbox": inbox, "detail": detail}
