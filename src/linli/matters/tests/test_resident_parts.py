"""The parts under residents' pages: what words point to, what is alike, places chosen again, drafts and their files, minimaps."""

import io
import json
import struct
import zlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.matters import catalogue, drafts, jobs, minimap, placing, similar, suggesting
from linli.matters.actions import report
from linli.matters.models import CatalogueVersion, Matter, ReportDraft
from linli.matters.tests.resident import TEXT, photo, show
from linli.orgs.actors import Actor
from linli.places.models import MapLayer
from linli.procedures import files
from linli.procedures.models import CaseFile
from linli.testing import NOW, SQUARE, Town


def bomb() -> SimpleUploadedFile:
    """A PNG of a few kilobytes that says it is 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 60_001 * 100))
    return SimpleUploadedFile("bomb.png", b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b""), "image/png")


@pytest.mark.django_db
def test_a_photo_that_unpacks_to_gigabytes_is_refused_while_it_is_small(town: Town, settings: Any) -> None:
    answer = Client().post("/report/", {"photo": [bomb()]})
    assert answer.status_code == 422
    assert "照片的尺寸太大了" in answer.content.decode()
    assert ReportDraft.objects.get().photos == []


@pytest.mark.django_db
def test_a_recording_goes_along_and_a_text_that_calls_itself_one_does_not(town: Town) -> None:
    frame = b"\xff\xfb\x90\x00" + b"\0" * 413
    voice = SimpleUploadedFile("note.mp3", frame * 20, "audio/mpeg")
    client = Client()
    client.post("/report/", {"recording": voice})
    draft = ReportDraft.objects.get()
    assert [(one["field"], one["mime"]) for one in draft.photos] == [("recording", "audio/mpeg")]
    lie = SimpleUploadedFile("note.mp3", b"<script>alert(1)</script>", "audio/mpeg")
    answer = client.post(f"/report/{draft.pk}/photo/", {"recording": lie})
    assert answer.status_code == 422
    assert len(ReportDraft.objects.get().photos) == 1
    client.post(f"/report/{draft.pk}/place/", {"place": f"b{town.building.pk}"})
    client.post(f"/report/{draft.pk}/say/", {"text": TEXT})
    client.post(f"/report/{draft.pk}/check/", {"contact": "none"})
    file = CaseFile.objects.get()
    assert (file.field, file.mime) == ("recording", "audio/mpeg")
    sent = client.get(f"/files/{file.pk}/full")
    assert "attachment" in sent.headers["Content-Disposition"]


@pytest.mark.django_db
def test_drafts_go_after_a_week_and_their_files_with_them(town: Town, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = Client()
    client.post("/report/", {"photo": [photo()]})
    draft = ReportDraft.objects.get()
    later = draft.updated_at + timedelta(days=6)
    # a swept media folder still has what drafts name
    assert drafts.sweep(at=later) == 0
    assert files.sweep(at=later, wanted=drafts.named_files()) == 0
    later = draft.updated_at + timedelta(days=8)
    assert drafts.sweep(at=later) == 1
    assert list(tmp_path.glob("*/*")) != []
    files.sweep(at=later, wanted=drafts.named_files())
    assert list(tmp_path.glob("*/*")) == []
    assert jobs.tidy() == "0 drafts, 0 files"


@pytest.mark.django_db
def test_where_room_is_short_drafts_go_after_a_day_and_files_wait(town: Town, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = Client()
    client.post("/report/", {"photo": [photo()]})
    draft = ReportDraft.objects.get()
    kept = draft.kept_bytes
    assert kept == draft.photos[0]["size"] > 0
    # half of the room is taken: what lies untouched for a day goes
    settings.LINLI_DRAFTS_MB = kept * 2 / 1_000_000
    assert [drafts.has_room(), drafts.has_room(drafts.CROWDED)] == [True, False]
    assert drafts.sweep(at=draft.updated_at + timedelta(hours=23)) == 0
    # all of it: no more files, and the report goes on without
    settings.LINLI_DRAFTS_MB = kept / 1_000_000
    answer = client.post(f"/report/{draft.pk}/photo/", {"photo": [photo()]})
    assert answer.status_code == 422
    assert "现在存不下更多照片和录音了。先把事情写下来，照样可以提交。" in answer.content.decode()
    assert client.post(f"/report/{draft.pk}/photo/", {}).status_code == 302
    draft.refresh_from_db()
    assert (draft.kept_bytes, len(draft.photos)) == (kept, 1)
    assert drafts.sweep(at=draft.updated_at + timedelta(hours=25)) == 1
    assert drafts.has_room(drafts.CROWDED)
    assert jobs.make_room() == "room enough"


@pytest.mark.django_db
def test_a_disk_that_is_nearly_full_takes_no_files(town: Town, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.LINLI_KEEP_FREE_MB = 10**12
    assert Client().post("/report/", {"photo": [photo()]}).status_code == 422
    body = {
        "matter": json.dumps({"text": "路灯不亮了", "place": {"choice": f"b{town.building.pk}"}}),
        "photo": [photo()],
    }
    refused = Client().post("/api/v1/matters", body)
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["photos"])
    assert list(tmp_path.glob("*/*")) == []
    del body["photo"]
    assert Client().post("/api/v1/matters", body).status_code == 201
    assert jobs.make_room() == "0 drafts, 0 files"


@pytest.mark.django_db
def test_one_sender_brings_so_many_megabytes_an_hour(town: Town, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.LINLI_FILES_MB_PER_HOUR = 1
    sent = [
        Client().post("/report/", {"photo": [SimpleUploadedFile("a.jpg", b"x" * 600_000)]}).status_code
        for _time in range(3)
    ]
    assert sent == [422, 429, 429]
    other = Client(REMOTE_ADDR="198.51.100.7").post("/report/", {"photo": [photo()]})
    assert other.status_code == 302
    assert Client().post("/report/", {}).status_code == 302


@pytest.mark.django_db
def test_the_words_of_a_text_propose_a_category_or_nothing(town: Town) -> None:
    found = suggesting.suggest("三单元的电梯故障了")
    assert [(one.rule.key, one.words) for one in found] == [("lift", ("电梯",))]
    assert suggesting.suggest("楼下有人唱歌") == []
    assert suggesting.dangers("有人触电了") == ["触电"]
    assert suggesting.dangers("路灯不亮") == []


@pytest.mark.django_db
def test_one_word_beside_a_better_proposal_proposes_nothing(town: Town) -> None:
    version = CatalogueVersion.objects.get()
    version.rules["lamp"]["words"] = ["路灯", "不亮"]
    version.save()
    catalogue.changed()
    found = suggesting.suggest("路灯不亮，电梯口看不清")
    assert [(one.rule.key, one.confidence) for one in found] == [("lamp", 0.67)]


@pytest.mark.django_db
def test_alike_is_what_is_open_public_and_near(town: Town) -> None:
    def raised(text: str, **where: Any) -> Matter:
        matter = report(text=text, place=town.place(**where), by=Actor(key="x"), at=NOW, starter_key="x")
        show(matter)
        return matter

    same = raised("桂花园3栋的电梯又坏了，老人下不了楼")
    raised("桂花园门口有人摆摊卖菜")
    raised("电梯坏了三天，下不了楼", community="west", grid="west1")
    found = similar.similar("电梯坏了三天了，老人没法下楼", town.place(), at=NOW)
    assert [one.matter.pk for one in found] == [same.pk]
    assert "电梯" in "".join(found[0].words)
    assert similar.similar("电梯坏了三天了", town.place(), at=NOW + timedelta(days=90)) == []


@pytest.mark.django_db
def test_residents_are_told_distances_from_which_no_door_can_be_found(town: Town) -> None:
    lon, lat = 104.06, 30.66
    matter = report(
        text="电梯坏了，老人下不了楼",
        place=replace(town.place(), lon=lon + 0.00123, lat=lat),
        by=Actor(key="x"),
        at=NOW,
        starter_key="x",
    )
    show(matter)

    def metres(shift: float, by: Actor | None) -> list[int | None]:
        where = replace(town.place(), lon=lon + shift, lat=lat)
        return [one.metres for one in similar.similar("电梯坏了，下不了楼", where, at=NOW, by=by)]

    assert [metres(shift, None) for shift in (0, 0.0001, 0.0013, 0.004)] == [[100], [100], [100], [300]]
    clerk = town.actor("clerk", NOW)
    assert [metres(shift, clerk) for shift in (0, 0.00123)] == [[118], [0]]


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_words_in_common_stand_in_the_text(mine: str, theirs: str) -> None:
    common = similar.tokens(mine) & similar.tokens(theirs)
    for word in similar.joined(common, mine):
        assert word in mine


@pytest.mark.django_db
def test_every_choice_leads_back_to_its_place(town: Town) -> None:
    building = placing.resolve(f"b{town.building.pk}", text="门口")
    assert building is not None
    assert (building.building_id, building.text) == (town.building.pk, "门口")
    assert placing.value_of(building) == f"b{town.building.pk}"
    compound = placing.resolve(f"c{town.compound.pk}g{town.grids['east1'].pk}")
    assert compound is not None
    assert (compound.compound_id, compound.grid_id) == (town.compound.pk, town.grids["east1"].pk)
    # a grid of another community does not come along
    strange = placing.resolve(f"c{town.compound.pk}g{town.grids['west1'].pk}")
    assert strange is not None
    assert strange.grid_id is None
    here = placing.resolve("here", here=[105.005, 30.005, "gps"])
    assert here is not None
    assert (here.grid_id, here.lon) == (town.grids["east1"].pk, 105.005)
    for value in ("here", "", "x1", "b", "b1g2g3", "d0", "g٣"):
        assert placing.resolve(value) is None


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_a_choice_that_is_none_reads_as_none(value: str) -> None:
    assert placing._VALUE.fullmatch(value) is None or value == "here" or value[0] in "bcgd"


@pytest.mark.parametrize(
    ("lon", "lat"), [("x", "1"), (None, None), ("nan", "1"), ("inf", "1"), ("181", "0"), ("0", "-91"), ("1e400", "0")]
)
def test_what_is_no_position_is_none(lon: Any, lat: Any) -> None:
    assert placing.checked_position(lon, lat) is None


def test_a_photo_without_position_or_with_nonsense_has_none() -> None:
    data = photo().read()
    assert placing.position_in_photo(data) is None
    assert placing.position_in_photo(b"") is None
    assert placing.position_in_photo(data[:50]) is None


@pytest.mark.django_db
def test_a_minimap_draws_what_is_in_its_window(town: Town) -> None:
    east = town.divisions["east"]
    road = {"type": "LineString", "coordinates": [[105.0, 30.005], [105.01, 30.005]]}
    far = {"type": "LineString", "coordinates": [[106.0, 31.0], [106.01, 31.0]]}
    MapLayer.objects.create(name="路", kind="street", division=east, geometry=road, width=10)
    MapLayer.objects.create(name="远", kind="street", division=east, geometry=far, width=10)
    town.building.footprint = SQUARE
    town.building.save()
    drawn = minimap.draw([(105.005, 30.005, "1", "open"), (105.006, 30.006, "2", "done")])
    assert drawn is not None
    assert len(drawn.roads) == 1
    assert drawn.houses.startswith("M")
    assert all(0 <= mark.x <= drawn.width and 0 <= mark.y <= drawn.height for mark in drawn.marks)
    assert drawn.marks[0].x < drawn.marks[1].x
    assert drawn.marks[0].y > drawn.marks[1].y
    assert minimap.draw([]) is None


@pytest.mark.django_db
def test_the_chart_and_the_sheet_of_the_history_are_there_for_the_reporter(town: Town) -> None:
    client = Client()
    client.post("/report/", {})
    draft = ReportDraft.objects.get()
    client.post(f"/report/{draft.pk}/place/", {"place": f"b{town.building.pk}"})
    client.post(f"/report/{draft.pk}/say/", {"text": TEXT})
    client.post(f"/report/{draft.pk}/check/", {"contact": "none"})
    code = Matter.objects.get().case.code
    page = client.get(f"/m/{code}/").content.decode()
    for address in (f"/cases/{code}/chart/", f"/cases/{code}/history.pdf", f"/m/{code}/record/", f"/m/{code}/notice/"):
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200
        assert Client().get(address).status_code == 404
    assert io.BytesIO(client.get(f"/cases/{code}/history.pdf").content).read(4) == b"%PDF"
