"""The JSON API of matters: reporting without an account, few statements, one key one matter, hostile bodies, who sees what."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel import outbox
from linli.matters.models import Matter
from linli.matters.tests.resident import TEXT, photo, show
from linli.people.models import Contact
from linli.procedures.models import Case, CaseFile
from linli.testing import Town

pytestmark = pytest.mark.django_db
URL = "/api/v1/matters"


def send(client: Client, body: Any, **headers: str) -> Any:
    raw = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post(URL, raw, content_type="application/json", headers=headers)


def report(town: Town, **more: Any) -> dict[str, Any]:
    return {"text": TEXT, "place": {"choice": f"b{town.building.pk}"}} | more


def test_a_report_without_an_account(town: Town) -> None:
    answer = send(
        Client(),
        report(town, category="lift", contact={"name": "买买提江·吐尔逊", "phone": "13912345678", "hidden": True}),
    )
    body = answer.json()
    matter = Matter.objects.select_related("case", "contact").get()
    assert answer.status_code == 201
    assert (body["code"], body["id"]) == (matter.case.code, str(matter.pk))
    assert answer.headers["Location"] == f"{URL}/{matter.case.code}"
    assert body["promise"]["step"] == "accept"
    assert body["promise"]["due"].endswith("Z")
    assert (matter.channel, matter.contact.hidden, matter.category_id) == ("api", True, town.categories["lift"].pk)
    assert "13912345678" not in json.dumps(body)
    assert answer.cookies == {}


def test_creating_takes_at_most_fourteen_statements(town: Town) -> None:
    """Counted as the database sees them: with BEGIN and COMMIT, the limit on intake and the look for the key."""
    client = Client()
    body = report(town, category="lift", contact={"phone": "13912345678"})
    send(client, body)  # what is kept in the process is read once
    with CaptureQueriesContext(connection) as captured:
        answer = send(client, body, **{"Idempotency-Key": "one"})
    assert answer.status_code == 201
    statements = [one["sql"] for one in captured.captured_queries]
    assert len(statements) <= 14, "\n".join(sql[:120] for sql in statements)


@pytest.mark.django_db(transaction=True)
def test_creating_takes_at_most_fourteen_statements_outside_a_test_transaction(town: Town) -> None:
    client = Client()
    body = report(town, category="lift", contact={"phone": "13912345678"})
    send(client, body)
    with CaptureQueriesContext(connection) as captured:
        answer = send(client, body, **{"Idempotency-Key": "one"})
    assert answer.status_code == 201
    statements = [one["sql"] for one in captured.captured_queries]
    assert any(sql.startswith("BEGIN") for sql in statements) or connection.vendor == "postgresql"
    assert len(statements) <= 14, "\n".join(sql[:120] for sql in statements)


def test_one_key_is_one_matter(town: Town) -> None:
    client = Client()
    first = send(client, report(town), **{"Idempotency-Key": "k-1"})
    again = send(client, report(town), **{"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["code"], first.json()["secret"]) == (again.json()["code"], again.json()["secret"])
    other = send(client, report(town, text="完全是另外一件事情。"), **{"Idempotency-Key": "k-1"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert TEXT not in other.content.decode()
    assert Matter.objects.count() == 1


def test_strangers_who_chose_the_same_key_have_nothing_to_do_with_each_other(town: Town) -> None:
    mine = send(Client(REMOTE_ADDR="10.0.0.1"), report(town), **{"Idempotency-Key": "1"}).json()
    other = send(Client(REMOTE_ADDR="10.0.0.2"), report(town, text="完全是另外一件事情。"), **{"Idempotency-Key": "1"})
    assert other.status_code == 201
    same = send(Client(REMOTE_ADDR="10.0.0.3"), report(town), **{"Idempotency-Key": "1"})
    assert same.status_code == 201
    assert mine["secret"] not in (same.json()["secret"], other.json()["secret"])
    assert Matter.objects.count() == 3


def test_a_random_uuid_is_one_matter_from_wherever_it_is_sent(town: Town) -> None:
    key = {"Idempotency-Key": "3f1d3c1e-7a53-4f0e-9a52-0d6c8b0f7a11"}
    first = send(Client(REMOTE_ADDR="10.0.0.1"), report(town), **key)
    again = send(Client(REMOTE_ADDR="10.9.9.9"), report(town), **key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["secret"] == again.json()["secret"]


@pytest.mark.parametrize("more", [{"pin": "0427"}, {"contact": {"phone": "13912345678"}}, {"danger": True}])
def test_the_secret_is_not_given_again_to_who_sends_anything_else(town: Town, more: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "3f1d3c1e-7a53-4f0e-9a52-0d6c8b0f7a11"}
    send(Client(), report(town), **key)
    other = send(Client(), report(town, **more), **key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert "secret" not in other.json()


def test_words_of_danger_make_it_urgent_and_name_the_numbers_to_ring(town: Town) -> None:
    body = send(Client(), report(town, text="3栋着火了，有人被困")).json()
    matter = Matter.objects.select_related("case").get()
    assert matter.case.urgency == 1
    assert (body["emergency"]["numbers"], body["emergency"]["words"]) == (["110", "119", "120"], ["着火", "被困"])
    assert body["emergency"]["say"].startswith("有危险，先打电话")
    # within the hour, by day and by night
    assert (matter.case.due_at - matter.created_at).total_seconds() < 3600
    calm = send(Client(), report(town, text="去年着火的那栋楼，外墙还没有刷", danger=False)).json()
    assert (Case.objects.get(code=calm["code"]).urgency, calm["emergency"]["words"]) == (3, ["着火"])
    assert send(Client(), report(town)).json()["emergency"] is None


def test_the_secret_reads_everything_and_nobody_else_does(town: Town) -> None:
    made = send(Client(), report(town, contact={"phone": "13912345678"})).json()
    address = f"{URL}/{made['code']}"
    with_secret = Client().get(address, headers={"Authorization": f"Bearer {made['secret']}"})
    assert with_secret.json()["text"] == TEXT
    assert with_secret.json()["history"][0]["text"].endswith(TEXT)
    for headers in ({}, {"Authorization": "Bearer 0123456789"}, {"Authorization": "Basic x"}):
        answer = Client().get(address, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["Content-Type"] == "application/problem+json"
    show(Matter.objects.get())
    public = Client().get(address).json()
    assert "address" not in public
    assert "13912345678" not in json.dumps(public, ensure_ascii=False)
    mine = Client().get(URL + "?scope=mine", headers={"Authorization": f"Bearer {made['secret']}"}).json()
    assert [one["code"] for one in mine["items"]] == [made["code"]]


def test_the_public_sees_the_masked_text_and_a_blurred_position(town: Town) -> None:
    text = "我叫王建国，电话13912345678，3栋2单元301漏水。"
    made = send(
        Client(), report(town, text=text, place={"lon": 105.00512, "lat": 30.00533}, contact={"name": "王建国"})
    ).json()
    show(Matter.objects.get())
    public = json.dumps(Client().get(f"{URL}/{made['code']}").json(), ensure_ascii=False)
    listed = json.dumps(Client().get(URL).json(), ensure_ascii=False)
    for shown in (public, listed):
        assert "王建国" not in shown
        assert "13912345678" not in shown
        assert "105.005," in shown
        assert "105.00512" not in shown


def test_a_position_is_taken_in_the_system_that_is_said(town: Town) -> None:
    answer = send(Client(), report(town, place={"lon": 105.005, "lat": 30.005, "crs": "gcj02"}))
    case = Case.objects.select_related("matter").get()
    assert answer.status_code == 201
    assert 100 < 111_320 * abs(case.matter.lon - 105.005) < 1000
    assert case.grid_id == town.grids["east1"].pk


def test_words_that_leave_a_choice_are_not_guessed(town: Town) -> None:
    answer = send(Client(), report(town, place={"address": "桂花园"}))
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "place_ambiguous")
    assert not Matter.objects.exists()
    choice = body["candidates"][0]["choice"]
    assert send(Client(), report(town, place={"choice": choice})).status_code == 201


def test_an_exact_address_is_taken(town: Town) -> None:
    assert send(Client(), report(town, place={"address": "桂花园3栋"})).status_code == 201
    assert Matter.objects.get().building_id == town.building.pk


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({"address": "火星基地七号"}, "place_unknown"),
        ({"lon": 0, "lat": 0}, "place_unknown"),
        ({}, "place_unknown"),
        ({"community": "990101001999"}, "bad_answers"),
        ({"choice": "b999999"}, "bad_answers"),
        ({"lon": 500, "lat": 30}, "bad_answers"),
        ({"lon": 105, "lat": 30, "crs": "mars"}, "bad_answers"),
    ],
)
def test_a_place_that_is_none(town: Town, place: dict[str, Any], code: str) -> None:
    answer = send(Client(), report(town, place=place))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Matter.objects.exists()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("", 400),
        ("no json", 400),
        ("[" * 100_000, 400),
        ('{"a":' * 50_000 + "1" + "}" * 50_000, 400),
        ("[]", 422),
        ("null", 422),
        ('{"text": 5, "place": {}}', 422),
        ('{"text": "电梯坏了啊", "place": {}, "admin": true}', 422),
        ('{"text": "\\ud800电梯坏了", "place": {"community": "990101001001"}}', 422),
        ('{"text": "电梯坏了\\u0000啊", "place": {"community": "990101001001"}}', 422),
        ('{"text": "电梯\\u202e坏了啊", "place": {"community": "990101001001"}}', 422),
        ('{"text": "电梯坏了啊", "place": {"community": "990101001001", "address": "\\udfff"}}', 422),
        ('{"text": "电梯坏了啊", "place": {"lon": NaN, "lat": Infinity}}', 422),
        ('{"text": "坏", "place": {"community": "990101001001"}}', 422),
        ('{"text": "电梯坏了啊", "place": {"community": "990101001001"}, "category": "none"}', 422),
        ('{"text": "电梯坏了啊", "place": {"community": "990101001001"}, "pin": "12"}', 422),
        ('{"text": "电梯坏了啊", "place": {"community": "990101001001"}, "contact": {"phone": "x"}}', 422),
        (json.dumps({"text": "坏" * 2001, "place": {"community": "990101001001"}}), 422),
        (json.dumps({"text": "坏" * 3_500_000, "place": {}}, ensure_ascii=False).encode(), 413),
        (b'{"text": "\xff\xfe"}', 400),
    ],
)
def test_hostile_bodies_get_a_clear_answer_and_nothing_is_stored(town: Town, raw: Any, status: int) -> None:
    answer = send(Client(), raw)
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) >= {"type", "title", "status", "code", "detail"}
    assert (Matter.objects.count(), Case.objects.count(), Contact.objects.count()) == (0, 0, 0)


def test_errors_speak_the_language_that_is_asked_for(town: Town) -> None:
    chinese = send(Client(), "x", **{"Accept-Language": "zh-CN"}).json()
    english = send(Client(), "x", **{"Accept-Language": "en"}).json()
    assert chinese["code"] == english["code"] == "bad_json"


def test_photos_come_with_it_in_one_form(town: Town) -> None:
    body = {"matter": json.dumps(report(town)), "photo": [photo("red"), photo("blue")]}
    assert Client().post(URL, body).status_code == 201
    assert CaseFile.objects.filter(field="photos").count() == 2


def test_a_bad_photo_refuses_the_whole_report(town: Town) -> None:
    bad = photo()
    bad.file.seek(0)
    bad.file.truncate(20)
    answer = Client().post(URL, {"matter": json.dumps(report(town)), "photo": [photo(), bad]})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_answers")
    assert not Matter.objects.exists()


def test_too_many_reports_from_one_address(town: Town, settings: Any) -> None:
    settings.LINLI_INTAKE_PER_HOUR = 2
    statuses = [send(Client(), report(town)).status_code for _n in range(3)]
    assert statuses == [201, 201, 429]
    answer = send(Client(), report(town))
    assert answer.json()["code"] == "too_many"
    assert int(answer.headers["Retry-After"]) > 0


def test_the_list_goes_on_by_cursor_without_gaps_or_repeats(town: Town) -> None:
    codes = [send(Client(), report(town)).json()["code"] for _n in range(7)]
    for row in Matter.objects.all():
        show(row)
    seen: list[str] = []
    cursor = ""
    while True:
        page = Client().get(URL, {"limit": 3, "cursor": cursor}).json()
        seen += [one["code"] for one in page["items"]]
        cursor = page["next"] or ""
        if not cursor:
            break
    assert seen == codes[::-1]
    assert Client().get(URL, {"cursor": "nonsense"}).json()["code"] == "bad_cursor"


def test_staff_list_what_their_posts_cover_and_residents_do_not(town: Town) -> None:
    east = send(Client(), report(town)).json()["code"]
    west = send(Client(), report(town, place={"community": town.divisions["west"].code})).json()["code"]
    seen = {}
    for name in ("clerk", "west_clerk", "dispatcher", "far_clerk"):
        client = Client()
        client.force_login(town.users[name])
        seen[name] = {one["code"] for one in client.get(URL, {"scope": "staff"}).json()["items"]}
    assert seen == {"clerk": {east}, "west_clerk": {west}, "dispatcher": {east, west}, "far_clerk": set()}
    assert Client().get(URL, {"scope": "staff"}).status_code == 403


def test_staff_narrow_their_list_by_place_category_and_words(town: Town) -> None:
    lift = send(Client(), report(town, category="lift")).json()["code"]
    lamp = send(Client(), report(town, text="路灯不亮了三天", category="lamp")).json()["code"]
    west = send(Client(), report(town, place={"community": town.divisions["west"].code})).json()["code"]
    outbox.drain()
    client = Client()
    client.force_login(town.users["dispatcher"])

    def listed(**asked: str) -> list[str]:
        return [one["code"] for one in client.get(URL, {"scope": "staff", **asked}).json()["items"]]

    assert listed() == [west, lamp, lift]
    assert listed(category="lamp") == [lamp]
    assert listed(q="路灯") == listed(q=lamp) == [lamp]
    assert listed(place="990101001001") == [lamp, lift]
    assert listed(place="990101001000") == listed(place="990101000000") == [west, lamp, lift]
    # zeros inside of a code belong to it: 990110 is a county of its own, not what begins with 99011
    assert listed(place="990100000000") == [west, lamp, lift]
    assert listed(place="990101010000") == listed(place="990110000000") == []
    assert client.get(URL, {"scope": "staff", "category": "none"}).json()["errors"] == {"category": "没有这个类别。"}


def test_ones_own_list_goes_on_where_it_ended(town: Town) -> None:
    client = Client()
    client.force_login(town.users["clerk"])
    made = [send(Client(), report(town, text=f"第{n}盏路灯不亮")).json() for n in range(3)]
    Case.objects.update(starter_user_id=town.users["clerk"].pk)
    first = client.get(URL, {"scope": "mine", "limit": 2}).json()
    assert [one["code"] for one in first["items"]] == [made[2]["code"], made[1]["code"]]
    last = client.get(URL, {"scope": "mine", "limit": 2, "cursor": first["next"]}).json()
    assert [one["code"] for one in last["items"]] == [made[0]["code"]]
    assert last["next"] is None
    assert client.get(URL, {"scope": "mine", "cursor": "x"}).json()["code"] == "bad_cursor"


def test_what_is_wrong_is_said_in_the_asked_language(town: Town) -> None:
    body = {"text": 5, "place": {"community": "9" * 13, "lon": "x", "more": 1}}
    said = {}
    for language in ("zh-hans", "en"):
        answer = send(Client(), body, **{"Accept-Language": language})
        assert answer.status_code == 422
        said[language] = answer.json()["errors"]
    assert said["zh-hans"] == {
        "text": "这里要写文字。",
        "place.community": "最多 12 个字。",
        "place.lon": "这里要写数字。",
        "place.more": "这里没有“more”这一项。",
    }
    assert said["en"]["place.lon"] == "A number belongs here."
    listed = Client().get(URL, {"limit": "many", "place": "x"}, headers={"Accept-Language": "en"}).json()["errors"]
    assert listed["limit"] == "Write a whole number here."


def test_a_method_that_an_address_has_not_is_a_problem_document(town: Town) -> None:
    answer = Client().delete(URL)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert sorted(answer.headers["Allow"].split(", ")) == ["GET", "POST"]


def test_what_cannot_be_read_counts_as_sent(town: Town, settings: Any) -> None:
    settings.LINLI_INTAKE_PER_HOUR = 2
    assert [send(Client(), "{").status_code for _try in range(3)] == [400, 400, 429]


def test_categories_and_communities_are_named(town: Town) -> None:
    assert {"lift", "gas"} <= {one["key"] for one in Client().get(URL + "/categories").json()["items"]}
    codes = [one["code"] for one in Client().get(URL + "/communities").json()["items"]]
    assert codes == ["990101001001", "990101001002", "990101002201"]


def test_the_description_of_the_interface_is_served(town: Town) -> None:
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    assert "requestBody" in paths["/api/v1/matters"]["post"]


@pytest.mark.django_db(transaction=True)
def test_one_key_sent_many_times_at_once_is_one_matter(town: Town) -> None:
    def press(_n: int) -> tuple[int, str]:
        try:
            answer = send(Client(), report(town), **{"Idempotency-Key": "at-once"})
            return answer.status_code, answer.json()["code"]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(press, range(12)))
    assert sorted(status for status, _code in answers) == [200] * 11 + [201]
    assert len({code for _status, code in answers}) == 1
    assert Matter.objects.count() == 1
