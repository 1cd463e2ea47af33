"""Opening by code, one's own list, what is nearby, the community that a browser remembers."""

import pytest
from django.test import Client

from linli.kernel import outbox
from linli.matters.access import digits_of
from linli.matters.actions import report
from linli.matters.models import Matter, PlaceSubscription
from linli.matters.tests.resident import TEXT, show, walk
from linli.orgs.actors import Actor
from linli.procedures import searching
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db


def reported(town: Town, client: Client | None = None, text: str = TEXT, place: str = "", **contact: str) -> Matter:
    walk(client or Client(), place=place or f"b{town.building.pk}", text=text, **contact)
    return Matter.objects.select_related("case").order_by("-pk")[0]


def test_the_code_and_four_digits_open_it_on_another_phone(town: Town) -> None:
    matter = reported(town, contact="none", pin="0427")
    other = Client()
    assert other.post("/track/", {"code": matter.case.code, "digits": "0428"}).status_code == 422
    # as people type it: small letters, no dash, a full-width sign
    typed = matter.case.code.replace("-", "").lower()
    assert other.post("/track/", {"code": f" {typed} ", "digits": "0427"}).status_code == 302
    assert TEXT in other.get(f"/m/{matter.case.code}/").content.decode()
    assert matter.case.code in other.get("/mine/").content.decode()


def test_who_chose_no_digits_is_given_some_that_open_it(town: Town) -> None:
    matter = reported(town, contact="none")
    digits = digits_of(matter)
    assert len(digits) == 4 and digits.isdigit()
    wrong = f"{(int(digits) + 1) % 10_000:04d}"
    assert Client().post("/track/", {"code": matter.case.code, "digits": ""}).status_code == 422
    assert Client().post("/track/", {"code": matter.case.code, "digits": wrong}).status_code == 422
    assert Client().post("/track/", {"code": matter.case.code, "digits": digits}).status_code == 302


def test_digits_of_one_s_own_are_not_shown_again(town: Town) -> None:
    assert digits_of(reported(town, contact="none", pin="0427")) == ""
    assert digits_of(reported(town, contact="phone", phone="13912345678")) == ""


def test_five_tries_an_hour_by_address(town: Town) -> None:
    codes = [reported(town, contact="none", pin="0427").case.code for _n in range(6)]
    client = Client(REMOTE_ADDR="10.1.1.1")
    statuses = [client.post("/track/", {"code": code, "digits": "0000"}).status_code for code in codes]
    assert statuses == [422] * 5 + [429]


def test_an_unknown_code_gets_the_very_same_answer(town: Town) -> None:
    matter = reported(town, contact="none", pin="0427")
    known = Client(REMOTE_ADDR="10.2.0.1").post("/track/", {"code": matter.case.code, "digits": "1111"})
    unknown = Client(REMOTE_ADDR="10.2.0.2").post("/track/", {"code": "0000-0000", "digits": "1111"})
    assert known.status_code == unknown.status_code == 422
    pages = [answer.content.decode() for answer in (known, unknown)]
    assert "短码和四位数字对不上" in pages[0]
    without = [
        page.replace(matter.case.code, "").replace("0000-0000", "").split('name="csrfmiddlewaretoken"')
        for page in pages
    ]
    assert [part[64 + 20 :] for part in without[0]] == [part[64 + 20 :] for part in without[1]]


@pytest.mark.parametrize("code", ["", "1", "'; DROP TABLE", "٣٣٣٣-٣٣٣٣", "7Q4M-2KX9" * 9])
def test_what_is_no_code_is_said_so(town: Town, code: str) -> None:
    assert Client().post("/track/", {"code": code, "digits": "1234"}).status_code == 422


def test_the_list_of_one_s_own(town: Town) -> None:
    me = Client()
    assert "这里还没有" in me.get("/mine/").content.decode()
    first = reported(town, me)
    second = reported(town, me, "路灯三盏不亮，晚上看不见。")
    reported(town, text="别人的事情")
    page = me.get("/mine/").content.decode()
    assert page.index(second.case.code) < page.index(first.case.code)
    assert "别人的事情" not in page


def test_nearby_lists_what_was_checked_by_place_state_category_and_words(town: Town) -> None:
    east = reported(town)
    west = reported(town, text="西园的路灯三盏不亮。", place=f"d{town.divisions['west'].pk}")
    secret = reported(town, text="没有核对过的一件事。")
    for matter in (east, west):
        show(matter)
    outbox.drain()
    client = Client()
    assert secret.case.code not in client.get("/nearby/").content.decode()

    def listed(query: str) -> set[str]:
        page = client.get(f"/nearby/?{query}").content.decode()
        return {one.case.code for one in (east, west, secret) if f"/m/{one.case.code}/" in page}

    assert listed("") == {east.case.code, west.case.code}
    assert listed("place=990101001002") == {west.case.code}
    assert listed("state=settled") == set()
    assert listed("state=open") == {east.case.code, west.case.code}
    assert listed("q=路灯") == {west.case.code}
    assert listed("q=没有核对过") == set()
    assert listed(f"category={town.categories['lift'].pk}") == set()


def test_a_small_map_is_drawn_of_a_community_and_the_large_one_offered_of_all(town: Town) -> None:
    matter = reported(town)
    show(matter)
    Matter.objects.filter(pk=matter.pk).update(lon=105.005, lat=30.005)
    every = Client().get("/nearby/").content.decode()
    assert 'class="l-map' not in every and 'href="/map/"' in every.partition("<main")[2].partition("</main>")[0]
    one = Client().get("/nearby/?place=990101001001").content.decode()
    assert 'class="l-map' in one and 'href="/map/?community=990101001001"' in one


def test_a_door_number_cannot_be_searched_for(town: Town) -> None:
    """The index of words knows addresses as they were given: nobody may find out from it who lives where."""
    step = Client()
    walk(step, place=f"b{town.building.pk}", text="楼上半夜放音响，吵得睡不着。")
    matter = Matter.objects.get()
    Matter.objects.update(address="3栋2单元301室")
    show(matter)
    searching.put(Matter.objects.select_related("case").get().case)
    assert f"/m/{matter.case.code}/" in Client().get("/nearby/?q=音响").content.decode()
    assert f"/m/{matter.case.code}/" not in Client().get("/nearby/?q=301").content.decode()


def test_pages_follow_each_other_by_cursor(town: Town) -> None:
    client = Client()
    for _n in range(23):
        show(report(text=TEXT, place=town.place(), by=Actor(key="x"), at=NOW, starter_key="x"))
    first = client.get("/nearby/").content.decode()
    after = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = client.get("/nearby/" + after).content.decode()
    codes = set(Matter.objects.values_list("case__code", flat=True))
    on = [{code for code in codes if f"/m/{code}/" in page} for page in (first, second)]
    assert (len(on[0]), len(on[1]), on[0] & on[1]) == (20, 3, set())
    assert client.get("/nearby/?cursor=zzz").status_code == 404


def test_a_community_is_chosen_once_and_remembered(town: Town) -> None:
    client = Client()
    answer = client.post("/place/", {"community": "990101001002", "next": "/nearby/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/nearby/")
    assert "西园社区" in client.get("/").content.decode()
    assert "西园社区" in client.get("/place/?q=西园").content.decode()
    assert (
        client.post("/place/", {"community": "990101001002", "next": "https://evil.example/"}).headers["Location"]
        == "/"
    )
    assert client.post("/place/", {"community": "nowhere"}).status_code == 200


def test_hearing_of_a_place(town: Town) -> None:
    client = Client()
    show(reported(town))
    for _n in range(2):
        client.post("/nearby/subscribe/", {"place": "990101001001"})
    assert PlaceSubscription.objects.count() == 1
    page = client.get("/mine/").content.decode()
    assert "东门社区" in page
    assert "一周新反映 1 件" in page
    client.post("/nearby/subscribe/", {"place": "990101001001", "go": "stop"})
    assert not PlaceSubscription.objects.exists()
    assert client.post("/nearby/subscribe/", {"place": "x"}).status_code == 404


def test_following_a_place_says_what_will_come_and_where(town: Town) -> None:
    client = Client()
    done = client.post("/nearby/subscribe/", {"place": "990101001001"})
    assert done.headers["Location"].endswith("#follow")
    page = client.get(done.headers["Location"]).content.decode()
    assert "都记给您看" in page
    assert "不再关注这里" in page


def test_a_pair_that_does_not_fit_is_no_field_left_out(town: Town) -> None:
    page = Client().post("/track/", {"code": "0000-0000", "digits": "1111"}).content.decode()
    assert "<h2>没有打开</h2>" in page
    assert "还差" not in page
