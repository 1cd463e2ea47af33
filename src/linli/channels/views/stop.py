"""Stopping one's messages by the link that stands in each of them, without signing in.

GET shows what the link does and changes nothing, for programs follow links of e-mails by themselves; POST does it. A mail program posts
``List-Unsubscribe=One-Click`` by itself (RFC 8058), without cookies: the token is what lets in, and it can do nothing else.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from linli.channels import actions, queries
from linli.channels.enums import Way


@never_cache
@csrf_exempt
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    choice = queries.by_token(token[:100])
    if choice is None:
        raise Http404
    if request.method == "POST":
        actions.stop(choice=choice, at=request.now)
    stopped = request.method == "POST" or choice.way == Way.NONE
    return render(request, "channels/stop.html", {"stopped": stopped, "way": Way(choice.way).label})
