"""Headers of every answer that depend on how the installation is served."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/healthz", "/no-such-page/", "/api/v1/openapi.json"])
def test_browsers_are_told_to_stay_with_https_where_it_is_served(settings: Any, address: str) -> None:
    assert "Strict-Transport-Security" not in Client().get(address).headers
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert Client().get(address).headers["Strict-Transport-Security"] == "max-age=31536000"
