"""The four steps of a report as forms without scripts, going back, sending twice, and what hostile senders get."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image

from linli.matters import drafts, slip
from linli.matters.access import digits_of
from linli.matters.models import Matter, ReportDraft
from linli.matters.plain import when
from linli.matters.tests.resident import TEXT, located_photo, photo, show, walk
from linli.orgs.models import Organisation
from linli.orgs.units import changed
from linli.procedures.errors import NotNow
from linli.procedures.models import Case, CaseFile
from linli.testing import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(town: Town) -> Client:
    return Client()


def building(town: Town) -> str:
    return f"b{town.building.pk}"


def test_four_steps_make_one_matter_with_its_photos(town: Town, client: Client) -> None:
    done = walk(
        client, place=building(town), files=[photo("red"), photo("blue")], contact="phone", phone="139 1234 5678"
    )
    page = done.content.decode()
    matter = Matter.objects.select_related("case", "contact").get()
    assert matter.case.code in page
    assert "东门社区居委会" in page
    assert (matter.text, matter.address, matter.building_id) == (TEXT, "3栋2单元门口", town.building.pk)
    assert (matter.case.grid_id, matter.case.compound_id) == (town.grids["east1"].pk, town.compound.pk)
    assert (matter.anonymous, matter.contact.hidden) == (False, False)
    assert CaseFile.objects.filter(case=matter.case, seq=1, field="photos").count() == 2
    # the page of the matter is now this browser's own
    assert TEXT in client.get(f"/m/{matter.case.code}/").content.decode()


def test_the_last_page_says_by_when_and_how_to_find_it_again(town: Town, client: Client) -> None:
    Organisation.objects.filter(pk=town.units["east"].pk).update(phone="010-5550 1234")
    changed()
    page = walk(client, place=building(town)).content.decode()
    matter = Matter.objects.select_related("case").get()
    due = when(matter.case.due_at, matter.created_at)
    assert f"<h1>东门社区居委会最晚{due}前受理</h1>" in page
    assert 'href="tel:010-55501234"' in page
    digits = digits_of(matter)
    assert f'<p class="l-digits">四位数字 <b class="num">{digits}</b></p>' in page
    assert quote(f"短码 {matter.case.code}，四位数字 {digits} http://testserver/m/{matter.case.code}/") in page
    kept = client.get(f"/report/{ReportDraft.objects.get().pk}/slip.png")
    assert kept.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(kept.content)).width == slip.WIDTH
    assert len(kept.content) < 30_000
    assert Client().get(f"/report/{ReportDraft.objects.get().pk}/slip.png").status_code == 404
    lines = slip._lines("Remember it or take a screenshot. Short code and these four digits", 28)
    assert lines == ["Remember it or take a screenshot. Short code ", "and these four digits"]


def test_who_left_a_phone_or_chose_digits_is_told_which_open_it(town: Town, client: Client) -> None:
    page = walk(client, place=building(town), contact="phone", phone="13912345678").content.decode()
    assert "凭短码和手机号后四位查进度" in page
    page = walk(client, place=building(town), contact="none", pin="0427").content.decode()
    assert "凭短码和您定的四位数字查进度" in page
    assert "0427" not in page


def test_the_first_page_needs_no_cookie_and_no_database_row(town: Town, client: Client) -> None:
    answer = client.get("/report/")
    assert answer.status_code == 200
    assert "linli_me" not in answer.cookies
    assert not ReportDraft.objects.exists()


def test_sent_twice_it_is_one_matter(town: Town, client: Client) -> None:
    walk(client, place=building(town))
    draft = ReportDraft.objects.get()
    again = client.post(f"/report/{draft.pk}/check/", {"contact": "none"})
    assert again.headers["Location"].endswith("/done/")
    assert Matter.objects.count() == 1


def test_going_back_finds_everything_as_it_was(town: Town, client: Client) -> None:
    step = client.post("/report/", {"photo": [photo()]})
    place = step.headers["Location"]
    step = client.post(place, {"place": building(town), "address": "门口"})
    client.post(step.headers["Location"], {"text": TEXT})
    draft = ReportDraft.objects.get()
    assert TEXT in client.get(f"/report/{draft.pk}/say/").content.decode()
    assert 'value="门口"' in client.get(place).content.decode()
    kept = client.get(f"/report/{draft.pk}/photo/").content.decode()
    assert f"/report/{draft.pk}/photo/{draft.photos[0]['sha256']}" in kept
    # changing one thing leads straight back to the last look
    step = client.post(place, {"place": building(town), "address": "后门", "to": "check"})
    assert step.headers["Location"].endswith("/check/")
    assert "后门" in client.get(step.headers["Location"]).content.decode()
    # a new start offers to go on
    assert f"/report/{draft.pk}/check/" in client.get("/report/").content.decode()


def test_a_draft_belongs_to_the_browser_that_began_it(town: Town, client: Client) -> None:
    client.post("/report/", {"photo": [photo()]})
    draft = ReportDraft.objects.get()
    stranger = Client()
    stranger.post("/report/", {})
    for step in ("photo", "place", "say", "check", "done"):
        assert stranger.get(f"/report/{draft.pk}/{step}/").status_code == 404
    assert stranger.get(f"/report/{draft.pk}/photo/{draft.photos[0]['sha256']}").status_code == 404


def test_one_bad_photo_costs_the_others_nothing(town: Town, client: Client) -> None:
    bad = SimpleUploadedFile("b.jpg", b"<svg onload=alert(1)>", content_type="image/jpeg")
    answer = client.post("/report/", {"photo": [photo(), bad]})
    assert answer.status_code == 422
    assert "b.jpg：这不是照片" in answer.content.decode()
    assert len(ReportDraft.objects.get().photos) == 1


def test_a_photo_can_be_taken_out_again(town: Town, client: Client) -> None:
    client.post("/report/", {"photo": [photo("red"), photo("blue")]})
    draft = ReportDraft.objects.get()
    client.post(f"/report/{draft.pk}/photo/", {"remove": draft.photos[0]["sha256"]})
    assert [one["sha256"] for one in ReportDraft.objects.get().photos] == [draft.photos[1]["sha256"]]


def test_no_more_than_nine_photos(town: Town, client: Client) -> None:
    colours = ["#%02x0000" % (n * 20) for n in range(12)]
    client.post("/report/", {"photo": [photo(colour) for colour in colours[:6]]})
    draft = ReportDraft.objects.get()
    answer = client.post(f"/report/{draft.pk}/photo/", {"photo": [photo(colour) for colour in colours[6:]]})
    assert answer.status_code == 422
    assert "最多 9 张照片" in answer.content.decode()
    assert len(ReportDraft.objects.get().photos) == 9


def test_a_photo_s_position_is_proposed_and_not_kept_with_it(town: Town, client: Client) -> None:
    step = client.post("/report/", {"photo": [located_photo(105.0051, 30.0051)]})
    page = client.get(step.headers["Location"]).content.decode()
    assert "离照片" in page
    assert f'value="{building(town)}"' in page
    # nothing is chosen for the person: the form comes back until they choose
    answer = client.post(step.headers["Location"], {})
    assert answer.status_code == 422


def test_an_address_gives_candidates_for_a_person_to_choose_from(town: Town, client: Client) -> None:
    step = client.post("/report/", {})
    place = step.headers["Location"]
    client.post(place, {"address": "桂花园3栋", "go": "find"})
    page = client.get(place).content.decode()
    assert re.search(rf'value="{building(town)}"[^>]* checked', page)


def test_the_list_of_communities_always_works(town: Town, client: Client) -> None:
    step = client.post("/report/", {})
    place = step.headers["Location"]
    pk = town.divisions["west"].pk
    client.post(place, {"address": "外星人广场", "place": "list", "community": f"d{pk}"})
    draft = ReportDraft.objects.get()
    client.post(f"/report/{draft.pk}/say/", {"text": TEXT})
    client.post(f"/report/{draft.pk}/check/", {"contact": "none"})
    case = Case.objects.get()
    assert (case.division_id, case.matter.address) == (pk, "外星人广场")


@pytest.mark.parametrize("place", ["d999999", "b1e3", "b-1", "g0", "../x", "here", "b99999999999999999999"])
def test_a_place_that_is_none_is_not_taken(town: Town, client: Client, place: str) -> None:
    step = client.post("/report/", {})
    assert client.post(step.headers["Location"], {"place": place}).status_code == 422


def test_danger_shows_the_numbers_first_and_asks(town: Town, client: Client) -> None:
    text = "三单元有人困在电梯里了，里面有老人。"
    step = client.post("/report/", {})
    step = client.post(step.headers["Location"], {"place": building(town)})
    say = step.headers["Location"]
    answer = client.post(say, {"text": text})
    assert answer.headers["Location"] == say + "#hints"
    page = client.get(say).content.decode()
    assert page.index("tel:119") < page.index("现在就有危险")
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    step = client.post(say, {"text": text, "seen": seen, "danger": "1"})
    client.post(step.headers["Location"], {"contact": "none"})
    assert Case.objects.get().urgency == 1


def test_a_like_matter_nearby_is_shown_and_can_be_followed_instead(town: Town, client: Client) -> None:
    walk(Client(), place=building(town), text=TEXT)
    first = Matter.objects.get()
    show(first)
    step = client.post("/report/", {})
    step = client.post(step.headers["Location"], {"place": building(town)})
    say = step.headers["Location"]
    client.post(say, {"text": "3栋的电梯又坏了，下不了楼"})
    page = client.get(say).content.decode()
    assert "附近有一件像的" in page
    assert "电梯" in page
    draft = ReportDraft.objects.get(matter=None)
    answer = client.post(f"/report/{draft.pk}/follow/", {"follow": first.case.code})
    assert answer.headers["Location"] == f"/m/{first.case.code}/"
    first.refresh_from_db()
    assert (first.followers, Matter.objects.count(), ReportDraft.objects.filter(matter=None).count()) == (1, 1, 0)


def test_what_is_not_public_is_not_offered_as_alike(town: Town, client: Client) -> None:
    walk(Client(), place=building(town), text=TEXT)
    step = client.post("/report/", {})
    step = client.post(step.headers["Location"], {"place": building(town)})
    assert client.post(step.headers["Location"], {"text": TEXT}).headers["Location"].endswith("/check/")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "请至少写一句话"),
        ("坏", "请至少写一句话"),
        ("坏" * 2001, "最多 2000 个字"),
        ("电梯坏了\x00\x07", "控制字符"),
        ("电梯\u202e坏了坏了", "控制字符"),
        ("坏" * 900_000, "最多 2000 个字"),
    ],
)
def test_a_sentence_that_cannot_be_kept_is_refused_and_stays_on_the_page(
    town: Town, client: Client, text: str, said: str
) -> None:
    step = client.post("/report/", {})
    step = client.post(step.headers["Location"], {"place": building(town)})
    answer = client.post(step.headers["Location"], {"text": text})
    assert answer.status_code in (400, 413, 422)
    if answer.status_code == 422:
        assert said in answer.content.decode()


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE matters_matter; --", "<script>alert(1)</script>电梯", "{{ 7*7 }}电梯坏了"]
)
def test_hostile_words_are_words(town: Town, client: Client, text: str) -> None:
    walk(client, place=building(town), text=text)
    matter = Matter.objects.get()
    page = client.get(f"/m/{matter.case.code}/").content.decode()
    assert matter.text == text
    assert "<script>alert" not in page
    assert "49电梯" not in page


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ({"contact": "phone", "phone": ""}, "请填手机号"),
        ({"contact": "phone", "phone": "abc"}, "电话号码不对"),
        ({"contact": "none", "pin": "12a4"}, "请填四位数字"),
        ({"contact": "", "phone": ""}, "请选择怎么联系您"),
    ],
)
def test_a_contact_that_does_not_fit_is_said_beside_the_field(
    town: Town, client: Client, contact: dict[str, str], said: str
) -> None:
    step = client.post("/report/", {})
    step = client.post(step.headers["Location"], {"place": building(town)})
    step = client.post(step.headers["Location"], {"text": TEXT})
    answer = client.post(step.headers["Location"], contact)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Matter.objects.exists()


def test_rare_characters_survive(town: Town, client: Client) -> None:
    text = "䶮𠅤广场，买买提江·吐尔逊 家门口的井盖没了"
    walk(client, place=building(town), text=text, contact="phone", phone="13912345678", name="买买提江·吐尔逊")
    assert Matter.objects.get().text == text


def test_too_many_reports_from_one_address_are_refused_and_nothing_is_lost(
    town: Town, client: Client, settings
) -> None:
    settings.LINLI_INTAKE_PER_HOUR = 1
    walk(client, place=building(town))
    step = client.post("/report/", {})
    step = client.post(step.headers["Location"], {"place": building(town)})
    step = client.post(step.headers["Location"], {"text": "路灯不亮，晚上看不见路。"})
    answer = client.post(step.headers["Location"], {"contact": "phone", "phone": "13912345678"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "13912345678" in answer.content.decode()
    assert Matter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_pressed_many_times_at_once_it_is_one_matter(town: Town) -> None:
    client = Client()
    step = client.post("/report/", {"photo": [photo()]})
    step = client.post(step.headers["Location"], {"place": building(town)})
    step = client.post(step.headers["Location"], {"text": TEXT})
    check = step.headers["Location"]

    def press(_n: int) -> int:
        again = Client()
        again.cookies = client.cookies
        try:
            return again.post(check, {"contact": "none"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(press, range(12)))
    assert statuses == [302] * 12
    assert (Matter.objects.count(), CaseFile.objects.count()) == (1, 1)


def test_a_draft_dropped_meanwhile_is_said_to_be_gone(town: Town, client: Client) -> None:
    client.post("/report/", {})
    draft = ReportDraft.objects.get()
    ReportDraft.objects.all().delete()
    with pytest.raises(NotNow):
        drafts.answer(draft, at=draft.updated_at, text="x")
    assert client.post(f"/report/{draft.pk}/say/", {"text": TEXT}).status_code == 404


def test_a_category_is_proposed_with_its_reasons_and_another_can_be_taken_from_the_list(
    town: Town, client: Client
) -> None:
    step = client.post("/report/", {})
    step = client.post(step.headers["Location"], {"place": building(town)})
    address = step.headers["Location"]
    page = client.post(address.replace("/say/", "/hints/"), {"text": TEXT}).content.decode()
    lift, lamp = str(town.categories["lift"].pk), str(town.categories["lamp"].pk)
    assert f'name="proposed" value="{lift}"' in page
    assert "因为写了“电梯”，把握 100%" in page
    assert 'name="proposed" value="list"' in page
    # what stands in the hidden list does not count against the proposal, unless it is asked for
    client.post(address, {"text": TEXT, "proposed": lift, "category": ""})
    assert str(ReportDraft.objects.get().data["category"]) == lift
    client.post(address, {"text": TEXT, "proposed": "list", "category": lamp})
    assert str(ReportDraft.objects.get().data["category"]) == lamp
    said = client.get(address).content.decode()
    assert 'name="proposed" value="list" checked' in said


def test_where_is_asked_once_and_either_answer_will_do(town: Town, client: Client) -> None:
    step = client.post("/report/", {})
    page = client.get(step.headers["Location"]).content.decode()
    assert "有一样就行" in page
    assert "可不填" not in page
