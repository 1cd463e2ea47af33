"""The designer's pages: who gets in, what is kept, what comes back with 409 and 422, trying a case without writing one."""

import html
import json
import re

import pytest
from django.test import Client

from linli.procedures import designing
from linli.procedures.designing import digest
from linli.procedures.editing import edited, tree_of
from linli.procedures.models import Case, CaseRecord, ProcedureVersion
from linli.testing import NOW, Town

PAGES = (
    "",
    "?view=text",
    "?part=step:check",
    "?part=action:check.redo",
    "?part=field:result",
    "check/",
    "try/",
    "compare/",
)


@pytest.fixture
def draft(town: Town) -> ProcedureVersion:
    source = ProcedureVersion.objects.get(key="matter", status="published")
    return designing.copy(version_id=source.pk, by=town.actor("admin"), at=NOW)


@pytest.fixture
def admin(town: Town) -> Client:
    client = Client()
    client.force_login(town.users["admin"])
    return client


def at(draft: ProcedureVersion, more: str = "") -> str:
    return f"/manage/procedures/{draft.pk}/{more}"


def said(response) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def textarea(response) -> str:
    return html.unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", response.content.decode(), re.S)[1])


def now(draft: ProcedureVersion) -> ProcedureVersion:
    return ProcedureVersion.objects.get(pk=draft.pk)


def test_only_managers_of_a_county_or_city_get_in(draft: ProcedureVersion, town: Town) -> None:
    addresses = ["/manage/procedures/", "/manage/procedures/matter/versions/", *(at(draft, page) for page in PAGES)]
    for address in addresses:
        assert Client().get(address).status_code in (302, 200, 401), address
        assert "第 2 版" not in said(Client().get(address)), address
    for name in ("clerk", "street_head", "head", "housing"):
        client = Client()
        client.force_login(town.users[name])
        for address in addresses:
            assert client.get(address).status_code == 403, (name, address)
        for act in ("save", "edit", "preview", "publish", "discard", "retire", "try"):
            assert client.post(at(draft, f"{act}/"), {"text": "x", "since": digest(draft.text)}).status_code == 403
        assert client.post("/manage/procedures/copy/", {"source": draft.pk}).status_code == 403
    assert now(draft).text == draft.text


def test_every_page_of_a_draft_is_drawn(draft: ProcedureVersion, admin: Client) -> None:
    for page in PAGES:
        response = admin.get(at(draft, page))
        assert response.status_code == 200, page
        assert "style=" not in response.content.decode(), page
    listed = said(admin.get("/manage/procedures/"))
    assert "居民诉求办理 matter" in listed
    assert said(admin.get("/manage/procedures/", {"q": "whistle"})).count("平台自带") == 1
    assert admin.get("/manage/procedures/999999/").status_code == 404
    assert admin.get("/manage/procedures/nothing/versions/").status_code == 404


@pytest.mark.parametrize("key", ["call_back", "extension", "matter", "supervision", "suspension", "whistle"])
def test_published_versions_are_shown_and_not_changed(key: str, admin: Client, town: Town) -> None:
    version = ProcedureVersion.objects.get(key=key, status="published")
    for page in ("", "?view=text", "check/", "try/", "compare/"):
        assert admin.get(at(version, page)).status_code == 200, page
    assert admin.post(at(version, "save/"), {"text": "x", "since": digest(version.text)}).status_code == 409
    assert now(version).text == version.text


def test_text_with_mistakes_is_kept_and_they_are_named_by_line(draft: ProcedureVersion, admin: Client) -> None:
    text = draft.text.replace("to: handle", "to: nowhere", 1)
    line = text[: text.index("to: nowhere")].count("\n") + 1
    done = admin.post(at(draft, "save/"), {"text": text, "since": digest(draft.text)}, follow=True)
    assert done.status_code == 200
    assert now(draft).text == text == textarea(done)
    assert f"第 {line} 行 交办 · 交办 没有“nowhere”这个环节。" in said(done)
    assert "还不能发布" in said(admin.get(at(draft, "compare/")))
    assert "先改好下面的错" in said(admin.get(at(draft, "check/")))
    assert "先改好下面的错" in said(admin.get(at(draft, "try/")))


@pytest.mark.parametrize(
    "text", ["", "steps: [", "<script>alert(1)</script>", "a: 'x", "procedure: matter\nsteps: 3\n", "x" * 200_001]
)
def test_any_text_can_be_shown_again(draft: ProcedureVersion, admin: Client, text: str) -> None:
    done = admin.post(at(draft, "save/"), {"text": text, "since": digest(draft.text)}, follow=True)
    assert done.status_code == (422 if len(text) > 200_000 else 200)
    assert textarea(done) == text
    assert "<script>alert" not in done.content.decode()
    for page in PAGES:
        assert admin.get(at(draft, page)).status_code == 200, page
    assert admin.post(at(draft, "preview/"), {"text": text}).status_code == 200


def test_the_preview_shows_what_is_not_kept(draft: ProcedureVersion, admin: Client) -> None:
    text = draft.text.replace("name: {zh: 核查, en: Check}", "name: {zh: 复查, en: Check}", 1)
    shown = admin.post(at(draft, "preview/"), {"text": text})
    assert "复查" in shown.content.decode()
    assert "可以发布" in said(shown)
    assert now(draft).text == draft.text


def form(response) -> dict[str, str]:
    """What a browser would post of the part's form, as it is shown."""
    page = response.content.decode()
    shown = re.search(r'<form method="post" action="[^"]*/edit/">(?:(?!</form>).)*?value="save".*?</form>', page, re.S)[
        0
    ]
    values = dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', shown))
    values |= dict(
        re.findall(r'<input class="l-input[^"]*" type="text" id="[^"]*" name="([\w.]+)" value="([^"]*)"', shown)
    )
    for name, options in re.findall(
        r'<select class="[^"]*" id="[^"]*" name="([\w.]+)"[^>]*>(.*?)</select>', shown, re.S
    ):
        values[name] = (re.findall(r'<option value="([^"]*)" selected', options) or [""])[0]
    for name in re.findall(r'<input type="checkbox" id="[^"]*" name="([\w.]+)" value="1" checked', shown):
        values[name] = "1"
    return {name: html.unescape(value) for name, value in values.items()} | {"do": "save"}


def test_a_second_copy_leads_to_the_draft_that_is_there(draft: ProcedureVersion, admin: Client) -> None:
    again = admin.post("/manage/procedures/copy/", {"source": draft.pk}, follow=True)
    assert again.redirect_chain[-1][0] == at(draft, "?there=1")
    assert "这个流程已经有一份草稿" in said(again)


def test_a_part_is_changed_by_its_form(draft: ProcedureVersion, admin: Client) -> None:
    posted = form(admin.get(at(draft, "?part=step:check")))
    assert posted["holder.role"] == "clerk"
    done = admin.post(at(draft, "edit/"), posted | {"clock.how": "fixed", "clock.amount": "3"}, follow=True)
    assert done.redirect_chain[-1][0].endswith("?part=step:check&done=1")
    expected = draft.text.replace("clock: {from: catalogue.check, default: 2 working days}", "clock: 3 working days")
    assert now(draft).text == expected
    wrong = admin.post(at(draft, "edit/"), form(done) | {"name.zh": "", "clock.amount": "两"})
    assert wrong.status_code == 422
    assert now(draft).text == expected
    assert 'value="两"' in wrong.content.decode()


def test_parts_are_added_moved_and_removed(draft: ProcedureVersion, admin: Client) -> None:
    def post(**values: str):
        return admin.post(at(draft, "edit/"), {"since": digest(now(draft).text)} | values, follow=True)

    post(**{"do": "add_step", "new.name": "复核", "new.after": "check", "new.kind": "task", "part": "general"})
    steps = list(tree_of(now(draft).text)["steps"])
    assert steps[steps.index("check") + 1] == "step_1"
    post(**{"do": "up", "part": "step:step_1"})
    steps = list(tree_of(now(draft).text)["steps"])
    assert steps[steps.index("check") - 1] == "step_1"
    post(**{"do": "add_action", "new.name": "退回", "part": "step:step_1"})
    assert list(tree_of(now(draft).text)["steps"]["step_1"]["actions"]) == ["done", "action_1"]
    post(**{"do": "remove", "part": "action:step_1.action_1"})
    post(**{"do": "add_field", "new.name": "备注", "part": "general"})
    assert tree_of(now(draft).text)["fields"]["field_1"]["name"] == "备注"
    post(**{"do": "remove", "part": "field:field_1"})
    post(**{"do": "remove", "part": "step:step_1"})
    assert tree_of(now(draft).text) == tree_of(draft.text)
    for bad in (
        {"do": "remove", "part": "general"},
        {"do": "up", "part": "step:none"},
        {"do": "x", "part": "general", "new.name": "a"},
        {"do": "add_step", "part": "general"},
    ):
        assert post(**bad).status_code == 422, bad


def test_who_saves_second_gets_everything_back_with_what_changed(
    draft: ProcedureVersion, admin: Client, town: Town
) -> None:
    seen = digest(draft.text)
    posted = form(admin.get(at(draft, "?part=step:check")))
    theirs, _kept = edited(draft.text, [(("steps", "rate", "name", "zh"), "请您评价")])
    designing.save(version_id=draft.pk, text=theirs, since=seen, by=town.actor("admin"), at=NOW)
    mine = draft.text + "# 我的注释\n"
    back = admin.post(at(draft, "save/"), {"text": mine, "since": seen})
    assert back.status_code == 409
    assert textarea(back) == mine
    assert "环节 回访评价：名称由“回访评价”改为“请您评价”" in said(back)
    assert "+ # 我的注释".replace("+ ", "+") in said(back)
    assert digest(theirs) in back.content.decode()
    part = admin.post(at(draft, "edit/"), posted | {"name.zh": "核对"})
    assert part.status_code == 409
    assert 'value="核对"' in part.content.decode()
    assert now(draft).text == theirs


def test_publishing_by_page(draft: ProcedureVersion, admin: Client) -> None:
    since = digest(draft.text)
    assert admin.post(at(draft, "publish/"), {"since": since, "note": ""}).status_code == 422
    assert admin.post(at(draft, "publish/"), {"since": "old", "note": "x"}).status_code == 409
    done = admin.post(at(draft, "publish/"), {"since": since, "note": "试行"}, follow=True)
    assert "试行" in said(done)
    assert now(draft).status == "published"
    copied = admin.post("/manage/procedures/copy/", {"source": draft.pk}, follow=True)
    third = ProcedureVersion.objects.get(key="matter", status="draft")
    assert copied.redirect_chain[-1][0] == at(third)
    assert admin.post(at(third, "discard/"), {"since": digest(third.text)}).status_code == 302
    assert now(third).status == "retired"
    wrong = admin.post("/manage/procedures/copy/", {"source": draft.pk, "new": "1", "key": "Wrong", "name": "新"})
    assert wrong.status_code == 422
    assert 'value="Wrong"' in wrong.content.decode()
    assert admin.post("/manage/procedures/copy/", {"source": "x"}).status_code == 404
    assert admin.post(at(draft, "retire/")).status_code == 409


def trial(response) -> str:
    return html.unescape(re.search(r'name="trial" value="([^"]*)"', response.content.decode())[1])


def test_a_sample_case_is_walked_to_its_end_and_nothing_is_written(draft: ProcedureVersion, admin: Client) -> None:
    page = admin.get(at(draft, "try/"))
    moves: list[tuple[str, dict[str, str]]] = [
        (":start", {}),
        ("accept", {"a.urgency": "3"}),
        ("own", {}),
        ("done", {"a.result": "修好了"}),
        ("pass", {}),
        ("rate", {"a.reached": "yes", "a.settled": "yes", "a.satisfied": "5"}),
    ]
    for how, answers in moves:
        page = admin.post(at(draft, "try/"), {"trial": trial(page), "how": how} | answers)
        assert page.status_code == 200, (how, said(page))
    assert "走到头了：已办结" in said(page)
    assert [how for how, _given in json.loads(trial(page))["moves"]] == ["accept", "own", "done", "pass", "rate"]
    page = admin.post(at(draft, "try/"), {"trial": trial(page), "how": ":back"})
    assert "现在在“回访评价”" in said(page)
    wrong = admin.post(at(draft, "try/"), {"trial": trial(page), "how": "rate", "a.settled": "yes"})
    assert wrong.status_code == 422
    assert json.loads(trial(wrong))["moves"] == json.loads(trial(page))["moves"]
    assert admin.post(at(draft, "try/"), {"trial": trial(page), "how": "fly"}).status_code == 422
    again = admin.post(at(draft, "try/"), {"trial": trial(page), "how": ":again"})
    assert "发起一件" in said(again)
    assert not Case.objects.exists()
    assert not CaseRecord.objects.exists()


@pytest.mark.parametrize(
    "state",
    [
        "{",
        "[]",
        '{"start": 1, "moves": []}',
        '{"start": {}, "moves": [["accept"]]}',
        '{"start": {"urgency": {"a": 1}}, "moves": []}',
        '{"start": {}, "moves": ' + json.dumps([["accept", {}]] * 81) + "}",
        '{"start": {}, "moves": [["accept", {"urgency": "x", "nothing": 1}]]}',
        "[" * 60_001,
    ],
)
def test_a_state_that_was_made_up_is_refused(draft: ProcedureVersion, admin: Client, state: str) -> None:
    assert admin.post(at(draft, "try/"), {"trial": state, "how": "accept"}).status_code == 422


def test_a_page_of_the_designer_costs_a_fixed_number_of_statements(
    draft: ProcedureVersion, admin: Client, django_assert_max_num_queries
) -> None:
    admin.get(at(draft))
    for page in (*PAGES,):
        with django_assert_max_num_queries(9):
            admin.get(at(draft, page))
