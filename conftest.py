"""For every test: compiled translations, nothing remembered from the test before, and the invented town where asked for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from linli.kernel import memo
from linli.kernel.translations import compile_catalogues

if TYPE_CHECKING:
    from linli.testing import Town

compile_catalogues()
memo.clock = float  # stands still at 0.0
# how long an example takes says something of the machine, nothing of the code
settings.register_profile("linli", deadline=None)
settings.load_profile("linli")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    memo.forget()
    yield
    memo.forget()


@pytest.fixture
def town(db: None) -> "Town":
    from linli.testing import build_town

    return build_town()
