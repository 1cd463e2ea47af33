from typing import Any

from django.utils import translation
from jinja2 import Environment, StrictUndefined

from linli.kernel import once


def _written(source: str) -> tuple[Any, list[object]]:
    """A template that says how often it is written: each call of ``count`` is kept."""
    calls: list[object] = []

    def count(value: object) -> object:
        calls.append(value)
        return value

    env = Environment(autoescape=True, undefined=StrictUndefined, extensions=[once.Once])
    return env.from_string(source, {"count": count}), calls


def test_a_part_is_written_once_for_the_same_values() -> None:
    template, calls = _written("<p>{% once a, b %}{{ count(a) }}{% endonce %}</p>")
    said = [template.render(a=a, b=b) for a, b in ((1, ()), (1, ()), (2, ()), (1, ("x",)), (1, ()))]
    assert said == ["<p>1</p>", "<p>1</p>", "<p>2</p>", "<p>1</p>", "<p>1</p>"]
    assert calls == [1, 2, 1]


def test_two_places_and_two_languages_keep_their_own() -> None:
    template, calls = _written("{% once %}{{ count('a') }}{% endonce %}{% once %}{{ count('b') }}{% endonce %}")
    with translation.override("zh-hans"):
        assert template.render() == template.render() == "ab"
    with translation.override("en"):
        assert template.render() == "ab"
    assert calls == ["a", "b", "a", "b"]


def test_what_people_wrote_is_escaped_as_everywhere() -> None:
    template, _calls = _written("{% once name %}<b>{{ name }}</b>{% endonce %}")
    assert template.render(name="<i>&") == "<b>&lt;i&gt;&amp;</b>"
    assert template.render(name="<i>&") == "<b>&lt;i&gt;&amp;</b>"


def test_no_more_is_kept_than_may_be(monkeypatch: Any) -> None:
    monkeypatch.setattr(once, "MOST", 3)
    template, calls = _written("{% once a %}{{ count(a) }}{% endonce %}")
    for number in (1, 2, 3, 4, 4, 1):
        assert template.render(a=number) == str(number)
    assert calls == [1, 2, 3, 4, 1]


def test_what_somebody_made_long_is_not_kept() -> None:
    template, calls = _written("{% once a %}{{ count(a) }}{% endonce %}")
    for _turn in range(2):
        assert template.render(a="x" * 20_000) == "x" * 20_000
    assert len(calls) == 2
