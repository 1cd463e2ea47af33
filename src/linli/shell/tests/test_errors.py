"""What people and programs are told when something cannot be done: what happened, what was kept, what to do."""

import io
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.views.decorators.http import require_POST

from linli.config import urls
from linli.kernel.limits import TooMany
from linli.kernel.policy import Refused
from linli.matters import actions
from linli.orgs.actors import Actor
from linli.procedures.errors import BadAnswers, Changed, NotNow
from linli.procedures.models import Case
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db

raised: dict[str, Callable[[], Exception]] = {
    "refused": lambda: Refused("由社区专干办理䶮。"),
    "many": lambda: TooMany(61),
    "changed": lambda: Changed(Case.objects.select_related("parent").get(), 0),
    "not_now": lambda: NotNow("办件已经结束。"),
    "bad": lambda: BadAnswers({"text": "请写<b>一句话</b>。", "phone": "电话不对。"}),
    "crash": lambda: ZeroDivisionError("秘密"),
}


def fail(request: HttpRequest, how: str) -> HttpResponse:
    raise raised[how]()


@require_POST
def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.POST.get("text", ""))


def route(prefix: str) -> Any:
    return [path(f"{prefix}fail/<str:how>/", fail), path(f"{prefix}form/", form)]


urlpatterns = [*route(""), *route("desk/"), *route("api/v1/"), *urls.urlpatterns]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
with_failures = override_settings(ROOT_URLCONF=__name__)


def ask(town: Town, address: str, name: str | None = None, **cookies: str) -> Any:
    client = Client(raise_request_exception=False)
    if name:
        client.force_login(town.users[name])
    client.cookies.load(cookies)
    return client.get(address)


def said(answer: Any) -> str:
    """The heading and the sentences of the page."""
    main = answer.content.decode().split('<div class="l-state">')[1].split("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).strip()


@pytest.fixture
def case(town: Town) -> Case:
    matter = actions.report(text="电梯停了三天。", place=town.place(), by=Actor(key="me"), at=NOW, starter_key="me")
    return matter.case


@with_failures
@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ("refused", 403, "这一页不在您的范围里 由社区专干办理䶮。 要一起办，可以请它所属的单位授权。 回首页"),
        ("many", 429, "试得太密了，请等一会儿 短时间里从这里来的请求太多，先停一停。 已经提交的不受影响。 2 分钟后可以再试。"),
        ("changed", 409, "别人刚改过这一件 您打开之后，它已经变了。 您的修改没有丢，也还没有存。 看一眼现在的样子，再决定要不要改。 看现在的样子"),
        ("not_now", 409, "这次没有办成 办件已经结束。 什么都没有改动，您写的字还在。 请返回上一页，改一改再试。 回首页"),
        ("bad", 422, "这次没有办成 请写&lt;b&gt;一句话&lt;/b&gt;。；电话不对。"),
    ],
)  # fmt: skip
def test_a_resident_reads_what_happened(town: Town, case: Case, how: str, status: int, words: str) -> None:
    answer = ask(town, f"/fail/{how}/")
    assert answer.status_code == status
    assert said(answer).startswith(words), said(answer)
    assert 'data-mode="resident"' in answer.content.decode()
    big = ask(town, f"/fail/{how}/", mode="elder")
    assert 'data-mode="elder"' in big.content.decode() and said(big) == said(answer)


@with_failures
def test_staff_stay_at_their_desk_and_are_told_who_acted(town: Town, case: Case) -> None:
    answer = ask(town, "/desk/fail/changed/", "clerk")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert 'data-mode="desk"' in html and "待我办" in html
    assert said(answer).startswith("反映人刚改过这一件 您打开之后，它已经变了。")
    assert "反映人 提交" in said(answer)
    assert f'href="/desk/cases/{case.code}/"' in html
    # another community's clerk learns nothing of the case
    other = ask(town, "/desk/fail/changed/", "west_clerk")
    assert case.code not in other.content.decode() and "提交" not in said(other)
    assert 'href="/desk/"' in other.content.decode().split('<div class="l-state">')[1]


@with_failures
def test_the_desk_has_no_frame_for_those_who_do_not_work_there(town: Town) -> None:
    from linli.orgs.models import User

    town.users["nobody"] = User.objects.create_user(username="nobody", name="路人")
    answer = ask(town, "/desk/", "nobody")
    assert answer.status_code == 403
    assert 'data-mode="resident"' in answer.content.decode()
    assert "这里是工作人员的工作台，您目前没有任职。" in said(answer)
    assert ask(town, "/desk/nothing/").status_code == 404


@with_failures
def test_a_crash_shows_a_number_and_nothing_of_the_inside(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="linli.errors"):
        answer = ask(town, "/fail/crash/")
    assert answer.status_code == 500
    number = re.search(r"告诉值班时请报编号 (E-\d{4}-\d{4}-[0-9A-F]{4})", answer.content.decode())
    assert number is not None
    assert f"reference {number[1]}: GET /fail/crash/" in caplog.text
    assert "秘密" not in answer.content.decode()
    assert said(answer).startswith("我们这边出错了 这不是您的问题。 没有完成的改动已经全部撤回，不会只做一半。")
    assert ask(town, "/desk/fail/crash/", "clerk", theme="dark").content.decode().count('data-bs-theme="dark"') == 1


@with_failures
@pytest.mark.parametrize(
    ("how", "status", "code"),
    [("refused", 403, "forbidden"), ("many", 429, "too_many"), ("changed", 409, "changed"), ("not_now", 409, "not_now"),
     ("bad", 422, "bad_answers"), ("crash", 500, "server_error")],
)  # fmt: skip
def test_programs_get_problem_documents(town: Town, case: Case, how: str, status: int, code: str) -> None:
    answer = ask(town, f"/api/v1/fail/{how}/")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/problems/{code}")
    assert body["detail"]
    if how == "bad":
        assert body["errors"] == {"text": "请写<b>一句话</b>。", "phone": "电话不对。"}
    if how == "many":
        assert answer.headers["Retry-After"] == "61"


def test_a_page_that_is_not_there(town: Town) -> None:
    answer = ask(town, "/nothing/")
    assert answer.status_code == 404
    assert said(answer) == (
        "没有这一页 地址可能写错了，或者这一页已经撤下。 查进度请用短码，例如 7Q4M-2KX9；编号要写全。 回首页"
    )
    assert ask(town, "/api/v1/nothing").json()["code"] == "not_found"


@with_failures
def test_a_form_opened_as_a_page_and_a_form_gone_stale(town: Town) -> None:
    answer = ask(town, "/form/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "这个地址是用来提交的，不能直接打开。" in said(answer)
    stale = Client(enforce_csrf_checks=True).post("/form/", {"text": "写了很久"})
    assert stale.status_code == 403
    assert said(stale).startswith("这次没有办成 页面放得太久，为安全没有收下。")


@with_failures
def test_too_much_at_once_says_how_much_is_taken(town: Town) -> None:
    answer = Client().post("/form/", "text=" + "好" * 600_000, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert said(answer).startswith("文件太大，没有收下 一次最多 1 MB。 您写的字还在，只是照片或文件没有传上来。")
    sent = {"CONTENT_LENGTH": "200000000", "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = Client().generic("POST", "/form/", **sent)
    assert said(answer).startswith("文件太大，没有收下 一次最多 12 个文件、130 MB。")


def test_the_head_of_a_page_can_be_asked_for(town: Town) -> None:
    assert [Client().head(path).status_code for path in ("/", "/figures/", "/healthz")] == [200, 200, 200]


class NeverRead(io.BytesIO):
    """A body that must not be touched."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize(("length", "status"), [(130_000_001, 413), (10**30, 413), (130_000_000, 500)])
def test_what_says_that_it_is_too_large_is_refused_unread(town: Town, length: int, status: int) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    sent = {"wsgi.input": NeverRead(), "CONTENT_LENGTH": str(length), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = client.request(PATH_INFO="/api/v1/matters", REQUEST_METHOD="POST", **sent)
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["code"] == "too_large"
