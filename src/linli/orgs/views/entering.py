"""What happens between a proven first factor and the first page: the second factor, a fresh session, and on to where one was going."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from linli.orgs import queries
from linli.orgs.browser import own_page
from linli.orgs.models import User
from linli.orgs.sessions import BEGAN, DEVICE, ONE_FACTOR
from linli.orgs.signin import devices

PENDING, RESUME, HOW = "pending", "resume", "how"
# a WeChat account that came back in this browser and is nobody's yet: it waits through the sign-in for a yes
TIE, TIE_SECONDS = "tie", 900
# how long one may take from the first factor to the second
PENDING_SECONDS = 600
DESK = "/desk/"


def first_factor_done(request: HttpRequest, user: User, *, how: str, target: str, resume: str) -> HttpResponse:
    """Let somebody in whose first factor was right, or ask for the second one."""
    demonstration = any(account.username == user.username for account in queries.demo_accounts())
    asked = user.has_second_factor and not demonstration
    missing = not user.has_second_factor and queries.needs_second_factor(
        user, queries.roles_in_force(user, at=request.now)
    )
    if not asked and not missing:
        return enter(request, user, how=how, target=target, resume=resume, second=False)
    tie = request.session.get(TIE)
    request.session.flush()
    if tie:
        request.session[TIE] = tie
    request.session[PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": int(request.now.timestamp()),
        "how": how,
        "target": target,
        "resume": resume,
    }
    request.session.set_expiry(PENDING_SECONDS)
    return redirect("orgs:second_factor" if asked else "orgs:enrol")


def waiting_tie(request: HttpRequest) -> dict | None:
    """Return the WeChat account that came back in this browser and waits for a yes, None after a quarter of an hour."""
    noted = request.session.get(TIE)
    return noted if noted and int(request.now.timestamp()) - noted["at"] <= TIE_SECONDS else None


def pending(request: HttpRequest) -> tuple[User, dict] | None:
    """Return who is in the middle of signing in, and what was noted then; None if nobody is, or it took too long."""
    noted = request.session.get(PENDING)
    if not noted or int(request.now.timestamp()) - noted["at"] > PENDING_SECONDS:
        return None
    user = User.objects.filter(pk=noted["user"], is_active=True).first()
    if user is None or not constant_time_compare(noted["hash"], user.get_session_auth_hash()):
        return None
    return user, noted


def begin_session(request: HttpRequest, user: User, *, how: str, resume: str, second: bool) -> None:
    """Sign somebody in: a new session key, so that nobody who knew the old one comes along. ``second``: both factors were shown."""
    request.session.pop(PENDING, None)
    request.session.set_expiry(None)
    login(request, user)
    request.session[BEGAN] = int(request.now.timestamp())
    request.session[DEVICE] = devices.words(request.headers.get("User-Agent", "")[:500])
    request.session[HOW] = how
    if not second:
        request.session[ONE_FACTOR] = True
    if resume:
        request.session[RESUME] = resume


def onward(request: HttpRequest, user: User, *, target: str, resume: str) -> str:
    """Return where somebody goes after signing in: back to what they wrote, to where they were going, to their desk or home."""
    if resume:
        return "orgs:resume"
    if own := own_page(request, target):
        return own
    return DESK if queries.roles_in_force(user, at=request.now) else "shell:home"


def enter(request: HttpRequest, user: User, *, how: str, target: str, resume: str, second: bool) -> HttpResponse:
    """Sign somebody in and send them on."""
    begin_session(request, user, how=how, resume=resume, second=second)
    return redirect(onward(request, user, target=target, resume=resume))
