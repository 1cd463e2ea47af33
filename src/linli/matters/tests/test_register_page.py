"""Entering a matter at the desk: the address is located, words are looked at, a double click is one matter."""

import re
from typing import Any

import pytest
from django.test import Client

from linli.matters.models import Matter
from linli.matters.tests.resident import photo
from linli.matters.tests.test_desk_pages import report, sign_in
from linli.matters.views import register
from linli.places.models import Building
from linli.procedures.models import Case, CaseFile
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
PATH = "/desk/register/"


def given(town: Town, page: str, **more: str) -> dict[str, str]:
    """The form as its page sends it, filled in."""
    kept = {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("key", "seen")}
    form = {"text": "三栋门口路灯坏了好几天", "community": str(town.divisions["east"].pk), "channel": "hotline"}
    return form | {"category": str(town.categories["lamp"].pk)} | kept | more


def sent(client: Client, form: dict[str, str]) -> Matter:
    answer = client.post(PATH, form)
    assert answer.status_code == 302, re.sub(r"<[^>]+>", " ", answer.content.decode())
    return Matter.objects.select_related("case").order_by("-pk")[0]


@pytest.fixture
def clerk(town: Town) -> Client:
    return sign_in(town, "clerk")


def test_an_address_beyond_doubt_gives_grid_compound_building_and_position(town: Town, clerk: Client) -> None:
    matter = sent(clerk, given(town, clerk.get(PATH).content.decode(), address="桂花园3栋"))
    case = matter.case
    assert (case.grid_id, case.compound_id) == (town.grids["east1"].pk, town.compound.pk)
    assert (matter.building_id, matter.lon, matter.lat) == (town.building.pk, 105.005, 30.005)
    assert (matter.address, matter.channel, case.starter_user_id) == ("桂花园3栋", "hotline", None)


def test_an_address_that_leaves_a_choice_is_asked_for_and_not_guessed(town: Town, clerk: Client) -> None:
    Building.objects.create(
        community=town.divisions["east"], compound=town.compound, grid=town.grids["east2"], name="4栋", households=20
    )
    first = given(town, clerk.get(PATH).content.decode(), address="桂花园")
    page = clerk.post(PATH, first).content.decode()
    assert "还没有登记，请先看一眼" in page
    assert not Matter.objects.exists()
    values = re.findall(r'name="place" value="([^"]+)"', page)
    assert values[-1] == "none"
    assert first["text"] in page
    matter = sent(clerk, given(town, page, address="桂花园", place=values[0]))
    assert matter.case.compound_id == town.compound.pk
    matter = sent(
        clerk,
        given(town, page, address="桂花园", place="none", grid=str(town.grids["east2"].pk), text="另一件要说的事"),
    )
    assert (matter.case.compound_id, matter.case.grid_id) == (None, town.grids["east2"].pk)


def test_a_grid_of_another_community_is_none(town: Town, clerk: Client) -> None:
    form = given(town, clerk.get(PATH).content.decode(), grid=str(town.grids["west1"].pk))
    assert sent(clerk, form).case.grid_id is None


def test_a_place_where_one_does_not_work_is_not_taken(town: Town, clerk: Client) -> None:
    page = clerk.get(PATH).content.decode()
    form = given(town, page, community=str(town.divisions["far"].pk))
    assert clerk.post(PATH, form).status_code == 422
    west = sign_in(town, "west_clerk")
    form = given(town, west.get(PATH).content.decode(), community="", address="桂花园3栋")
    assert west.post(PATH, form).status_code == 422
    assert not Matter.objects.exists()


def test_pressed_twice_it_is_one_matter_and_other_words_are_another(town: Town, clerk: Client) -> None:
    form = given(town, clerk.get(PATH).content.decode(), address="桂花园3栋")
    assert sent(clerk, form) == sent(clerk, form)
    # somebody went back and took the next call with the same page
    sent(clerk, form | {"text": "五楼一直漏水，没有人管"})
    assert Matter.objects.count() == 2
    # nobody else's page is this one
    other = sign_in(town, "clerk2")
    sent(other, form)
    assert Matter.objects.count() == 3


def test_words_of_danger_are_asked_about_before_it_is_taken_in(town: Town, clerk: Client) -> None:
    text = "三栋着火了，有人被困"
    form = given(town, clerk.get(PATH).content.decode(), text=text)
    page = clerk.post(PATH, form).content.decode()
    assert "可能有危险" in page
    assert "说到“着火”“被困”" in page
    assert not Matter.objects.exists()
    assert sent(clerk, given(town, page, text=text, danger="1")).case.urgency == 1
    # seen, and it is no danger now: a person decides
    assert sent(clerk, given(town, page, text=text, key="")).case.urgency == 3


def test_a_category_is_proposed_with_the_words_it_goes_by(town: Town, clerk: Client) -> None:
    text = "桂花园电梯坏了"
    form = given(town, clerk.get(PATH).content.decode(), text=text, category="")
    page = clerk.post(PATH, form).content.decode()
    assert "物业管理 / 电梯故障" in page
    assert "因为写了“电梯”，把握 100%" in page
    proposed = str(town.categories["lift"].pk)
    matter = sent(clerk, given(town, page, text=text, category="", proposed=proposed))
    assert (matter.category_id, matter.case.urgency) == (town.categories["lift"].pk, 2)
    piece = clerk.post(f"{PATH}hints/", {"text": "说不清楚的一件事"}).content.decode()
    assert "看不出是哪一类" in piece


def test_what_looks_the_same_nearby_is_shown(town: Town, clerk: Client) -> None:
    first = report(town, NOW, text="桂花园3栋门口的路灯不亮了。")
    Matter.objects.filter(pk=first.pk).update(
        public_state="shown", lon=105.005, lat=30.005, created_at=Case.objects.get().created_at
    )
    text = "3栋门口路灯不亮"
    piece = clerk.post(
        f"{PATH}hints/", {"text": text, "address": "桂花园3栋", "community": str(town.divisions["east"].pk)}
    ).content.decode()
    assert f'href="/desk/cases/{first.case.code}/"' in piece
    assert "附近有一件像的" in piece


@pytest.mark.parametrize("value", ["²", "9" * 30, "-1", "x", "b1; DROP", "\x00"])
def test_nonsense_in_any_field_is_answered(town: Town, clerk: Client, value: str) -> None:
    page = clerk.get(PATH).content.decode()
    for name in ("community", "grid", "place", "category", "proposed", "key", "address", "seen", "text"):
        fine, piece = ((400,), (400,)) if value == "\x00" else ((200, 302, 422), (200, 204))
        assert clerk.post(PATH, given(town, page) | {name: value}).status_code in fine
        assert clerk.post(f"{PATH}hints/", given(town, page) | {name: value}).status_code in piece


def test_the_caller_is_told_the_code_and_by_when(town: Town, clerk: Client) -> None:
    answer = clerk.post(PATH, given(town, clerk.get(PATH).content.decode()))
    matter = Matter.objects.get()
    page = clerk.get(answer.headers["Location"]).content.decode()
    told = re.sub(r"<[^>]+>", "", page.partition('data-draft-done="register"')[2].partition("打开这一件")[0])
    assert "登记好了：东门社区居委会最晚" in told and f"短码 {matter.case.code}" in told and "前告诉您谁来办。" in told
    assert f'href="/desk/cases/{matter.case.code}/"' in page
    # the form below is for the next call
    assert 'name="text"' in page and "三栋门口路灯坏了好几天" not in page


def test_the_digits_are_told_to_who_entered_it_and_only_then(town: Town, clerk: Client, monkeypatch: Any) -> None:
    answer = clerk.post(PATH, given(town, clerk.get(PATH).content.decode()))
    path, code = answer.headers["Location"], Matter.objects.get().case.code
    assert "登记好了" in clerk.get(path).content.decode()
    # not to colleagues, not for a code that somebody types, not for another matter, not after a quarter of an hour
    others = [sign_in(town, who).get(path) for who in ("clerk2", "west_clerk", "head")]
    others += [clerk.get(f"{PATH}?done={said}") for said in (code, path.partition("=")[2][:-1] + "x", "")]
    monkeypatch.setattr(register, "TOLD_FOR", -1)
    others.append(clerk.get(path))
    assert ["登记好了" in other.content.decode() for other in others] == [False] * 7


def test_who_stands_before_it_begins_with_photo_and_place(town: Town) -> None:
    worker = sign_in(town, "worker")
    page = worker.get(PATH).content.decode()
    assert page.index('name="photos"') < page.index("data-locate") < page.index('name="text"')
    assert '<input type="radio" name="channel" value="grid" checked' in page
    assert f'<option value="{town.grids["east1"].pk}" selected' in page
    assert f'<input type="hidden" name="community" value="{town.divisions["east"].pk}">' in page
    # at the counter words come first, and a call is what is usual
    page = sign_in(town, "clerk").get(PATH).content.decode()
    assert page.index('name="text"') < page.index('name="photos"')
    assert '<input type="radio" name="channel" value="hotline" checked' in page


def test_a_position_is_offered_as_what_is_there(town: Town) -> None:
    worker = sign_in(town, "worker")
    here = {"lon": "105.00501", "lat": "30.00501"}
    piece = worker.post(f"{PATH}hints/", {"text": "", **here}).content.decode()
    values = re.findall(r'data-part="place".*', piece) and re.findall(r'name="place" value="([^"]+)"', piece)
    assert values == [f"b{town.building.pk}", "here", "none"]
    form = given(town, worker.get(PATH).content.decode(), channel="grid", **here)
    assert sent(worker, form | {"place": values[0]} | seen(worker, form | here)).building_id == town.building.pk
    matter = sent(
        worker, form | {"place": "here", "text": "井盖松了"} | seen(worker, form | here | {"text": "井盖松了"})
    )
    assert (matter.building_id, matter.lon, matter.lat, matter.channel) == (None, 105.00501, 30.00501, "grid")
    # somewhere else it stands for nothing
    assert (
        'name="place"' not in worker.post(f"{PATH}hints/", {"text": "", "lon": "12.5", "lat": "41.9"}).content.decode()
    )


def seen(client: Client, form: dict[str, str]) -> dict[str, str]:
    piece = client.post(f"{PATH}hints/", form).content.decode()
    return {"seen": piece.partition('name="seen" value="')[2].partition('"')[0]}


def test_photos_stay_while_the_words_are_looked_at(town: Town, clerk: Client) -> None:
    form = given(town, clerk.get(PATH).content.decode(), text="三栋着火了", category="")
    page = clerk.post(PATH, form | {"photos": photo()}).content.decode()  # type: ignore[operator]
    assert "还没有登记" in page and "刚才选的 1 张照片也在" in page
    kept = page.partition('name="kept" value="')[2].partition('"')[0]
    matter = sent(clerk, given(town, page, text="三栋着火了", danger="1", kept=kept))
    assert list(CaseFile.objects.values_list("case_id", "field")) == [(matter.pk, "photos")]
    # what one page carries is nothing in another
    other = given(town, clerk.get(PATH).content.decode(), kept=kept, text="另一件事情要登记")
    assert not CaseFile.objects.filter(case=sent(clerk, other).pk).exists()
