"""Whose address counts: a truth table over proxies and what senders claim."""

import pytest
from django.test import RequestFactory, override_settings

from linli.kernel.address import client_address


@pytest.mark.parametrize(
    ("proxies", "direct", "forwarded", "expected"),
    [
        (0, "10.0.0.1", "", "10.0.0.1"),
        (0, "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        (1, "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        (1, "10.0.0.1", "9.9.9.9, 1.2.3.4", "1.2.3.4"),
        (2, "10.0.0.1", "9.9.9.9, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        (2, "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        (1, "10.0.0.1", "nonsense", "10.0.0.1"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        (0, "::ffff:1.2.3.4", "", "1.2.3.4"),
        (1, "10.0.0.1", "2001:db8::1%eth0", "2001:db8::"),
        (0, "", "", "0.0.0.0"),
    ],
)
def test_the_sender(proxies: int, direct: str, forwarded: str, expected: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=direct, HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(LINLI_TRUSTED_PROXIES=proxies):
        assert client_address(request) == expected
