"""Errors as pages for people and as RFC 9457 problem documents for programs."""

import logging
import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from linli.kernel.display import local, moment
from linli.kernel.gate import most_bytes
from linli.kernel.limits import TooMany
from linli.kernel.policy import Refused
from linli.kernel.text import unsavable, whole
from linli.procedures import telling
from linli.procedures.definitions import of_case
from linli.procedures.errors import BadAnswers, Changed, NotNow
from linli.procedures.policies import can_see
from linli.shell.naming import city_name

PAGES = (400, 403, 404, 409, 413, 422, 429, 500)
PROGRAMS = ("/api/", "/open311/")
log = logging.getLogger("linli.errors")


def problem(
    request: HttpRequest, status: int, code: str, detail: str, *, shown: dict[str, Any] | None = None, **more: object
) -> HttpResponse:
    """Return an error as the asker can read it: JSON under /api/ (``detail`` and ``more``), a page elsewhere.

    ``shown`` is what the page of the status takes (see kernel/<status>.html); ``page`` in it chooses the page of another status.
    """
    if request.path.startswith(PROGRAMS):
        body = {"type": f"/problems/{code}", "title": code, "status": status, "code": code, "detail": detail, **more}
        return JsonResponse(
            body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
        )
    context = {"detail": detail, "home": "/", **(shown or {})}
    if getattr(request, "mode", "") == "desk":
        if request.actor.staff:  # type: ignore[attr-defined]
            context["home"] = reverse("procedures:inbox")
        else:
            request.mode = "resident"  # type: ignore[attr-defined] # the frame of the desk is for those who work there
    page = context.pop("page", status if status in PAGES else 400)
    return render(request, f"kernel/{page}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that cannot be read; more than may be sent at once is its own kind."""
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        most = _most_sent(request.META.get("CONTENT_TYPE") or "")
        return problem(
            request, 413, "too_large", _("一次最多 %(most)s。") % {"most": most}, shown={"detail": "", "most": most}
        )
    return problem(request, 400, "bad_request", _("这个请求读不懂，请返回重试。"), shown={"detail": ""})


def _most_sent(content_type: str) -> str:
    """What may be sent at once in this form, in words."""
    size = most_bytes(content_type) // 1_000_000
    if size <= 1:
        return _("%(size)d MB") % {"size": size}
    return _("%(files)d 个文件、%(size)d MB") % {"files": settings.DATA_UPLOAD_MAX_NUMBER_FILES, "size": size}


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = str(exception) if isinstance(exception, Refused) else ""
    return problem(request, 403, "forbidden", said or _("这一页不在您的职责范围内。"), shown={"detail": said})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 404, "not_found", _("没有这一页，或者它已经搬走。"), shown={"detail": ""})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    said = _("页面放得太久，为安全没有收下。请返回上一页，刷新后再提交；您写的内容还在。")
    return problem(request, 403, "csrf", said, shown={"page": 422})


def server_error(request: HttpRequest) -> HttpResponse:
    """A page that needs neither the database nor the session, with a number by which the log can be searched."""
    at = getattr(request, "now", None)
    reference = f"E-{local(at):%m%d-%H%M}-" if at else "E-"
    reference += secrets.token_hex(2).upper()
    log.error("reference %s: %s %s", reference, request.method, request.path)
    if request.path.startswith(PROGRAMS):
        said = _("系统出了差错，已经记录。请稍后再试。")
        return problem(request, 500, "server_error", said, reference=reference)
    context = {
        "mode": getattr(request, "mode", "resident"),
        "theme": getattr(request, "theme", "light"),
        "lang": get_language() or "zh-hans",
        "city_name": city_name(),
        "reference": reference,
    }
    return HttpResponse(render_to_string("kernel/500.html", context), status=500)


def _changed(request: HttpRequest, error: Changed) -> HttpResponse:
    """Somebody acted first, on a page that does not show the case itself: say who and what to those who may see it."""
    case = error.case
    shown: dict[str, Any] = {"detail": ""}
    by = request.actor  # type: ignore[attr-defined]
    if by.staff and can_see(by, case) and not request.path.startswith(PROGRAMS):
        records = list(case.records.filter(seq__gt=error.since).order_by("-seq")[:5])
        definition = of_case(case)
        shown |= {
            "who": telling.who(records[0]) if records else "",
            "changes": [(moment(one.at), f"{telling.who(one)} {telling.what(one, definition)}") for one in records],
            "back_to": reverse("procedures:case", args=[case.code]),
        }
    said = _("别人刚刚办理过这个办件，请看看变化再决定。")
    return problem(request, 409, "changed", said, shown=shown, version=case.last_seq)


def _too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    minutes = max(1, -(-error.retry_after // 60))
    wait = ngettext("%(count)d 分钟", "%(count)d 分钟", minutes) % {"count": minutes}
    response = problem(request, 429, "too_many", _("提交得太频繁，请稍后再试。"), shown={"detail": "", "wait": wait})
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _not_allowed(request: HttpRequest, refused: HttpResponse) -> HttpResponse:
    """The address of a form opened as a page, or the other way round."""
    said = _("这个地址是用来提交的，不能直接打开。请回到原来的页面再试。")
    response = problem(request, 405, "method_not_allowed", said, shown={"page": 422})
    response.headers["Allow"] = refused.headers.get("Allow", "")
    return response


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Turn what actions refuse with into answers, wherever a view did not do so itself.

    What is larger than may be sent is refused here by what it says of itself, before any of it is read: nothing above this reads a
    body (the check against forgery does so just before the view), and the gate brings none that is. What no database stores is refused
    here as well, in addresses, queries and forms.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or ""
        size = whole(length, digits=15) if length else 0
        if size is None or size > most_bytes(request.META.get("CONTENT_TYPE") or ""):
            return bad_request(request, RequestDataTooBig())
        response = get_response(request)
        return _not_allowed(request, response) if response.status_code == 405 else response

    def process_view(request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        # what is exempt from the check against forgery reads its body itself, after it counted who sends it
        sent = [request.GET] if getattr(view, "csrf_exempt", False) else [request.GET, request.POST]
        texts = [text for form in sent for name, values in form.lists() for text in (name, *values)]
        return bad_request(request) if unsavable(request.path, *texts) else None

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, TooMany):
            return _too_many(request, exception)
        if isinstance(exception, Changed):
            return _changed(request, exception)
        if isinstance(exception, NotNow):
            return problem(request, 409, "not_now", exception.reason, shown={"page": 422})
        if isinstance(exception, BadAnswers):
            return problem(
                request, 422, "bad_answers", _("；").join(exception.errors.values()), errors=exception.errors
            )
        return None

    handle.process_view = process_view  # type: ignore[attr-defined]
    handle.process_exception = process_exception  # type: ignore[attr-defined]
    return handle
