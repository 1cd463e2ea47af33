"""The handbook: title first, the other chapters below, inside the frame of the desk for who works there."""

import pytest
from django.test import Client

from linli.testing import Town

pytestmark = pytest.mark.django_db


def test_a_chapter_begins_with_its_title_and_ends_with_the_others() -> None:
    page = Client().get("/help/01-residents/").content.decode()
    main = page.partition("<main")[2].partition("</main>")[0]
    assert 'data-mode="resident"' in page and 'class="back" href="/help/"' in page
    assert main.index("<h1>") < main.index("<h2>反映") < main.index("<h2>别的章节")
    assert 'href="/help/02-desk/"' in main and 'href="/help/01-residents/"' not in main
    assert "手册是中文的。" not in main
    client = Client()
    client.cookies["language"] = "en"
    assert "The handbook is in Chinese." in client.get("/help/02-desk/").content.decode()


def test_staff_read_it_beside_their_navigation(town: Town) -> None:
    client = Client()
    client.force_login(town.users["clerk"])
    page = client.get("/help/02-desk/").content.decode()
    assert 'data-mode="desk"' in page and 'href="/desk/"' in page
