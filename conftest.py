"""For every test: compiled translations, nothing remembered from the test before, and the invented town where asked for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from linli.kernel import memo
from linli.kernel.translations import compile_catalogues

if TYPE_CHECKING:
    from linli.testing import Town

compile_catalogues()
memo.clock = float  # stands still at 0.0


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    memo.forget()
    yield
    memo.forget()


@pytest.fixture
def town(db: None) -> "Town":
    from linli.testing import build_town

    return build_town()
