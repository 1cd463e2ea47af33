"""Small pages of the desk: what becomes public, entering a matter, a contact and who looked at it, the catalogue."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from linli.matters import actions
from linli.matters.enums import PublicState
from linli.matters.models import Matter
from linli.matters.similar import similar
from linli.orgs.actors import Actor
from linli.people.models import ContactAccess
from linli.places.queries import Place
from linli.procedures.actions import act
from linli.procedures.models import CaseFile
from linli.testing import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def report(town: Town, now: datetime, **more: object) -> Matter:
    arguments = {
        "text": "3栋电梯䶮停了，找王建国。",
        "place": town.place(),
        "by": Actor(key="me"),
        "at": now,
        "starter_key": "me",
    }
    return actions.report(**(arguments | more))  # type: ignore[arg-type]


def sign_in(town: Town, name: str) -> Client:
    client = Client()
    client.force_login(town.users[name])
    return client


def words(html: str) -> str:
    main = html.split("<main")[1].split(">", 1)[1].split("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main))).strip()


def test_a_text_is_read_corrected_and_shown_and_can_be_taken_back(town: Town, now: datetime) -> None:
    matter = report(town, now)
    photo = CaseFile.objects.create(case=matter.case, seq=1, name="a.jpg", mime="image/jpeg", size=1, sha256="0" * 64)
    client, code = sign_in(town, "clerk"), matter.case.code
    page = client.get("/desk/checking/").content.decode()
    assert f'<form class="l-panel" method="post" id="m-{code}" data-row>' in page and "可以公开" in page
    form = {"code": code, "verdict": "show", "text": "3栋电梯䶮停了。", "file": [str(photo.pk)]}
    answer = client.post("/desk/checking/", form)
    assert answer.headers["Location"] == f"/desk/checking/?done={code}"
    matter.refresh_from_db()
    photo.refresh_from_db()
    assert (matter.public_state, matter.public_text, photo.public) == (PublicState.SHOWN, "3栋电梯䶮停了。", True)
    page = client.get(answer.headers["Location"]).content.decode()
    assert "记下了" in words(page) and "都核对完了" in words(page)
    page = client.get(f"/desk/checking/?code={code}").content.decode()
    assert "已公开" in words(page) and "撤下，不公开" in words(page)
    assert f'name="file" value="{photo.pk}" checked' in page
    client.post("/desk/checking/", {"code": code, "verdict": "hide", "text": "3栋电梯䶮停了。"})
    matter.refresh_from_db()
    photo.refresh_from_db()
    assert (matter.public_state, photo.public) == (PublicState.HIDDEN, False)
    assert "重新核对" in client.get(f"/desk/cases/{code}/").content.decode()


def test_what_was_typed_survives_a_refusal(town: Town, now: datetime) -> None:
    matter = report(town, now)
    form = {"code": matter.case.code, "verdict": "show", "text": "字" * 2001}
    answer = sign_in(town, "clerk").post("/desk/checking/", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"\n{'字' * 2001}</textarea>" in page
    assert f'aria-describedby="e-{matter.case.code}"' in page
    matter.refresh_from_db()
    assert matter.public_state == PublicState.WAITING


def test_what_a_checker_writes_is_masked_too_and_read_once_more(town: Town, now: datetime) -> None:
    matter = report(town, now, name="欧阳修远", phone="13912345678")
    client, code = sign_in(town, "clerk"), matter.case.code
    form = {"code": code, "verdict": "show", "text": "3栋电梯停了，找欧阳修远 13800138000。"}
    answer = client.post("/desk/checking/", form)
    page = answer.content.decode()
    matter.refresh_from_db()
    assert (answer.status_code, matter.public_state) == (422, PublicState.WAITING)
    assert "“修远”“13800138000”像是私人信息" in page
    shown = page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0].strip()
    assert "欧阳修远" not in shown and "13800138000" not in shown
    assert client.post("/desk/checking/", form | {"text": shown}).status_code == 302
    matter.refresh_from_db()
    assert (matter.public_state, matter.public_text) == (PublicState.SHOWN, shown)
    record = matter.case.records.get(action="published")
    assert (record.text, record.user_id, record.public) == (shown, town.users["clerk"].pk, False)
    assert record.data == {"edited": True, "photos": 0}
    client.post("/desk/checking/", {"code": code, "verdict": "hide", "text": "找欧阳修远"})
    matter.refresh_from_db()
    assert "欧阳修远" not in matter.public_text
    assert [row.action for row in matter.case.records.order_by("seq")] == ["start", "published", "unpublished"]
    assert "核对公开文字，公开" in words(client.get(f"/desk/cases/{code}/").content.decode())


def test_nobody_checks_for_another_place(town: Town, now: datetime) -> None:
    code = report(town, now).case.code
    for name in ("west_clerk", "housing", "far_dispatcher"):
        client = sign_in(town, name)
        assert code not in client.get("/desk/checking/").content.decode()
        assert client.get(f"/desk/checking/?code={code}").status_code == 404
        assert client.post("/desk/checking/", {"code": code, "verdict": "show", "text": "x"}).status_code == 403
    assert sign_in(town, "clerk").get("/desk/checking/?code=nonsense").status_code == 404


def test_each_look_at_a_contact_is_written_down_and_listed_for_those_who_may_look(town: Town, now: datetime) -> None:
    matter = report(town, now, name="王建国", phone="13912345678")
    client, code = sign_in(town, "clerk"), matter.case.code
    page = client.get(f"/desk/cases/{code}/").content.decode()
    assert "看全号" in page and "谁看过" not in page and "13912345678" not in page
    shown = client.post(f"/desk/matters/{code}/contact/").content.decode()
    assert "王建国" in shown and "13912345678" in shown and "这次查看已经记下" in shown
    assert ContactAccess.objects.get().user_label == "东门社区居委会 社区专干 何晓兰"
    assert "谁看过 1" in words(client.get(f"/desk/cases/{code}/").content.decode())
    assert f"东门社区居委会 社区专干 何晓兰，办理 {code}" in words(client.get(f"/desk/cases/{code}/").content.decode())
    # an overseer sees that there is a contact and why not more; who looked is not theirs either
    page = sign_in(town, "street_supervisor").get(f"/desk/cases/{code}/").content.decode()
    assert "只有现在的经办人可以看联系方式。" in page
    assert "看全号" not in page and "谁看过" not in page


def test_a_likely_double_is_shown_until_the_matter_is_handed_out(town: Town, now: datetime) -> None:
    first = report(
        town, now - timedelta(hours=2), text="桂花园3栋电梯坏了，老人下不了楼。", category_id=town.categories["lift"].pk
    )
    Matter.objects.filter(pk=first.pk).update(public_state=PublicState.SHOWN)
    second = report(
        town, now - timedelta(hours=1), text="3栋的电梯又坏了，下不了楼。", category_id=town.categories["lift"].pk
    )
    client = sign_in(town, "clerk")
    page = words(client.get(f"/desk/cases/{second.case.code}/").content.decode())
    assert f"像的 {first.case.code}" in page and "同一小区" in page
    form = {"category": town.categories["lift"].pk, "urgency": 2}
    act(case_id=second.pk, action="accept", by=town.actor("clerk", now), at=now, form=form)
    act(case_id=second.pk, action="own", by=town.actor("clerk", now), at=now)
    assert "像的" not in words(client.get(f"/desk/cases/{second.case.code}/").content.decode())


def test_the_catalogue_names_places_and_folds_long_lists(town: Town, now: datetime) -> None:
    from linli.matters.models import CatalogueVersion

    version = CatalogueVersion.objects.get()
    version.rules["lift"]["units"] = [
        {"place": town.divisions[name].code.rstrip("0") or "", "unit": town.units["housing"].pk}
        for name in ("city", "street", "east")
    ]
    version.save()
    assert sign_in(town, "clerk").get("/manage/catalogue/1/").status_code == 403
    page = sign_in(town, "admin").get("/manage/catalogue/1/").content.decode()
    assert "按地方分给 3 处" in page
    assert "东门社区：临江区住建局" in re.sub(r"<[^>]+>", "", page)
    assert "临江区：临江区供水站" in re.sub(r"<[^>]+>", "", page)


def test_fresh_doubles_are_offered_to_merge_into_to_those_who_may_see_them(town: Town, now: datetime) -> None:
    lift = town.categories["lift"].pk
    first = report(town, now - timedelta(minutes=5), text="桂花园3栋电梯坏了，老人下不了楼。", category_id=lift)
    second = report(town, now - timedelta(minutes=2), text="3栋的电梯又坏了，下不了楼。", category_id=lift)
    assert first.public_state == PublicState.WAITING
    page = sign_in(town, "clerk").get(f"/desk/cases/{second.case.code}/?do=merge").content.decode()
    assert f"像的 {first.case.code}" in words(page)
    assert (
        f'<input type="radio" name="a.into" value="{first.case.code}"><span><b>{first.case.code}　{first.case.title}'
        in page
    )
    # none of them is chosen, and another code can be typed
    assert '<input type="radio" name="a.into" value="" checked>' in page
    assert 'id="f-a.into-typed"' in page
    done = sign_in(town, "clerk").post(
        f"/desk/cases/{second.case.code}/do/merge/", {"since": second.case.last_seq, "a.into": [first.case.code, ""]}
    )
    assert done.status_code == 302, words(done.content.decode())
    second.case.refresh_from_db()
    assert (second.case.outcome, second.case.data["merged_into"]) == ("merged", first.case.code)


def test_nobody_is_offered_what_they_may_not_see(town: Town, now: datetime) -> None:
    near = report(town, now - timedelta(minutes=5), text="桂花园3栋电梯坏了，老人下不了楼。")
    where = Place(
        division_id=town.divisions["east"].pk,
        division_code=town.divisions["east"].code,
        compound_id=town.compound.pk,
    )
    text = "3栋的电梯又坏了，下不了楼。"
    seen = {
        who: [one.matter.pk for one in similar(text, where, at=now, by=town.actor(who, now))]
        for who in ("clerk", "street_supervisor", "west_clerk")
    }
    assert seen == {"clerk": [near.pk], "street_supervisor": [near.pk], "west_clerk": []}
    assert similar(text, where, at=now) == []


def test_however_many_are_alike_they_cost_the_same_statements(
    town: Town, now: datetime, django_assert_num_queries: Any
) -> None:
    where = Place(
        division_id=town.divisions["east"].pk,
        division_code=town.divisions["east"].code,
        compound_id=town.compound.pk,
        grid_id=town.grids["east1"].pk,
    )
    text, clerk = "3栋的电梯又坏了，下不了楼。", town.actor("clerk", now)
    said: list[list[str]] = []
    for number in (1, 6):
        for minute in range(number):
            report(town, now - timedelta(minutes=5 + minute), text=f"桂花园3栋电梯坏了{number}{minute}，老人下不了楼。")
        similar(text, where, at=now, by=clerk)  # prepared
        with django_assert_num_queries(3):
            said.append(
                [f"{one.matter.case.code} {one.matter.case.title}" for one in similar(text, where, at=now, by=clerk)]
            )
    assert [len(some) for some in said] == [1, 5]
