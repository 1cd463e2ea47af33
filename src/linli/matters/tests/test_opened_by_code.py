"""What a code and four digits give, which neighbours may know: reading and answering, no more; and how often one may guess."""

import json
from typing import Any

import pytest
from django.test import Client

from linli.kernel.crypto import blind, seal, unseal
from linli.kernel.models import IntakeWindow
from linli.matters import access, contacts
from linli.matters import actions as matters
from linli.matters.models import Matter
from linli.orgs.actors import Actor
from linli.orgs.models import User
from linli.procedures.actions import act, reopen, why_not_reopen
from linli.procedures.definitions import of_case
from linli.procedures.errors import NotNow
from linli.procedures.models import Case, CaseRecord
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
PHONE, NAME, TEXT = "13912340001", "周小某", "楼道灯不亮，晚上看不见。"


@pytest.fixture
def matter(town: Town) -> Matter:
    return matters.report(
        text=TEXT, place=town.place(), by=Actor(key="me"), at=NOW, starter_key="me", name=NAME, phone=PHONE
    )


def opened(matter: Matter, **more: Any) -> Client:
    client = Client(**more)
    assert client.post("/track/", {"code": matter.case.code, "digits": PHONE[-4:]}).status_code == 302
    return client


def resident(phone: str, *, proved: bool = True) -> User:
    return User.objects.create_user(
        f"p-{phone}", phone_sealed=seal(phone), phone_blind=blind(phone, purpose="phone"), phone_proved=proved
    )


def test_it_lets_one_read_and_answer_and_nothing_else(town: Town, matter: Matter) -> None:
    client, code = opened(matter), matter.case.code
    page = client.get(f"/m/{code}/").content.decode()
    assert TEXT in page and "139****0001" in page
    assert PHONE not in page and NAME not in page and "凭短码和四位数字打开的" in page
    for address in ("record/", "history.pdf", "archive.zip"):
        for start in (f"/m/{code}/", f"/cases/{code}/"):
            assert client.get(start + address).status_code == 404
    contact = {"name": "假", "phone": "13900000002", "hidden": "1"}
    assert client.post(f"/m/{code}/contact/", contact).status_code == 422
    assert client.post(f"/m/{code}/contact/", {"go": "erase"}).status_code == 422
    assert client.post(f"/m/{code}/withdraw/", {"reason": "不要了"}).status_code == 409
    after = Matter.objects.select_related("contact", "case").get(pk=matter.pk)
    assert after.contact is not None and unseal(after.contact.phone_sealed) == PHONE
    assert (after.pin_hash, after.case.state, after.case.last_seq) == (matter.pin_hash, "open", matter.case.last_seq)
    # what it does give
    assert client.post(f"/m/{code}/say/", {"text": "还是不亮。"}).status_code == 302
    clerk = town.actor("clerk")
    act(case_id=matter.pk, action="ask", by=clerk, at=NOW, form={"question": "几单元？"})
    assert client.post(f"/m/{code}/supply/", {"supplement": "2单元"}).status_code == 302
    assert Case.objects.get(pk=matter.pk).step == "accept"


def test_an_ended_matter_is_not_opened_again_by_it(town: Town, matter: Matter) -> None:
    Case.objects.filter(pk=matter.pk).update(state="ended", step="closed", outcome="settled", ended_at=NOW)
    case = Case.objects.get(pk=matter.pk)
    by_code = Actor(cases=frozenset({str(case.pk)}))
    assert why_not_reopen(Actor(key="me"), case, of_case(case), at=NOW) == ""
    assert why_not_reopen(by_code, case, of_case(case), at=NOW) == "只有反映人或督办人员可以重新打开。"
    with pytest.raises(NotNow):
        reopen(case_id=case.pk, by=by_code, at=NOW, reason="又坏了")


def test_whoever_shows_that_the_number_is_theirs_has_it_back(town: Town, matter: Matter) -> None:
    code = matter.case.code
    for user, theirs in (
        (resident("13900009999"), False),
        (resident("13912340001", proved=False), False),
    ):
        client = Client()
        client.force_login(user)
        assert client.post("/track/", {"code": code, "digits": ""}).status_code == 422
        assert bool(client.get("/mine/").content.decode().count(code)) is theirs
    User.objects.filter(username=f"p-{PHONE}").update(phone_proved=True)
    # having read it by code first, the page offers it
    client = opened(matter)
    client.force_login(User.objects.get(username=f"p-{PHONE}"))
    assert "是我的手机号，归到我的账号" in client.get(f"/m/{code}/").content.decode()
    assert client.post("/track/", {"code": code}).headers["Location"] == f"/m/{code}/"
    assert json.loads(client.get(f"/m/{code}/record/").content)["contact"]["phone"] == PHONE
    assert code in client.get("/mine/").content.decode()
    assert client.post(f"/m/{code}/withdraw/", {"reason": "好了"}).status_code == 302
    assert Case.objects.get(pk=matter.pk).state == "ended"


def test_nobody_takes_a_matter_out_of_another_account(town: Town) -> None:
    sender = resident("13900001111")
    matter = matters.report(text=TEXT, place=town.place(), by=Actor(user_id=sender.pk), at=NOW, phone=PHONE)
    client = Client()
    client.force_login(resident(PHONE))
    assert client.post("/track/", {"code": matter.case.code}).status_code == 422
    assert Case.objects.get(pk=matter.pk).starter_user_id == sender.pk


def tries(matter: Matter, count: int, *, network: str) -> list[int]:
    """So many wrong tries, each from another sender."""
    return [
        Client(REMOTE_ADDR=f"10.{network}.{n // 200}.{n % 200}")
        .post("/track/", {"code": matter.case.code, "digits": "9999"})
        .status_code
        for n in range(count)
    ]


def test_tries_of_others_do_not_lock_the_reporter_out_of_their_browser(town: Town) -> None:
    me = Client(REMOTE_ADDR="10.9.9.9")
    division = town.divisions["east"].pk
    draft = me.post("/report/", {"go": ""}).headers["Location"].split("/")[2]
    me.post(f"/report/{draft}/place/", {"place": "list", "community": f"d{division}", "shown": "1"})
    me.post(f"/report/{draft}/say/", {"text": TEXT, "seen": "x"})
    me.post(f"/report/{draft}/check/", {"contact": "phone", "phone": PHONE})
    matter = Matter.objects.select_related("case").get()
    most = access.BY_CODE.allowed
    assert tries(matter, most + 1, network="1") == [422] * most + [429]
    right = {"code": matter.case.code, "digits": PHONE[-4:]}
    refused = Client(REMOTE_ADDR="10.8.8.8").post("/track/", right)
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0
    # the reporter's own browser, and their phone, open it all the same; other matters are not touched
    assert me.post("/track/", right).status_code == 302
    elsewhere = Client(REMOTE_ADDR="10.8.8.8")
    elsewhere.force_login(resident(PHONE))
    assert elsewhere.post("/track/", right).status_code == 302


def test_right_tries_are_not_counted_and_all_wrong_ones_together_are(town: Town, matter: Matter) -> None:
    client = Client(REMOTE_ADDR="10.7.7.7")
    for _n in range(access.BY_SENDER.allowed + 3):
        assert client.post("/track/", {"code": matter.case.code, "digits": PHONE[-4:]}).status_code == 302
    assert set(IntakeWindow.objects.values_list("count", flat=True)) == {0}
    wrong = client.post("/track/", {"code": matter.case.code, "digits": "9999"})
    assert (wrong.status_code, list(IntakeWindow.objects.values_list("count", flat=True))) == (422, [1, 1, 1])
    IntakeWindow.objects.filter(count=1).update(count=access.IN_ALL.allowed)
    other = matters.report(text=TEXT, place=town.place(), by=Actor(key="x"), at=NOW, starter_key="x", phone=PHONE)
    assert tries(other, 1, network="2") == [429]


def test_what_was_opened_closes_after_a_day(town: Town, matter: Matter) -> None:
    assert opened(matter).cookies["linli_opened"]["max-age"] == 24 * 3600


def test_that_a_contact_was_changed_or_erased_is_in_the_history_and_nothing_of_it(town: Town, matter: Matter) -> None:
    me = Actor(key="me")
    contacts.change(matter=matter, name="新名字", phone="13900000002", hidden=True, by=me, at=NOW)
    contacts.erase(matter=Matter.objects.select_related("case", "contact").get(pk=matter.pk), by=me, at=NOW)
    records = list(CaseRecord.objects.filter(case_id=matter.pk).order_by("seq"))[-2:]
    assert [(row.action, row.actor, row.text, row.data, row.public) for row in records] == [
        ("contact_changed", {"role": "reporter"}, "", {}, False),
        ("contact_erased", {"role": "reporter"}, "", {}, False),
    ]
