"""The file of a case: who reads it how, the PDF, the archive package and what its verification finds."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from PIL import Image

from linli.kernel import packages
from linli.kernel.tests.pdftext import characters, pages
from linli.matters import actions as matters
from linli.orgs.actors import Actor
from linli.procedures import archiving, files
from linli.procedures.actions import act, comment
from linli.procedures.models import Case
from linli.procedures.pdf import history_pdf
from linli.procedures.views import archive
from linli.testing import NOW, Town

REPORTER = Actor(key="me")
RARE = "䶮、𠅤、买买提江·吐尔逊"


def picture(colour: str) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return SimpleUploadedFile("p.jpg", out.getvalue(), "image/jpeg")


@pytest.fixture
def case(town: Town) -> Case:
    matter = matters.report(
        text=f"楼下路灯不亮，{RARE}请来修。", place=town.place(), by=REPORTER, at=NOW, starter_key="me"
    )
    clerk = town.actor("clerk")
    comment(
        case_id=matter.pk, by=REPORTER, at=NOW, text="补一张照片", files=files.photos([picture("red")], field="photos")
    )
    act(
        case_id=matter.pk,
        action="accept",
        by=clerk,
        at=NOW,
        form={"category": town.categories["lamp"].pk, "urgency": 3},
    )
    comment(
        case_id=matter.pk,
        by=clerk,
        at=NOW,
        text="内部：先问物业",
        files=files.photos([picture("blue")], field="photos"),
    )
    comment(case_id=matter.pk, by=clerk, at=NOW, text="师傅下午到", public=True)
    units = [town.units["housing"].pk, town.units["police"].pk]
    act(
        case_id=matter.pk,
        action="whistle",
        by=clerk,
        at=NOW + timedelta(minutes=30),
        form={"units": units, "lead": units[0], "meeting_place": "3栋楼下", "meeting_time": "2026-11-24T15:00"},
    )
    return Case.objects.select_related("version", "parent").get(pk=matter.pk)


def package(case: Case, by: Actor) -> bytes:
    found = archiving.dossier(case, by=by)
    assert found is not None
    out = io.BytesIO()
    archiving.write_package(found, out, pdf=history_pdf(found, at=NOW), at=NOW)
    return out.getvalue()


def history_of(data: bytes) -> dict:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return json.loads(opened.read("history.json"))


def test_staff_read_in_full_the_reporter_what_concerns_them_others_nothing(case: Case, town: Town) -> None:
    assert archiving.reader_of(town.actor("clerk"), case) == "staff"
    assert archiving.reader_of(town.actor("housing"), case) == ""
    assert archiving.reader_of(REPORTER, case) == "starter"
    assert archiving.reader_of(Actor(cases=frozenset({str(case.pk)})), case) == "starter"
    assert archiving.reader_of(Actor(key="other"), case) == ""
    assert archiving.reader_of(Actor(), case) == ""
    assert archiving.dossier(case, by=town.actor("far_clerk")) is None
    # somebody of another unit who reported it themselves: as a reporter, not as staff
    both = Actor(user_id=town.users["far_clerk"].pk, posts=town.actor("far_clerk").posts, key="me")
    assert archiving.reader_of(both, case) == "starter"


def test_the_staffs_file_holds_the_units_that_were_called(case: Case, town: Town) -> None:
    found = archiving.dossier(case, by=town.actor("clerk"))
    assert found is not None
    assert [part.case.procedure for part in found.parts] == ["matter", "whistle", "whistle"]
    assert [fact[0] for fact in found.parts[0].facts][:2] == ["反映内容", "地点"]
    assert RARE in found.parts[0].facts[0][1]
    child = Case.objects.select_related("version", "parent").get(parent=case, holder_unit=town.units["housing"])
    own = archiving.dossier(child, by=town.actor("housing"))
    assert own is not None
    assert [part.case.pk for part in own.parts] == [child.pk]


def test_the_staffs_file_says_how_each_deadline_came_about(case: Case, town: Town) -> None:
    found = archiving.dossier(case, by=town.actor("clerk"))
    assert found is not None
    told = [
        answer for part in found.parts for record in part.records for answer in record.answers if "到期" in answer[1]
    ]
    assert told == [
        ("本环节时限", "事项目录第 1 版：2 个工作小时，11月24日 14:20 到期"),
        ("首次实质答复", "事项目录第 1 版：7 天，12月1日 10:20 到期"),
        ("本环节时限", "事项目录第 1 版：4 个工作小时，11月24日 16:20 到期"),
        ("本环节时限", "事项目录第 1 版：4 个工作小时，11月24日 16:50 到期"),
        ("本环节时限", "事项目录第 1 版：4 个工作小时，11月24日 16:50 到期"),
    ]


def test_the_reporters_file_keeps_internal_words_back(case: Case) -> None:
    found = archiving.dossier(case, by=REPORTER)
    assert found is not None
    assert len(found.parts) == 1
    told = found.parts[0].records
    assert [(one.what, one.text, one.content is not None) for one in told] == [
        ("提交", "", True),
        ("留言", "补一张照片", True),
        ("受理 → 交办", "", False),
        ("内部办理", "", False),
        ("留言", "师傅下午到", False),
        ("吹哨 → 吹哨报到", "", False),
        ("关联办件", "", False),
        ("关联办件", "", False),
    ]
    assert told[4].who == "东门社区居委会社区专干"
    assert [file.seq for file in found.parts[0].files] == [2]
    text = json.dumps(history_of(package(case, REPORTER)), ensure_ascii=False)
    assert "先问物业" not in text
    assert "何晓兰" not in text


def test_the_pdf_shows_every_character_also_rare_ones(case: Case, town: Town) -> None:
    found = archiving.dossier(case, by=town.actor("clerk"))
    assert found is not None
    pdf = history_pdf(found, at=NOW)
    assert pdf.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert pages(pdf) >= 1
    shown = characters(pdf)
    assert set("楼下路灯不亮䶮𠅤买买提江·吐尔逊内部先问物业罗何晓兰") - set("罗") <= shown
    assert pdf == history_pdf(found, at=NOW)


def test_a_package_verifies_and_is_the_same_each_time(case: Case, town: Town, tmp_path: Path) -> None:
    data = package(case, town.actor("clerk"))
    assert data == package(case, town.actor("clerk"))
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    assert packages.verify(path) == ([], ["sealed by this installation"])
    with zipfile.ZipFile(path) as opened:
        names = opened.namelist()
        manifest = json.loads(opened.read("manifest.json"))
    assert names[:2] == ["history.json", "history.pdf"]
    assert sum(name.startswith("attachments/") for name in names) == 2
    assert manifest["case"] == case.code
    history = history_of(data)
    assert [one["last_seq"] for one in history["cases"]] == [8, 1, 1]
    assert all("content" in record for one in history["cases"] for record in one["records"])


def rewritten(data: bytes, path: Path, change) -> Path:
    """Write the package anew with its files changed; ``change`` gets a dict of name to bytes."""
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        found = {name: opened.read(name) for name in opened.namelist()}
    change(found)
    with zipfile.ZipFile(path, "w") as out:
        for name, content in found.items():
            out.writestr(name, content)
    return path


def resealed(found: dict[str, bytes], history: dict) -> None:
    """What somebody would do who changes the history and makes the manifest fit again, without the installation's key."""
    import hashlib

    found["history.json"] = json.dumps(history, ensure_ascii=False).encode()
    manifest = json.loads(found["manifest.json"])
    manifest["files"][0] |= {
        "size": len(found["history.json"]),
        "sha256": hashlib.sha256(found["history.json"]).hexdigest(),
    }
    found["manifest.json"] = json.dumps(manifest).encode()


def test_whatever_is_changed_in_a_package_is_named(case: Case, town: Town, tmp_path: Path) -> None:
    data, path = package(case, town.actor("clerk")), tmp_path / "b.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        photo = next(name for name in opened.namelist() if name.startswith("attachments/"))

    def wrong(change) -> list[str]:
        return packages.verify(rewritten(data, path, change))[0]

    assert wrong(lambda found: found.pop(photo)) == [f"{photo} is missing"]
    assert wrong(lambda found: found.update({photo: b"x"})) == [f"{photo} was changed"]
    assert wrong(lambda found: found.update({"more.txt": b"x"})) == ["more.txt does not belong to the package"]
    assert wrong(lambda found: found.pop("manifest.json")) == ["the package has no manifest"]

    def forged(found: dict[str, bytes]) -> None:
        history = json.loads(found["history.json"])
        history["cases"][0]["records"][3]["content"]["text"] = "好"
        resealed(found, history)

    assert wrong(forged) == [
        "the seal does not fit: the manifest was changed",
        f"{case.code}: record 4 was changed",
    ]

    def cut(found: dict[str, bytes]) -> None:
        history = json.loads(found["history.json"])
        del history["cases"][0]["records"][-1]
        resealed(found, history)

    assert wrong(cut)[1:] == [f"{case.code}: the history ends at record 7, not at 8"]

    def left_out(found: dict[str, bytes]) -> None:
        history = json.loads(found["history.json"])
        del history["cases"][0]["records"][3]
        resealed(found, history)

    assert wrong(left_out)[1:] == [f"{case.code}: record 4 is missing or does not follow the one before it"]


def test_the_reporters_package_shows_the_chain_without_what_is_kept_back(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "c.zip"
    data = package(case, REPORTER)
    path.write_bytes(data)
    assert packages.verify(path) == ([], ["sealed by this installation"])
    records = history_of(data)["cases"][0]["records"]
    assert [record["seq"] for record in records if "content" in record] == [1, 2]
    assert [record["hash"] for record in records] == list(case.records.order_by("seq").values_list("hash", flat=True))


def test_an_attachment_that_is_lost_is_named(case: Case, town: Town, tmp_path: Path) -> None:
    lost = case.files.order_by("seq").first()
    files.path_of(lost.sha256).write_bytes(b"other")
    path = tmp_path / "d.zip"
    path.write_bytes(package(case, town.actor("clerk")))
    assert packages.verify(path)[0] == [f"{case.code}: attachment {lost.name} was missing when the package was made"]
    files.path_of(lost.sha256).unlink()


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_package_is_refused_in_one_line(content: bytes, tmp_path: Path, capsys) -> None:
    path = tmp_path / "e.zip"
    path.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        call_command("verify", "--package", str(path))
    assert ended.value.code == 1
    assert capsys.readouterr().out.startswith("e.zip: 1 broken\n  ")


def test_the_command_verifies_a_package(case: Case, town: Town, tmp_path: Path, capsys) -> None:
    path = tmp_path / "f.zip"
    path.write_bytes(package(case, town.actor("clerk")))
    call_command("verify", "--package", str(path))
    assert capsys.readouterr().out == "f.zip: all good\n  sealed by this installation\n"


def test_pages_give_each_reader_their_own(case: Case, town: Town) -> None:
    staff, stranger = Client(), Client()
    staff.force_login(town.users["clerk"])
    address = f"/cases/{case.code}/"
    made = staff.get(address + "history.pdf")
    assert (made.status_code, made["Content-Type"]) == (200, "application/pdf")
    sent = staff.get(address + "archive.zip")
    assert sent["Content-Disposition"] == f'attachment; filename="{case.code}.zip"'
    assert history_of(b"".join(sent.streaming_content))["reader"] == "staff"
    for nobody in ("far_clerk", None):
        if nobody:
            stranger.force_login(town.users[nobody])
        assert stranger.get(address + "history.pdf").status_code == 404
        assert stranger.get(address + "archive.zip").status_code == 404
    assert staff.get("/cases/0000-0000/history.pdf").status_code == 404


def test_files_are_taken_away_so_many_times_an_hour_by_each(
    case: Case, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_AN_HOUR", 2)
    clerk, other = Client(), Client()
    clerk.force_login(town.users["clerk"])
    other.force_login(town.users["clerk2"])
    address = f"/cases/{case.code}/history.pdf"
    assert [clerk.get(address).status_code for _time in range(3)] == [200, 200, 429]
    assert other.get(address).status_code == 200
    assert clerk.get("/cases/0000-0000/history.pdf").status_code == 404


def test_the_number_of_statements_does_not_grow_with_related_cases(
    case: Case, town: Town, django_assert_num_queries
) -> None:
    clerk = town.actor("clerk")
    archiving.dossier(case, by=clerk)
    with django_assert_num_queries(4):
        archiving.dossier(case, by=clerk)
