"""Writes of the area: reporting a matter, merging and splitting, following, checking what becomes public."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.kernel import crypto
from linli.kernel.ids import uuid7_at
from linli.kernel.prepared import Prepared
from linli.kernel.text import clean
from linli.matters.catalogue import Rule, in_force
from linli.matters.enums import Channel
from linli.matters.events import MatterReported
from linli.matters.masking import mask
from linli.matters.models import Matter
from linli.matters.titles import public_title
from linli.orgs.actors import Actor
from linli.people.models import Contact
from linli.places.queries import Place
from linli.procedures.enums import Urgency
from linli.procedures.errors import BadAnswers
from linli.procedures.models import Case, CaseFile
from linli.procedures.reads import DATABASE, Reads
from linli.procedures.starting import begin
from linli.procedures.work import Work

TEXT_LIMIT = 2000


def report(
    *,
    text: str,
    place: Place,
    by: Actor,
    at: datetime,
    category_id: int | None = None,
    channel: str = Channel.WEB,
    name: str = "",
    phone: str = "",
    pin: str = "",
    hidden: bool = False,
    files: Sequence[CaseFile] = (),
    starter_key: str = "",
    idempotency_key: str | None = None,
    sender: str = "",
    danger: bool = False,
) -> Matter:
    """Take a matter in: the case, its first record, clocks, holder, the matter, the contact and the events, in one transaction.

    ``name`` and ``phone`` may be empty (anonymous to all); ``hidden``: only the handler may look at them. ``pin``: four digits for those
    who leave no phone; left empty, the matter is given some. ``idempotency_key``: sent again, it gives the matter of the first time; keys
    of one ``sender`` (the reporter, unless it is said) have nothing to do with those of another. Raises BadAnswers naming the field.
    """
    text = _checked("text", text, limit=TEXT_LIMIT)
    if len(text) < 4:
        raise BadAnswers({"text": _("请至少写一句话，说说是什么事。")})
    rule = in_force().get(category_id) if category_id is not None else None
    if category_id is not None and rule is None:
        raise BadAnswers({"category": _("没有这个类别。")})
    name = _checked("name", name, limit=100)
    phone = _phone(phone)
    if pin and not (len(pin) == 4 and pin.isascii() and pin.isdigit()):
        raise BadAnswers({"pin": _("请填四位数字。")})
    if idempotency_key is not None:
        idempotency_key = crypto.blind(
            f"{sender or starter_key or by.user_id}:{idempotency_key}", purpose="idempotency"
        )
        found = _known(idempotency_key)
        if found is not None:
            return found
    urgency = Urgency.DANGER if danger else rule.urgency if rule else Urgency.ORDINARY
    arguments: dict[str, Any] = {
        "text": text,
        "place": place,
        "by": by,
        "at": at,
        "rule": rule,
        "urgency": urgency,
        "channel": channel,
        "name": name,
        "phone": phone,
        "pin": pin,
        "hidden": hidden,
        "files": list(files),
        "starter_key": starter_key,
        "idempotency_key": idempotency_key,
    }
    try:
        return _write(**arguments)
    except IntegrityError:
        # the same key at the same moment, or (once in tens of millions) a code drawn twice
        if idempotency_key is not None:
            found = _known(idempotency_key)
            if found is not None:
                return found
        return _write(**arguments)


def _known(idempotency_key: str) -> Matter | None:
    """The matter that a key has made; asked of every new report, and nearly always there is none."""
    found = _by_key(key=idempotency_key)
    return Matter.objects.select_related("case").get(pk=found[0]) if found else None


_by_key = Prepared(lambda key: Case.objects.filter(idempotency_key=key).values_list("pk", flat=True))


@transaction.atomic
def _write(**arguments: Any) -> Matter:
    drawn = draw_up(**arguments)
    if drawn.contact is not None:
        drawn.contact.save(force_insert=True)
    drawn.work.flush()
    drawn.matter.save(force_insert=True)
    return drawn.matter


class Drawn(NamedTuple):
    """A matter with its case at the first step and its contact, none of them written yet."""

    work: Work
    matter: Matter
    contact: Contact | None


def draw_up(
    *,
    text: str,
    place: Place,
    by: Actor,
    at: datetime,
    rule: Rule | None,
    urgency: int,
    channel: str,
    name: str = "",
    phone: str = "",
    pin: str = "",
    hidden: bool = False,
    files: list[CaseFile],
    starter_key: str = "",
    idempotency_key: str | None = None,
    reads: Reads = DATABASE,
) -> Drawn:
    """Return everything that taking a matter in writes, from answers that are already checked."""
    case_id = uuid7_at(at)
    for file in files:
        file.case_id, file.seq = case_id, 1
    # the rules in force today are this matter's until it ends
    data: dict[str, Any] = {"urgency": int(urgency), "division": place.division_code, "catalogue": in_force().number}
    if rule is not None:
        data["category"] = rule.category_id
    work = begin(
        procedure="matter",
        by=by,
        at=at,
        title=title_of(text, known_names=[name] if name else []),
        division_id=place.division_id,
        division_code=place.division_code,
        grid_id=place.grid_id,
        compound_id=place.compound_id,
        urgency=urgency,
        kind_label=rule.name if rule else "",
        data=data,
        starter_key=starter_key,
        idempotency_key=idempotency_key,
        case_id=case_id,
        files=files,
        on_behalf=bool(by.posts),
        reads=reads,
    )
    contact = None
    if name or phone:
        contact = Contact(
            name_sealed=crypto.seal(name),
            phone_sealed=crypto.seal(phone),
            phone_blind=crypto.blind(phone, purpose="phone") if phone else "",
            hidden=hidden,
            created_at=at,
        )
    work.publish(
        MatterReported(matter=case_id, division=place.division_code, category=rule.category_id if rule else None)
    )
    matter = Matter(
        case=work.case,
        text=text,
        public_text=mask(text, known_names=[name] if name else []).text,
        category_id=rule.category_id if rule else None,
        channel=channel,
        address=place.text[:200],
        building_id=place.building_id,
        lon=place.lon,
        lat=place.lat,
        contact=contact,
        anonymous=contact is None,
        pin_hash=pin_hash(case_id.hex, pin or phone[-4:] or given_digits(case_id.hex)),
        created_at=at,
    )
    return Drawn(work, matter, contact)


def title_of(text: str, *, known_names: Sequence[str] = ()) -> str:
    """Return the title of a text in the words of the reporter, with private details and these names masked."""
    return public_title(mask(text, known_names=known_names).text)


def pin_hash(salt: str, pin: str) -> str:
    """Return a keyed hash of the four digits that, with the code, open a matter on another phone."""
    return _keyed(f"pin\n{salt}\n{pin}").hex()


def given_digits(salt: str) -> str:
    """Return the four digits of a matter whose reporter left no phone and chose none.

    Worked out of its id by the key, so that its reporter can be shown them again and they are written down nowhere.
    """
    drawn = int.from_bytes(_keyed(f"digits\n{salt}")[:8])
    return f"{drawn % 10_000:04d}"


def _keyed(text: str) -> bytes:
    return hmac.new(settings.LINLI_BLIND_INDEX_KEY.encode(), text.encode(), hashlib.sha256).digest()


def _checked(field: str, text: str, *, limit: int) -> str:
    try:
        return clean(text, limit=limit)
    except ValidationError as error:
        raise BadAnswers({field: str(error.messages[0])}) from error


def _phone(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return crypto.normal_phone(text)
    except ValueError as error:
        raise BadAnswers({"phone": _("电话号码不对，请检查。")}) from error
