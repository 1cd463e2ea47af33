"""What a report by the JSON API is: its form, how it is read, and how an answer says what is wrong with it."""

import json
from typing import Annotated, Any, Literal

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.core.exceptions import ValidationError as Unclean
from django.http import HttpRequest
from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from linli.kernel.fieldwords import sentence
from linli.kernel.text import clean
from linli.matters import actions, placing


class Problem(Exception):
    """An answer as an RFC 9457 problem document: status, stable code, sentence, and further members."""

    def __init__(self, status: int, code: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.more = status, code, detail, more


def _line(text: str) -> str:
    """One line of text as it is kept; ValueError for control characters."""
    try:
        return clean(text, limit=len(text), lines=False)
    except Unclean as bad:
        raise ValueError(bad.messages[0]) from bad


Line = Annotated[str, AfterValidator(_line)]


class PlaceIn(BaseModel):
    """Where: a position (say in which system), or words, or a choice that an earlier answer proposed, or a community's code."""

    model_config = ConfigDict(extra="forbid")
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    crs: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] = "wgs84"
    address: Line = Field("", max_length=placing.TEXT_LIMIT)
    choice: Line = Field("", max_length=40)
    community: Line = Field("", max_length=12)


class ContactIn(BaseModel):
    """Who, if they want to say so; ``hidden``: only whoever handles the matter may look."""

    model_config = ConfigDict(extra="forbid")
    name: Line = Field("", max_length=100)
    phone: Line = Field("", max_length=40)
    hidden: bool = False


class MatterIn(BaseModel):
    """A report."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(max_length=actions.TEXT_LIMIT)
    place: PlaceIn
    category: Line = Field("", max_length=60, description="key of a category, see /matters/categories")
    contact: ContactIn = Field(default_factory=ContactIn.model_construct)
    pin: str = Field("", max_length=4, description="four digits that open the matter on another phone")
    danger: bool | None = Field(
        None, description="somebody is hurt, trapped or in danger now; left out, the words of the text decide"
    )


def read(request: HttpRequest) -> MatterIn:
    """Return the report that was sent; a Problem for every way in which a body can be no report."""
    try:
        if (request.content_type or "") == "multipart/form-data":
            raw: str | bytes = request.POST.get("matter", "")
        else:
            raw = request.body
        data = json.loads(raw)
    except (RequestDataTooBig, TooManyFilesSent) as error:
        raise Problem(413, "too_large", _("内容太大了。")) from error
    except (ValueError, RecursionError) as error:
        raise Problem(400, "bad_json", _("正文不是 JSON，或者层次太深。")) from error
    try:
        return MatterIn.model_validate(data)
    except ValidationError as error:
        wrong = {
            ".".join(map(str, one["loc"])) or "body": sentence(one, str(one["loc"][-1]) if one["loc"] else "body")
            for one in error.errors(include_url=False)[:20]
        }
        raise Problem(422, "bad_answers", _("有几处不对。"), errors=wrong) from error
    except RecursionError as error:
        raise Problem(400, "bad_json", _("正文不是 JSON，或者层次太深。")) from error
