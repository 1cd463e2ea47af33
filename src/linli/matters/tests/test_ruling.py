"""The catalogue: what its classes say by day and night, versions that stay with their matters, drafts tried before they go live."""

import dataclasses
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from linli.kernel import audit
from linli.kernel.policy import Refused
from linli.matters import catalogue, ruling
from linli.matters.actions import report
from linli.matters.models import CatalogueVersion, Matter
from linli.orgs.actors import actor_for
from linli.procedures.errors import NotNow
from linli.procedures.models import Case
from linli.procedures.tests.definition_files import text_of
from linli.procedures.tests.engine import ME, NOW, clock, do, fresh, in_force
from linli.procedures.tests.test_concurrency import at_once
from linli.testing import Town, build_town

pytestmark = pytest.mark.django_db

# a Friday, 22:00 in Shanghai
NIGHT = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
RULE = {"urgency": "3", "words": "路灯、灯杆", "units": ""}


@pytest.fixture(autouse=True)
def definitions(db: None) -> None:
    for key in ("matter", "whistle", "supervision"):
        in_force(text_of(key))


@pytest.fixture
def manager(town: Town):
    return town.actor("admin")


def made(town: Town, category: str | None, text: str = "楼下路灯不亮，请来修。", at: datetime = NOW) -> Case:
    category_id = town.categories[category].pk if category else None
    return report(text=text, place=town.place(), by=ME, at=at, starter_key=ME.key, category_id=category_id).case


def due(case: Case) -> str:
    found = clock(case).due_at
    assert found is not None
    return found.isoformat()


def whistle(town: Town, case: Case) -> Case:
    police = town.units["police"].pk
    do(
        town,
        case,
        "clerk",
        "whistle",
        at=NIGHT,
        units=[police],
        lead=police,
        meeting_place="门口",
        meeting_time="2026-11-27T22:30",
    )
    return Case.objects.get(parent=case.pk)


def test_danger_runs_day_and_night_at_every_step(town: Town) -> None:
    case = made(town, "gas", "燃气泄漏，味道很大。", NIGHT)
    assert due(case) == "2026-11-27T14:10:00+00:00"
    do(town, case, "clerk", "accept", at=NIGHT, category=str(town.categories["gas"].pk), urgency="1")
    assert due(case) == "2026-11-27T14:10:00+00:00"
    part = whistle(town, case)
    assert due(part) == "2026-11-27T15:00:00+00:00"
    do(town, part, "police", "decline", at=NIGHT, reason="不归我们")
    assert due(part) == "2026-11-27T15:00:00+00:00"
    do(town, part, "dispatcher", "order", at=NIGHT, reason="就归你们")
    do(town, part, "police", "arrive", at=NIGHT, arrival_place="门口", arrival_signature="雷鸣")
    assert due(part) == "2026-11-27T15:00:00+00:00"


def test_a_called_unit_has_the_times_of_the_matter(town: Town) -> None:
    case = made(town, "lamp", at=NIGHT)
    do(town, case, "clerk", "accept", at=NIGHT, category=str(town.categories["lamp"].pk), urgency="3")
    part = whistle(town, case)
    # four working hours and, once there, the three working days of the category
    assert due(part) == "2026-11-30T07:00:00+00:00"
    do(town, part, "police", "arrive", at=NIGHT, arrival_place="门口", arrival_signature="雷鸣")
    do(town, part, "clerk", "confirm", at=NIGHT)
    assert clock(part).duration == "3 working days"


def test_every_time_can_be_set_by_category(town: Town, manager) -> None:
    draft = ruling.make_draft(by=manager, at=NOW)
    answers = RULE | dict.fromkeys(catalogue.TIMES, "3 hours") | {"check": ""}
    ruling.set_rule(number=draft.number, key="lamp", answers=answers, by=manager, at=NOW)
    rule = catalogue.build(2, CatalogueVersion.objects.get(number=2).rules).get(town.categories["lamp"].pk)
    assert rule is not None
    assert dict(rule.durations) == dict.fromkeys(catalogue.TIMES, "3 hours") | {"check": "2 working days"}


def publish(town: Town, manager, **changed: str) -> int:
    draft = ruling.make_draft(by=manager, at=NOW)
    ruling.set_rule(number=draft.number, key="lamp", answers=RULE | changed, by=manager, at=NOW)
    ruling.try_out(number=draft.number, by=manager)
    return ruling.publish(number=draft.number, note="改路灯", by=manager, at=NOW).number


def test_a_running_matter_stays_on_the_version_it_began_with(town: Town, manager) -> None:
    old = made(town, "lamp")
    lamp = str(town.categories["lamp"].pk)
    do(town, old, "clerk", "accept", category=lamp, urgency="3")
    publish(town, manager, handle="20 working days")
    new = made(town, "lamp")
    do(town, new, "clerk", "accept", category=lamp, urgency="3")
    assert (fresh(old).data["catalogue"], fresh(new).data["catalogue"]) == (1, 2)
    housing = str(town.units["housing"].pk)
    for case in (old, new):
        do(town, case, "clerk", "dispatch", unit=housing)
    assert (clock(old).duration, clock(new).duration) == ("3 working days", "20 working days")
    client = Client()
    client.force_login(town.users["clerk"])
    assert "目录第 1 版" in client.get(reverse("procedures:case", args=[old.code])).content.decode()


def test_a_category_that_came_later_follows_the_version_in_force(town: Town, manager) -> None:
    old = made(town, None)
    group = town.categories["lamp"].parent_id
    assert group is not None
    draft = ruling.make_draft(by=manager, at=NOW)
    bench = ruling.add_category(name="公园座椅", parent_id=group, by=manager, at=NOW)
    ruling.set_rule(number=draft.number, key=bench.key, answers=RULE | {"handle": "9 days"}, by=manager, at=NOW)
    ruling.try_out(number=draft.number, by=manager)
    ruling.publish(number=draft.number, note="加座椅", by=manager, at=NOW)
    do(town, old, "clerk", "accept", category=str(bench.pk), urgency="3")
    do(town, old, "clerk", "dispatch", unit=str(town.units["housing"].pk))
    assert (fresh(old).kind_label, clock(old).duration) == ("公园座椅", "9 days")


def test_only_what_was_tried_goes_live(town: Town, manager) -> None:
    draft = ruling.make_draft(by=manager, at=NOW)
    ruling.set_rule(number=draft.number, key="lamp", answers=RULE, by=manager, at=NOW)
    with pytest.raises(NotNow, match="还没有试过"):
        ruling.publish(number=draft.number, note="改路灯", by=manager, at=NOW)
    ruling.try_out(number=draft.number, by=manager)
    ruling.set_rule(number=draft.number, key="lamp", answers=RULE | {"handle": "9 days"}, by=manager, at=NOW)
    with pytest.raises(NotNow, match="试过以后又改了"):
        ruling.publish(number=draft.number, note="改路灯", by=manager, at=NOW)
    ruling.try_out(number=draft.number, by=manager)
    assert ruling.publish(number=draft.number, note="改路灯", by=manager, at=NOW).status == "published"
    with pytest.raises(NotNow):
        ruling.try_out(number=draft.number, by=manager)


def test_the_trial_tries_the_words_also_on_matters_without_a_category(town: Town, manager) -> None:
    made(town, None, "小区门口灯杆歪了，很危险。")
    made(town, None, "噪音太大，睡不着。")
    draft = ruling.make_draft(by=manager, at=NOW)
    rules = {"urgency": "3", "handle": "3 working days", "units": "990101, 临江区住建局"}
    ruling.set_rule(number=draft.number, key="lamp", answers=rules | {"words": "路灯、灯杆"}, by=manager, at=NOW)
    found = ruling.try_out(number=draft.number, by=manager)
    assert (found.tried, found.words_changed, found.unit_changed, found.clock_changed) == (2, 1, 0, 0)
    assert [one["proposed"] for one in found.examples] == [["", "路灯不亮"]]


def test_a_trial_names_only_what_one_sees_anyhow(town: Town, manager) -> None:
    """An administrator sees no matters; what is not public is an example without a name. Nobody else gets to a trial by its address."""
    shown, kept, hidden = (made(town, None, f"小区门口灯杆歪了，{word}很危险。") for word in ("真的", "确实", "特别"))
    Matter.objects.filter(pk__in=[shown.pk, hidden.pk]).update(public_state="shown")
    Case.objects.filter(pk=hidden.pk).update(restricted=True)
    draft = ruling.make_draft(by=manager, at=NOW)
    ruling.set_rule(number=draft.number, key="lamp", answers=RULE, by=manager, at=NOW)
    found = ruling.try_out(number=draft.number, by=manager)
    assert (found.words_changed, [one["called"] for one in found.examples]) == (
        3,
        ["", "", f"{shown.code} 小区门口灯杆歪了，真的很危险"],
    )
    draft.refresh_from_db()
    # whoever sees the matter reads which it is
    both = actor_for(town.users["admin"], at=NOW)
    both = dataclasses.replace(both, posts=both.posts + town.actor("city_supervisor").posts)
    assert [bool(one["called"]) for one in ruling.trial(draft, by=both).examples] == [False, True, True]
    client = Client()
    for name in ("head", "street_head"):
        client.force_login(town.users[name])
        page = client.get(f"/manage/catalogue/{draft.number}/?try=1").content.decode()
        assert shown.code not in page and kept.code not in page and "试一遍的结果" not in page
        with pytest.raises(Refused):
            ruling.trial(draft, by=town.actor(name))


def test_every_change_of_the_catalogue_is_on_record(town: Town, manager) -> None:
    group = town.categories["lamp"].parent_id
    assert group is not None
    draft = ruling.make_draft(by=manager, at=NOW)
    ruling.set_rule(number=draft.number, key="lamp", answers=RULE, by=manager, at=NOW)
    ruling.set_rule(number=draft.number, key="lamp", answers=RULE, by=manager, at=NOW)
    bench = ruling.add_category(name="公园座椅", parent_id=group, by=manager, at=NOW)
    ruling.try_out(number=draft.number, by=manager)
    ruling.publish(number=draft.number, note="加灯杆", by=manager, at=NOW)
    entries = audit.history(ruling.subject_of(draft.number))
    assert [(entry.action, entry.user_id) for entry in entries] == [
        (action, manager.user_id) for action in ("publish", "rule", "draft")
    ]
    assert list(entries[1].after or {}) == ["lamp"]
    assert (entries[1].after or {})["lamp"]["words"] == ["路灯", "灯杆"]
    assert [entry.action for entry in audit.history(audit.Subject("matters.category", str(bench.pk), ""))] == ["create"]
    client = Client()
    client.force_login(town.users["admin"])
    page = client.get(f"/manage/catalogue/{draft.number}/").content.decode()
    assert "改规则" in page and town.users["admin"].name in page


def test_a_draft_is_tried_and_published_on_its_page(town: Town, manager) -> None:
    client = Client()
    client.force_login(town.users["admin"])
    draft = ruling.make_draft(by=manager, at=NOW)
    ruling.set_rule(number=draft.number, key="lamp", answers=RULE, by=manager, at=NOW)
    made(town, None, "小区门口灯杆歪了，很危险。")
    address = f"/manage/catalogue/{draft.number}/"
    assert 'name="publish"' not in client.get(address).content.decode()
    tried = client.post(address, {"try": "1"}, follow=True)
    page = tried.content.decode()
    assert tried.status_code == 200 and "— → 路灯不亮" in page and 'name="publish"' in page
    assert client.post(address, {"publish": "1", "note": "加灯杆"}).status_code == 302
    assert CatalogueVersion.objects.get(status="published").number == draft.number
    form = client.get(f"/manage/catalogue/{draft.number}/lamp/").content.decode()
    assert 'name="arrive"' in form and "不填就按紧急程度：1小时、2个工作小时、4个工作小时、1个工作日" in form


@pytest.mark.django_db(transaction=True)
def test_two_who_open_a_draft_at_once_have_the_same(transactional_db: None) -> None:
    town = build_town()
    manager = town.actor("admin")
    found: list[int] = []
    assert at_once([lambda: found.append(ruling.make_draft(by=manager, at=NOW).number)] * 8, threads=8) == ["done"] * 8
    assert found == [2] * 8
