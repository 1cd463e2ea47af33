"""Files that a form takes: documents told by their content and kept as sent, signatures drawn or typed, people who hold a fitting post."""

import base64
import hashlib
import io
import struct
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from linli.procedures.documents import MOST_ENTRIES, DocumentRefused, checked, safe_name
from linli.procedures.files import path_of
from linli.procedures.models import Case, CaseFile
from linli.procedures.tests.engine import begun, fresh, in_force, steps
from linli.testing import Town

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"
ODT = "application/vnd.oasis.opendocument.text"


def packed(parts: dict[str, bytes], *, first: str = "", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        if first:
            archive.writestr(zipfile.ZipInfo("mimetype"), first)
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


DOCX = packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
XLSX = packed({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<w/>"})


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (PDF, "申请书.PDF", "pdf"),
        (PDF, "申请书.exe", "pdf"),
        (DOCX, "a.docx", "docx"),
        (DOCX, "a.pdf", "docx"),
        (XLSX, "a.xlsx", "xlsx"),
        (packed({"content.xml": b"<o/>"}, first=ODT), "a.odt", "odt"),
        (packed({"content.xml": b"<o/>"}, first=ODT.replace("text", "spreadsheet")), "a.ods", "ods"),
        ("䶮𠅤,买买提江·吐尔逊\n".encode(), "a.csv", "csv"),
        ("邻里".encode("gb18030"), "a.txt", "txt"),
    ],
)
def test_a_document_is_what_its_content_says(data: bytes, name: str, kind: str) -> None:
    assert checked(data, name=name).kind == kind


def _long_directory() -> bytes:
    whole = bytearray(DOCX)
    place = whole.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", whole, place + 8, MOST_ENTRIES + 1, MOST_ENTRIES + 1)
    return bytes(whole)


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"")
        with archive.open("word/document.xml", "w") as part:
            for _megabyte in range(301):
                part.write(bytes(1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "a.pdf", "文件是空的"),
        (b"MZ\x90\x00" * 20, "a.pdf", "不收这种文件"),
        (b"<html><script>1</script>", "a.html", "不收这种文件"),
        (b"a\x00b", "a.txt", "不收这种文件"),
        (PDF[:-8], "a.pdf", "已损坏或没有传完整"),
        (DOCX[:-30], "a.docx", "已损坏或没有传完整"),
        (packed({"a.txt": b"1"}), "a.docx", "不收压缩包"),
        (packed({"content.xml": b"<o/>"}, first="application/epub+zip"), "a.odt", "不收压缩包"),
        (packed({"[Content_Types].xml": b"", "word/document.xml": b"", "word/vbaProject.bin": b""}), "a.docx", "宏"),
        (packed({"content.xml": b"", "Basic/Standard/x.xml": b""}, first=ODT), "a.odt", "宏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 100, "a.doc", "旧格式或带密码"),
        (_long_directory(), "a.docx", "内容太多"),
        (_bomb(), "a.docx", "展开以后太大"),
        (b"%PDF-" + b"0" * (20 * 1024 * 1024), "a.pdf", "最多 20 兆"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(data: bytes, name: str, said: str) -> None:
    with pytest.raises(DocumentRefused, match=said):
        checked(data, name=name)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("申请书.pdf", "申请书.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\文档\\表.PDF", "表.pdf"),
        ('a"b\r\nX: y.pdf', "a_b__X_ y.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("䶮" * 300 + ".pdf", "䶮" * 80 + ".pdf"),
        ("", "文件.pdf"),
    ],
)
def test_its_name_is_one_that_no_system_takes_for_anything_else(name: str, safe: str) -> None:
    assert safe_name(name, "pdf") == safe


HEAD = """
    start: {by: [public, clerk], form: ['papers?', 'sign?', 'who?']}
    public: {steps: none}
    fields:
      papers: {name: 材料, type: files, max: 2}
      sign: {name: 签名, type: signature}
      who: {name: 调解员, type: person}
"""
STEPS = """
    ask:
      holder: clerk of community
      actions: {hand: {name: 交给调解员, form: ['who?'], to: talk}, end: {to: over}}
    talk: {holder: handler of form.who, actions: {end: {to: over}}}
    over: {kind: end, outcome: over}
"""


def png(*, colour: str = "white") -> str:
    out = io.BytesIO()
    Image.new("RGB", (64, 22), colour).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


@pytest.fixture
def filing(town: Town, tmp_path: Any, settings: Any) -> Town:
    settings.MEDIA_ROOT = tmp_path
    in_force(steps(STEPS, key="filing", head=HEAD))
    return town


def sent(town: Town, **more: Any) -> dict[str, Any]:
    return {"place": f"d{town.divisions['east'].pk}", **more}


def clerk(town: Town, name: str = "clerk") -> Client:
    client = Client()
    client.force_login(town.users[name])
    return client


def upload(data: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="text/html")


@pytest.mark.django_db
def test_documents_are_kept_as_sent_and_handed_out_to_be_saved(filing: Town) -> None:
    client = clerk(filing)
    page = client.get("/desk/start/filing/").content.decode()
    assert 'accept=".pdf,.docx' in page and "每个不超过 20 兆" in page
    answer = client.post(
        "/desk/start/filing/", sent(filing, papers=[upload(PDF, "申请书.html"), upload(DOCX, "b.docx")])
    )
    assert answer.status_code == 302, answer.content.decode()
    case = Case.objects.get(procedure="filing")
    kept = list(case.files.order_by("id"))
    assert case.data["papers"] == [str(file.pk) for file in kept]
    assert [(file.name, file.mime, file.seq, file.field) for file in kept] == [
        ("申请书.html.pdf", "application/pdf", 1, "papers"),
        ("b.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 1, "papers"),
    ]
    assert path_of(hashlib.sha256(PDF).hexdigest()).read_bytes() == PDF
    served = client.get(f"/files/{kept[0].pk}/full")
    assert b"".join(served.streaming_content) == PDF
    assert served.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%E7%94%B3")
    assert served.headers["X-Content-Type-Options"] == "nosniff" and served.headers["Content-Type"] == "application/pdf"
    assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert Client().get(f"/files/{kept[0].pk}/full").status_code == 404
    for wrong in ([upload(b"MZ", "a.pdf")], [upload(PDF, "a.pdf")] * 3):
        answer = client.post("/desk/start/filing/", sent(filing, papers=wrong))
        assert answer.status_code == 422 and 'href="#f-papers"' in answer.content.decode()
    assert Case.objects.filter(procedure="filing").count() == 1


@pytest.mark.django_db
def test_a_signature_is_drawn_or_typed_and_shown_as_what_it_is(filing: Town) -> None:
    client = clerk(filing)
    here = "/desk/start/filing/"
    assert "linli/sign.js" in client.get(here).content.decode()
    client.post(here, sent(filing, **{"s.sign": "", "s.sign.drawn": png()}))
    case = Case.objects.get(procedure="filing")
    file = CaseFile.objects.get()
    assert (case.data["sign"], file.mime, file.field) == (str(file.pk), "image/jpeg", "sign")
    assert (
        f'<img class="l-signed" src="/files/{file.pk}/thumb"'
        in client.get(f"/desk/cases/{case.code}/").content.decode()
    )
    answer = client.post(here, sent(filing, **{"s.sign": "买买提江·吐尔逊"}))
    assert answer.status_code == 422 and "请勾选“这是我的签名”。" in answer.content.decode()
    assert 'value="买买提江·吐尔逊"' in answer.content.decode()
    client.post(here, sent(filing, **{"s.sign": "买买提江·吐尔逊", "s.sign.mine": "1"}))
    other = Case.objects.exclude(pk=case.pk).get(procedure="filing")
    assert other.data["sign"] == "买买提江·吐尔逊"
    assert "买买提江·吐尔逊（键入姓名签名）" in client.get(f"/desk/cases/{other.code}/").content.decode()
    # neither a picture of something else nor the id of somebody's file is a signature
    for wrong in ("data:text/html;base64,PGI+", "data:image/png;base64,!!", "data:image/png;base64,PGI+"):
        assert client.post(here, sent(filing, **{"s.sign": "", "s.sign.drawn": wrong})).status_code == 422
    client.post(here, sent(filing, **{"a.sign": str(file.pk)}))
    assert [row.data.get("sign") for row in Case.objects.filter(procedure="filing").order_by("id")][2:] == [None]


@pytest.mark.django_db
def test_a_person_is_offered_and_taken_only_with_a_fitting_post(filing: Town) -> None:
    client, now = clerk(filing), timezone.now()
    case = begun(filing, "filing", at=now)
    here = f"/desk/cases/{case.code}/"
    page = client.get(f"{here}?do=hand").content.decode()
    posts = {name: filing.users[name].posts.get() for name in ("housing", "property", "head", "west_clerk")}
    assert f'<option value="{posts["housing"].pk}">龙飞（临江区住建局 承办人）</option>' in page
    assert f'<option value="{posts["head"].pk}">' not in page
    for name in ("head", "west_clerk"):
        answer = client.post(f"{here}do/hand/", {"a.who": posts[name].pk})
        assert answer.status_code == 422 and "请从列表中选择在岗的人。" in answer.content.decode()
    posts["property"].user.is_active = False
    posts["property"].user.save()
    assert client.post(f"{here}do/hand/", {"a.who": posts["property"].pk}).status_code == 422
    assert client.post(f"{here}do/hand/", {"a.who": posts["housing"].pk}).status_code == 302
    assert (fresh(case).step, fresh(case).holder_user_id) == ("talk", filing.users["housing"].pk)
    assert "龙飞（临江区住建局 承办人）" in clerk(filing, "head").get(here).content.decode()
