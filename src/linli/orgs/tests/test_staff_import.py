"""Staff from a table: whole or not at all, every fault by its row, twice is as good as once."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from linli.kernel.exports import csv_bytes, workbook_bytes
from linli.kernel.importers import ImportRefused, silent
from linli.orgs.enums import ROLES
from linli.orgs.models import Post, User
from linli.orgs.staff_import import SAMPLE, TEMPLATE, import_staff
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
HEAD = ["姓名", "手机号", "用户名", "单位", "区划代码", "岗位", "网格", "小区", "任职日期", "离任日期"]
GOOD = [
    ["唐䶮龙", "13900000011", "tyl", "东门社区居委会", "", "网格员", "第1网格", "", "2026/1/1", ""],
    [
        "买买提江·吐尔逊",
        "13900000012",
        "",
        "桂湖街道办事处",
        "990101001000",
        "分拨员",
        "",
        "",
        "2026年2月3日",
        "2027-02-03",
    ],
    ["唐䶮龙", "13900000011", "tyl", "东门社区居委会", "东门社区", "mediator", "", "桂花园", "2026-01-01", ""],
]


def write(tmp_path: Path, rows, head=HEAD) -> Path:
    file = tmp_path / "staff.csv"
    file.write_bytes(csv_bytes(head, rows))
    return file


def read(path: Path, **more):
    arguments = {"dry_run": False, "progress": silent, "at": NOW} | more
    return import_staff(path, **arguments).figures


def faults(path: Path, **more) -> list[tuple[int, str]]:
    with pytest.raises(ImportRefused) as caught:
        read(path, **more)
    return caught.value.problems.shown


def test_accounts_and_posts_are_made_once(town: Town, tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    count = User.objects.count()
    assert read(file, dry_run=True) == {"新账号": 2, "新任职": 3, "原来就有的任职": 0}
    assert User.objects.count() == count
    assert read(file) == {"新账号": 2, "新任职": 3, "原来就有的任职": 0}
    assert read(file) == {"新账号": 0, "新任职": 0, "原来就有的任职": 3}
    user = User.objects.get(name="唐䶮龙")
    assert [(post.role, str(post.grid), str(post.compound)) for post in user.posts.order_by("id")] == [
        ("grid_worker", "第1网格", "None"),
        ("mediator", "None", "桂花园"),
    ]
    other = User.objects.get(phone_blind=User.objects.get(name="买买提江·吐尔逊", username__startswith="u").phone_blind)
    assert not other.has_usable_password() and "13900000012" not in other.username
    post = other.posts.get()
    assert (post.since.isoformat(), post.until.isoformat()) == ("2026-02-03", "2027-02-03")


def test_a_workbook_reads_the_same(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "staff.xlsx"
    file.write_bytes(workbook_bytes(HEAD, GOOD, title="人员"))
    assert read(file)["新任职"] == 3
    file.write_bytes(workbook_bytes(TEMPLATE, [SAMPLE], title="人员"))
    assert read(file) == {"新账号": 1, "新任职": 1, "原来就有的任职": 0}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"单位": "火星居委会"}, "没有单位“火星居委会”"),
        ({"岗位": "国王"}, "没有岗位“国王”"),
        ({"网格": "第9网格"}, "没有这个网格"),
        ({"小区": "火星小区"}, "没有这个小区"),
        ({"手机号": "12"}, "电话号码不对"),
        ({"手机号": "", "用户名": ""}, "至少填一个"),
        ({"任职日期": "昨天"}, "任职日期“昨天”不是日期"),
        ({"离任日期": "2020-01-01"}, "离任日期要在任职日期之后"),
        ({"姓名": ""}, "请填写"),
        ({"姓名": "坏\u202e字", "手机号": "13900000099", "用户名": "x"}, "控制字符"),
        ({"手机号": "", "用户名": "clerk"}, "姓名对不上"),
    ],
)
def test_one_bad_row_stops_all_and_is_named(town: Town, tmp_path: Path, change, said: str) -> None:
    bad = dict(
        zip(
            HEAD, ["新来的", "13900000020", "xl", "东门社区居委会", "", "网格员", "", "", "2026-01-01", ""], strict=True
        )
    )
    counts = (User.objects.count(), Post.objects.count())
    ((row, text),) = faults(write(tmp_path, [*GOOD, list((bad | change).values())]))
    assert row == 5 and said in text
    assert (User.objects.count(), Post.objects.count()) == counts


def test_roles_are_understood_whatever_the_language_of_the_page(town: Town, tmp_path: Path) -> None:
    with translation.override("en"):
        assert read(write(tmp_path, GOOD), dry_run=True)
        english = str(ROLES["mediator"].name)
    assert read(write(tmp_path, [["甲", "", "a1", "东门社区居委会", "", english, "", "", "", ""]]), dry_run=True)


def test_faults_of_many_rows_are_all_told(town: Town, tmp_path: Path) -> None:
    rows = [["甲", "", f"a{number}", "火星", "", "网格员", "", "", "", ""] for number in range(3)]
    assert [row for row, _text in faults(write(tmp_path, rows))] == [2, 3, 4]
    assert faults(write(tmp_path, [["x"]], head=["姓名"]))[0][1] == "第一行没有这些列：单位、岗位。"
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert faults(empty)[0][1] == "文件是空的。"


def test_a_manager_imports_into_their_own_place_only(town: Town, tmp_path: Path) -> None:
    shown = faults(write(tmp_path, GOOD), by=town.actor("head"))
    assert shown == [(3, "这个单位不在您管理的范围内。")]
    assert read(write(tmp_path, [GOOD[0]]), by=town.actor("head"))["新账号"] == 1


def test_a_resident_who_is_appointed_keeps_the_account(town: Town, tmp_path: Path) -> None:
    from linli.kernel.crypto import blind, seal

    resident = User.objects.create_user(
        "p-1", name="", phone_sealed=seal("13900000011"), phone_blind=blind("13900000011", purpose="phone")
    )
    assert read(write(tmp_path, [GOOD[0]])) == {"新账号": 0, "新任职": 1, "原来就有的任职": 0}
    resident.refresh_from_db()
    assert resident.name == "唐䶮龙"


def test_the_command(town: Town, tmp_path: Path, capsys) -> None:
    call_command("import", "staff", str(write(tmp_path, GOOD)))
    assert User.objects.filter(name="唐䶮龙").exists()
    bad = write(tmp_path, [["甲", "", "a", "火星", "", "网格员", "", "", "", ""]])
    with pytest.raises(CommandError):
        call_command("import", "staff", str(bad))
    assert "火星" in capsys.readouterr().err


def test_the_page(town: Town, client: Client) -> None:
    client.force_login(town.users["head"])

    def send(rows, act: str, name: str = "a.csv"):
        file = SimpleUploadedFile(name, csv_bytes(HEAD, rows))
        return client.post("/manage/staff-import/", {"file": file, "act": act})

    assert "只是检查" in send([GOOD[0]], "check").content.decode()
    assert not User.objects.filter(name="唐䶮龙").exists()
    refused = send(GOOD, "import")
    assert refused.status_code == 422 and "第 3 行：这个单位不在您管理的范围内。" in refused.content.decode()
    assert "导入好了" in send([GOOD[0]], "import").content.decode()
    assert User.objects.filter(name="唐䶮龙").exists()
    assert client.post("/manage/staff-import/", {"act": "import"}).status_code == 422
    # the page's own template, filled in with its example
    book = workbook_bytes(TEMPLATE, [SAMPLE], title="x")
    for act in ("check", "import"):
        answer = client.post("/manage/staff-import/", {"file": SimpleUploadedFile("名单.xlsx", book), "act": act})
        assert answer.status_code == 200, answer.content.decode()
    made = Post.objects.filter(user__name=SAMPLE[0], role="clerk").exclude(user=town.users["clerk"])
    assert made.count() == 1
    junk = SimpleUploadedFile("a.xlsx", b"PK\x03\x04 junk")
    assert client.post("/manage/staff-import/", {"file": junk, "act": "import"}).status_code == 422
    answer = client.get("/manage/staff-import/template/")
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(answer.content))
    assert [cell.value for cell in book.active[1]] == HEAD
