"""The JSON API: one router per area under /api/v1; everything that goes wrong is a problem document with a stable code."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from linli.kernel.fieldwords import sentence
from linli.kernel.policy import Refused
from linli.matters.api import Problem
from linli.matters.api import router as matters
from linli.places.api import router as places
from linli.places.locating import LocatingError
from linli.shell.errors import not_found, problem

api = NinjaAPI(title="Linli 邻里", version="1", urls_namespace="api", docs_url="/docs", openapi_url="/openapi.json")
api.add_router("/matters", matters)
api.add_router("/places", places)


@api.exception_handler(Problem)
def told(request: HttpRequest, error: Problem) -> HttpResponse:
    """What an area says itself."""
    return problem(request, error.status, error.code, error.detail, **error.more)


@api.exception_handler(ValidationError)
def bad_answers(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Parameters that do not fit, by name."""
    # what a parameter is called stands last; before it, from where it was taken and into what it was gathered
    wrong = {str(one["loc"][-1]): sentence(one, str(one["loc"][-1])) for one in error.errors[:20]}
    return problem(request, 422, "bad_answers", _("有几处不对。"), errors=wrong)


@api.exception_handler(LocatingError)
def unlocatable(request: HttpRequest, error: LocatingError) -> HttpResponse:
    """A position or address that cannot be used."""
    return problem(request, 422, error.code, _(error.template) % error.params)


@api.exception_handler(HttpError)
def refused_by_framework(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(request, error.status_code, "bad_request", str(error))


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return not_found(request)


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return problem(request, 403, "forbidden", str(error))
