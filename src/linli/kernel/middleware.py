"""Headers that every answer carries, and the mode (resident, elder, desk) in which a page is shown."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; style-src 'self'; "
    "script-src 'self'; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; manifest-src 'self'"
)
Handler = Callable[[HttpRequest], HttpResponse]


def security_headers(get_response: Handler) -> Handler:
    """Add a strict content security policy and its companions to every answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        if settings.SECURE_HSTS_SECONDS:
            headers.setdefault("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=(self)")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("X-Frame-Options", "DENY")
        if not request.path.startswith(settings.STATIC_URL):
            headers.setdefault("Cache-Control", "no-store" if request.user_known else "private, no-cache")  # type: ignore[attr-defined]
        return response

    return middleware


def presentation(get_response: Handler) -> Handler:
    """Read the cookies of presentation: ``mode`` (resident or elder), ``zoom`` (percent), ``theme`` (light or dark)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        desk = request.path.startswith(("/desk/", "/manage/"))
        elder = request.COOKIES.get("mode") == "elder"
        request.mode = "desk" if desk else "elder" if elder else "resident"  # type: ignore[attr-defined]
        zoom = request.COOKIES.get("zoom", "100")
        request.zoom = zoom if zoom in ("100", "110", "120", "136") else "100"  # type: ignore[attr-defined]
        request.theme = "dark" if request.COOKIES.get("theme") == "dark" else "light"  # type: ignore[attr-defined]
        request.user_known = settings.SESSION_COOKIE_NAME in request.COOKIES  # type: ignore[attr-defined]
        return get_response(request)

    return middleware
