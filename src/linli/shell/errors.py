"""Errors as pages for people and as RFC 9457 problem documents for programs."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linli.kernel.limits import TooMany
from linli.kernel.policy import Refused
from linli.procedures.errors import BadAnswers, Changed, NotNow


def problem(request: HttpRequest, status: int, code: str, detail: str, **more: object) -> HttpResponse:
    """Return an error as the asker can read it: JSON under /api/, a page elsewhere."""
    if request.path.startswith("/api/"):
        body = {"type": f"/problems/{code}", "title": code, "status": status, "code": code, "detail": detail, **more}
        return JsonResponse(
            body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
        )
    return render(
        request, "shell/error.html", {"status": status, "code": code, "detail": detail, **more}, status=status
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 400, "bad_request", _("这个请求读不懂，请返回重试。"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = str(exception) if isinstance(exception, Refused) and str(exception) else _("这一页不在您的职责范围内。")
    return problem(request, 403, "forbidden", said)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 404, "not_found", _("没有这一页，或者它已经搬走。"))


def server_error(request: HttpRequest) -> HttpResponse:
    return problem(request, 500, "server_error", _("系统出了差错，已经记录。请稍后再试。"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem(request, 403, "csrf", _("页面放得太久，请返回上一页刷新后再提交。您写的内容还在。"))


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Turn what actions refuse with into answers, wherever a view did not do so itself."""

    def handle(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, TooMany):
            response = problem(request, 429, "too_many", _("提交得太频繁，请稍后再试。"))
            response.headers["Retry-After"] = str(exception.retry_after)
            return response
        if isinstance(exception, Changed):
            return problem(
                request,
                409,
                "changed",
                _("别人刚刚办理过这个办件，请看看变化再决定。"),
                version=exception.case.last_seq,
            )
        if isinstance(exception, NotNow):
            return problem(request, 409, "not_now", exception.reason)
        if isinstance(exception, BadAnswers):
            return problem(request, 422, "bad_answers", "；".join(exception.errors.values()), errors=exception.errors)
        return None

    handle.process_exception = process_exception  # type: ignore[attr-defined]
    return handle
