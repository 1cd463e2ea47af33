"""The management pages, clicked through: what they show to whom, what a form does, what is refused and how it says so."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from linli.kernel.display import local
from linli.kernel.models import Setting
from linli.orgs import registry
from linli.orgs.actions import accounts
from linli.orgs.models import Organisation, Post, User
from linli.orgs.nav import entries
from linli.orgs.signin import oidc
from linli.orgs.units import units
from linli.testing import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(town: Town, client: Client) -> Client:
    client.force_login(town.users["admin"])
    return client


@pytest.fixture
def head(town: Town) -> Client:
    client = Client()
    client.force_login(town.users["head"])
    return client


def text(answer) -> str:
    return answer.content.decode()


def rows(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


PAGES = ("/manage/orgs/", "/manage/posts/", "/manage/accounts/", "/manage/calendar/", "/manage/staff-import/")


@pytest.mark.parametrize("name", ["clerk", "dispatcher", "leader", "housing_head", None])
def test_only_managers_get_in(town: Town, client: Client, name: str | None) -> None:
    if name is not None:
        client.force_login(town.users[name])
    for page in (*PAGES, "/manage/orgs/new/", "/manage/posts/new/", "/manage/accounts/new/"):
        assert client.get(page).status_code == (403 if name else 302), page
    unit, user = town.units["east"].pk, town.users["clerk"].pk
    for page in (f"/manage/orgs/{unit}/switch/", f"/manage/accounts/{user}/link/", f"/manage/accounts/{user}/act/"):
        assert client.post(page, {"to": "closed", "act": "close"}).status_code == (403 if name else 401), page
    assert User.objects.get(pk=user).is_active


def test_every_page_shows_only_the_managed_places(town: Town, head: Client, admin: Client) -> None:
    for page in PAGES[:3]:
        assert "西园" not in text(head.get(page)) and "叶青" not in text(head.get(page)), page
        assert "临江区住建局" not in text(head.get(page)), page
    assert "东门社区居委会" in text(head.get("/manage/orgs/"))
    assert "西园社区居委会" in text(admin.get("/manage/orgs/"))
    west, clerk = town.units["west"].pk, town.users["west_clerk"]
    for page in (
        f"/manage/orgs/{west}/",
        f"/manage/orgs/{west}/edit/",
        f"/manage/posts/{Post.objects.get(user=clerk).pk}/",
        f"/manage/accounts/{clerk.pk}/",
        f"/manage/accounts/{clerk.pk}/edit/",
        f"/manage/calendar/?unit={west}",
    ):
        assert head.get(page).status_code == 404, page
        assert admin.get(page).status_code == 200, page


def test_a_resident_s_account_is_seen_by_nobody(town: Town, admin: Client) -> None:
    resident = User.objects.create_user("p-1", name="欧阳居民")
    assert "欧阳居民" not in text(admin.get("/manage/accounts/?state=all"))
    assert admin.get(f"/manage/accounts/{resident.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", 12),
        ("?q=社区居委会", ["东门社区居委会", "西园社区居委会"]),
        ("?kind=station", ["临江区供水站", "桂湖派出所"]),
        ("?place=990101002", ["松林镇人民政府", "石桥村委会"]),
        ("?state=closed", []),
        ("?kind=station&sort=-name", ["桂湖派出所", "临江区供水站"]),
        ("?kind=nonsense&sort=nonsense&page=nonsense", 12),
        ("?page=99999999999999999999", 12),
    ],
)
def test_the_list_is_filtered_sorted_and_exported_as_shown(town: Town, admin: Client, query: str, names) -> None:
    exported = rows(admin.get(f"/manage/orgs/{query}{'&' if query else '?'}export=csv"))
    assert exported[0] == ["名称", "类型", "区划", "上级单位", "电话", "在任", "状态"]
    found = [row[0] for row in exported[1:]]
    page = text(admin.get(f"/manage/orgs/{query}"))
    assert re.findall(r"data-open>([^<]+)</a>", page) == found
    if isinstance(names, int):
        assert len(found) == names
    elif "sort" in query:
        assert found == names
    else:
        assert sorted(found) == sorted(names)


def test_pages_of_fifty(town: Town, admin: Client, django_assert_max_num_queries) -> None:
    Organisation.objects.bulk_create(
        Organisation(kind="shop", name=f"小店{number:03d}", division=town.divisions["east"]) for number in range(120)
    )
    second = text(admin.get("/manage/orgs/?kind=shop&sort=name&page=2"))
    assert "小店050" in second and "小店099" in second and "小店100" not in second
    assert "第 51–100 条，共 120 条" in second
    assert len(rows(admin.get("/manage/orgs/?kind=shop&export=csv"))) == 121
    with django_assert_max_num_queries(14):
        admin.get("/manage/orgs/?kind=shop")


ORG = {
    "kind": "department",
    "name": "临江区城管局",
    "division": "990101000000 临江区",
    "parent": "",
    "hours": "9:00-12:00\n13:30－17:30",
}


def test_making_and_changing_an_organisation(town: Town, admin: Client) -> None:
    answer = admin.post("/manage/orgs/new/", ORG)
    made = Organisation.objects.get(name="临江区城管局")
    assert answer.url == f"/manage/orgs/{made.pk}/"
    assert made.office_hours == [["09:00", "12:00"], ["13:30", "17:30"]]
    assert "09:00-12:00、13:30-17:30" in text(admin.get(answer.url))
    edit = text(admin.get(f"{answer.url}edit/"))
    assert 'value="990101000000 临江区"' in edit
    admin.post(f"{answer.url}edit/", ORG | {"short_name": "<b>𠅤</b>", "parent": str(town.units["county"].pk)})
    page = text(admin.get(answer.url))
    assert "&lt;b&gt;𠅤&lt;/b&gt;" in page and "<b>𠅤</b>" not in page
    assert "简称：— → &lt;b&gt;𠅤" in page and "上级单位：— → 临江区治理中心" in page
    for change, said in (
        ({"name": ""}, "这个字段是必填项"),
        ({"name": "临江区住建局"}, "已有同名的单位"),
        ({"division": "火星"}, "没有这个区划"),
        ({"division": "990999000000"}, "没有这个区划"),
        ({"hours": "上午"}, "每段写成"),
        ({"hours": "25:00-26:00"}, "25:00 不是一个时刻"),
        ({"hours": "12:00-09:00"}, "不能重叠"),
        ({"kind": "king"}, "king"),
        ({"parent": "999999"}, "999999"),
        ({"name": "坏\u202e字"}, "控制字符"),
    ):
        refused = admin.post("/manage/orgs/new/", ORG | {"name": "又一个"} | change)
        assert refused.status_code == 422 and said in text(refused), change
    assert not Organisation.objects.filter(name="又一个").exists()


def test_a_head_of_a_community_makes_units_only_there(town: Town, head: Client) -> None:
    team = ORG | {"kind": "volunteers", "name": "东门志愿队", "hours": ""}
    assert head.post("/manage/orgs/new/", team | {"division": "西园社区"}).status_code == 422
    assert head.post("/manage/orgs/new/", team | {"division": "东门社区"}).status_code == 302
    committee = team | {"kind": "community_committee", "name": "东门二居", "division": "东门社区", "governs": "on"}
    assert head.post("/manage/orgs/new/", committee).status_code == 403


def test_closing_says_what_speaks_against_it(town: Town, admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_keepers", {"t": lambda unit: ["还有 2 件办件在手。"]})
    unit = town.units["empty"]
    assert "还有 2 件办件在手。" in text(admin.get(f"/manage/orgs/{unit.pk}/"))
    refused = admin.post(f"/manage/orgs/{unit.pk}/switch/", {"to": "closed"})
    assert refused.status_code == 409 and "还有 2 件办件在手。" in text(refused)
    monkeypatch.setattr(registry, "_keepers", {})
    assert admin.post(f"/manage/orgs/{unit.pk}/switch/", {"to": "closed"}).status_code == 302
    assert not units().by_id[unit.pk].active
    assert "重新启用" in text(admin.get(f"/manage/orgs/{unit.pk}/"))
    admin.post(f"/manage/orgs/{unit.pk}/switch/", {"to": "open"})
    assert Organisation.objects.get(pk=unit.pk).active


def today() -> date:
    return local(timezone.now()).date()


def test_a_post_is_given_and_ended(town: Town, admin: Client) -> None:
    unit = town.units["housing"].pk
    form = {"person": "clerk", "unit": str(unit), "role": "handler", "since": today().isoformat()}
    assert "何晓兰" not in text(admin.get(f"/manage/orgs/{unit}/"))
    answer = admin.post("/manage/posts/new/", form)
    post = Post.objects.get(user=town.users["clerk"], role="handler")
    assert answer.url == f"/manage/posts/{post.pk}/"
    clerk = Client()
    clerk.force_login(town.users["clerk"])
    assert "临江区住建局" in text(clerk.get("/account/"))
    for typed, said in (("2020-01-01", "不能早于今天"), ("昨天", "日期写成"), ("2026-13-45", "没有这一天")):
        refused = admin.post(f"{answer.url}end/", {"on": typed})
        assert refused.status_code == 422 and said in text(refused)
    admin.post(f"{answer.url}end/", {"on": (today() + timedelta(5)).isoformat()})
    assert "临江区住建局" in text(clerk.get("/account/"))
    admin.post(f"{answer.url}end/")
    assert "临江区住建局" not in text(clerk.get("/account/"))
    assert "已经离任" in text(admin.get(answer.url))
    assert "何晓兰" in text(admin.get(f"/manage/posts/?state=ended&unit={unit}"))
    for change, said in (
        ({"person": "nobody"}, "没有这样的工作账号"),
        ({"unit": ""}, "这个字段是必填项"),
        ({"grid": "第1网格"}, "请填 15 位编码"),
        ({"grid": "火星"}, "没有这个网格"),
        ({"since": "someday"}, "日期"),
        ({"until": today().isoformat()}, "离任日期要在任职日期之后"),
    ):
        refused = admin.post("/manage/posts/new/", form | change)
        assert refused.status_code == 422 and said in text(refused), change
    assert "990101001001001 第1网格" in text(admin.get(f"/manage/posts/new/?unit={town.units['east'].pk}"))


def test_an_account_is_made_and_its_owner_sets_the_password(town: Town, head: Client) -> None:
    form = {
        "name": "买买提江·吐尔逊",
        "username": "mmtj",
        "phone": "139 0000 0009",
        "unit": str(town.units["east"].pk),
        "role": "grid_worker",
        "grid": "990101001001001 第1网格",
        "since": today().isoformat(),
    }
    answer = head.post("/manage/accounts/new/", form)
    user = User.objects.get(username="mmtj")
    assert answer.url == f"/manage/accounts/{user.pk}/"
    page = text(head.get(answer.url))
    assert "139****0009" in page and "13900000009" not in page and "还没有设" in page
    shown = text(head.post(f"{answer.url}link/"))
    (link,) = re.findall(r"http://testserver(/password/[\w-]+/)", shown)
    form = {"password_new": "a new long password", "password_again": "a new long password"}
    assert Client().post(link, form).url == "/desk/"
    assert "mmtj" in text(head.get("/manage/accounts/?q=13900000009"))
    refused = head.post("/manage/accounts/new/", {"name": "又一个", "username": "mmtj"})
    assert refused.status_code == 422
    assert User.objects.filter(name="又一个").count() == 0


def test_an_account_is_changed_helped_and_closed(town: Town, head: Client) -> None:
    user = town.users["clerk"]
    page = f"/manage/accounts/{user.pk}/"
    head.post(f"{page}edit/", {"name": "何晓岚", "username": "clerk", "phone": "13900000008"})
    assert "139****0008" in text(head.get(f"{page}edit/"))
    head.post(f"{page}edit/", {"name": "何晓岚", "username": "clerk", "phone": ""})
    assert User.objects.get(pk=user.pk).phone_sealed
    head.post(f"{page}edit/", {"name": "何晓岚", "username": "clerk", "phone": "", "drop_phone": "1"})
    assert not User.objects.get(pk=user.pk).phone_sealed
    assert head.post(f"{page}edit/", {"name": "何", "username": "clerk2"}).status_code == 422
    User.objects.filter(pk=user.pk).update(failed_count=5, locked_until=timezone.now() + timedelta(minutes=9))
    assert "锁定中" in text(head.get("/manage/accounts/?state=locked"))
    head.post(f"{page}act/", {"act": "unlock"})
    assert "锁定中" not in text(head.get(page)).replace("解除锁定", "")
    clerk = Client()
    clerk.force_login(user)
    head.post(f"{page}act/", {"act": "close"})
    assert clerk.get("/desk/").status_code == 302
    assert "重新启用" in text(head.get(page))
    head.post(f"{page}act/", {"act": "open"})
    head.post(f"{page}act/", {"act": "nonsense"})
    assert User.objects.get(pk=user.pk).is_active
    assert "何晓岚" in text(head.get("/manage/accounts/"))


def test_nobody_helps_an_account_that_reaches_further_than_they_do(town: Town, head: Client) -> None:
    Post.objects.create(
        user=town.users["clerk"], role="handler", organisation=town.units["housing"], since=date(2025, 1, 1)
    )
    page = f"/manage/accounts/{town.users['clerk'].pk}/"
    assert "范围以外任职" in text(head.get(page))
    assert head.get(f"{page}edit/").status_code == 403
    assert head.post(f"{page}act/", {"act": "close"}).status_code == 403
    assert head.post(f"{page}link/").status_code == 403
    own = f"/manage/accounts/{town.users['head'].pk}/"
    assert "我的账号" in text(head.get(own))
    assert head.post(f"{own}act/", {"act": "reset"}).status_code == 403


def test_who_changed_what_when_is_on_every_page(town: Town, head: Client, admin: Client) -> None:
    accounts.change_account(
        user=town.users["clerk"], name="何晓岚", username="clerk", phone=None, by=town.actor("head"), at=timezone.now()
    )
    page = text(admin.get(f"/manage/accounts/{town.users['clerk'].pk}/"))
    assert "罗长青" in page and "名称：何晓兰 → 何晓岚" in page


NOTICE = """一、元旦：1月1日（周六）至3日（周一）放假调休，共3天。1月8日（周六）上班。"""


def test_the_calendar_is_entered_from_the_notice(town: Town, admin: Client, head: Client) -> None:
    page = text(admin.get("/manage/calendar/?year=2028"))
    assert "暂定" in page and "通知原文" in page
    assert "通知原文" not in text(head.get("/manage/calendar/?year=2028"))
    read = text(admin.post("/manage/calendar/notice/", {"year": "2028", "text": NOTICE}))
    assert "录入这 4 天" in read and "2028年1月8日" in read
    assert "暂定" in text(admin.get("/manage/calendar/?year=2028"))
    wrong = admin.post("/manage/calendar/notice/", {"year": "2027", "text": NOTICE, "enter": "1"})
    assert wrong.status_code == 422 and "年份选对了吗" in text(wrong)
    assert head.post("/manage/calendar/notice/", {"year": "2028", "text": NOTICE, "enter": "1"}).status_code == 403
    answer = admin.post("/manage/calendar/notice/", {"year": "2028", "text": NOTICE, "enter": "1"})
    assert answer.url == "/manage/calendar/?year=2028"
    page = text(admin.get(answer.url))
    assert "暂定" not in page and "已录全" in page and "唐䶮" in page
    assert "2028-01-08：上班（元旦）" in page
    admin.post("/manage/calendar/year/", {"year": "2028", "entered": "0"})
    assert "暂定" in text(admin.get("/manage/calendar/?year=2028"))


def test_days_are_ticked_for_all_and_for_one_unit(town: Town, admin: Client, head: Client) -> None:
    east = str(town.units["east"].pk)
    form = {"year": "2026", "unit": east, "day": ["2026-12-01", "2026-12-02"], "as": "off", "note": "换届选举"}
    assert head.post("/manage/calendar/days/", form).url == f"/manage/calendar/?year=2026&unit={east}"
    page = text(head.get(f"/manage/calendar/?year=2026&unit={east}"))
    assert page.count("<small>自</small>") == 2 and "换届选举" in page
    assert "换届选举" not in text(head.get("/manage/calendar/?year=2026"))
    assert head.post("/manage/calendar/days/", form | {"unit": ""}).status_code == 403
    assert head.post("/manage/calendar/days/", form | {"unit": str(town.units["west"].pk)}).status_code == 404
    for change, said in (
        ({"day": []}, "先点上"),
        ({"as": ""}, "请选放假"),
        ({"day": ["soon"]}, "日期不对"),
        ({"note": "长" * 101}, "最多 100 个字"),
    ):
        refused = head.post("/manage/calendar/days/", form | change)
        assert refused.status_code == 422 and said in text(refused), change
    head.post("/manage/calendar/days/", form | {"as": "plain"})
    assert "<small>自</small>" not in text(head.get(f"/manage/calendar/?year=2026&unit={east}"))
    for query in ("?year=1", "?year=20260", "?year=二零二六", "?unit=x", "?unit=99999999999999999999"):
        assert head.get(f"/manage/calendar/{query}").status_code == 404


def test_how_people_sign_in_is_set_on_a_page(town: Town, admin: Client, head: Client) -> None:
    assert head.get("/manage/sign-in/").status_code == 403
    assert head.post("/manage/sign-in/", {"what": "second", "required": "1"}).status_code == 403
    admin.post("/manage/sign-in/", {"what": "second", "required": "1"})
    page = text(admin.get("/manage/sign-in/"))
    assert "修改登录设置" in page and "动态口令：否 → 是" in page
    provider = {
        "what": "provider",
        "issuer": "https://idp.example/",
        "client_id": "linli",
        "client_secret": "s3cret-words",
    }
    for change, said in (
        ({"issuer": "http://idp.example"}, "https://"),
        ({"issuer": "x" * 201}, "最多 200 个字"),
        ({"client_id": ""}, "请填写"),
        ({"client_secret": ""}, "请填写"),
    ):
        refused = admin.post("/manage/sign-in/", provider | change)
        assert refused.status_code == 422 and said in text(refused), change
    assert admin.post("/manage/sign-in/", provider).status_code == 302
    kept = Setting.objects.get(key="oidc").value
    assert "s3cret-words" not in str(kept)
    assert oidc.provider_of(kept) == oidc.Provider("https://idp.example", "linli", "s3cret-words")
    page = text(admin.get("/manage/sign-in/"))
    assert "s3cret-words" not in page and "认证方地址：https://idp.example" in page
    admin.post("/manage/sign-in/", provider | {"client_id": "other", "client_secret": ""})
    assert oidc.provider_of(Setting.objects.get(key="oidc").value).client_secret == "s3cret-words"
    admin.post("/manage/sign-in/", {"what": "provider", "issuer": ""})
    assert not Setting.objects.filter(key="oidc").exists()


def test_the_navigation_leads_those_who_manage(town: Town) -> None:
    names = {name: [entry.address for entry in entries(town.actor(name))] for name in ("admin", "head", "clerk")}
    assert names == {
        "admin": ["orgs:manage", "orgs:calendar", "orgs:settings"],
        "head": ["orgs:manage", "orgs:calendar"],
        "clerk": [],
    }


def test_the_list_of_accounts_names_two_posts_and_counts_the_rest(town: Town, admin: Client) -> None:
    for role in ("handler", "liaison", "dispatcher"):
        Post.objects.create(
            user=town.users["clerk"], organisation=town.units["east"], role=role, since=date(2025, 1, 2)
        )
    page = text(admin.get("/manage/accounts/?q=clerk"))
    row = next(one for one in page.split("<tr data-row>")[1:] if f"/manage/accounts/{town.users['clerk'].pk}/" in one)
    assert f'<a class="nw" href="/manage/accounts/{town.users["clerk"].pk}/">还有 2 个</a>' in row
    assert row.count("东门社区居委会") == 2
