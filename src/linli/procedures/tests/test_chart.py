"""The chart: nothing overlaps, every step and way is there, the present step is marked, the table says the same."""

import itertools
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.procedures.grammar.chart import chart_rows, chart_svg, layout_of, numeral
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.graph import ways
from linli.procedures.grammar.layout import Layout, Rect
from linli.procedures.grammar.load import read
from linli.procedures.grammar.mermaid import mermaid
from linli.procedures.grammar.placing import main_path, place
from linli.procedures.grammar.textwidth import width, wrap, wrap_well
from linli.procedures.tests.definition_files import FILES, NAMES, loaded

SVG = "{http://www.w3.org/2000/svg}"


def definition(key: str) -> Definition:
    return loaded(key).definition


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def overlap(a: Rect, b: Rect) -> bool:
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h


def assert_nothing_overlaps(layout: Layout) -> None:
    rooms = [(f"box {key}", box) for key, box in layout.boxes.items()]
    rooms += [(f"label {one.source}>{one.target}", one.label) for one in layout.drawn if one.label]
    for (name, a), (other, b) in itertools.combinations(rooms, 2):
        assert not overlap(a, b), (name, other)
    for name, room in rooms:
        assert room.x >= 0 and room.y >= 0, name
        assert room.x + room.w <= layout.width and room.y + room.h <= layout.height, name


def assert_lines_keep_clear(layout: Layout) -> None:
    """Every part of a line is level or upright, inside the picture, and outside of all boxes and of all labels but its own."""
    for one in layout.drawn:
        for (x1, y1), (x2, y2) in itertools.pairwise(one.points):
            assert x1 == x2 or y1 == y2
            part = Rect(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))
            assert part.x >= 0 and part.x + part.w <= layout.width and part.y + part.h <= layout.height
            for key, box in layout.boxes.items():
                # ends of lines touch their boxes: a hair inside counts as touching
                inner = Rect(box.x + 0.1, box.y + 0.1, box.w - 0.2, box.h - 0.2)
                assert not overlap(part, inner), (one.source, one.target, key)
            for other in layout.drawn:
                if other.label:
                    assert not overlap(part, other.label), (one.source, one.target, other.source, other.target)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", FILES)
def test_boxes_labels_and_lines_keep_apart(key: str, language: str) -> None:
    layout = layout_of(definition(key), language, roles_names=NAMES)
    assert_nothing_overlaps(layout)
    assert_lines_keep_clear(layout)


@st.composite
def random_definitions(draw: st.DrawFn) -> Definition:
    """Any graph of up to nine steps: ways forward, back and to itself, with labels of any length."""
    count = draw(st.integers(1, 7))
    ends = draw(st.integers(1, 3))
    keys = [f"s{n}" for n in range(count)] + [f"e{n}" for n in range(ends)]
    label = st.text("转办退回abc 合并，3", min_size=1, max_size=24).filter(str.strip)
    steps: dict[str, dict[str, object]] = {}
    for n in range(count):
        targets = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=5))
        actions = {
            f"a{m}": {"to": to, "name": draw(label), "reason": draw(st.booleans())} for m, to in enumerate(targets)
        }
        steps[f"s{n}"] = {"holder": "clerk", "name": draw(label), "actions": actions}
    for n in range(ends):
        steps[f"e{n}"] = {"kind": "end", "outcome": f"o{n}", "name": draw(label)}
    return Definition.model_validate(
        {"procedure": "any", "version": 1, "name": "任意", "start": ["public"], "steps": steps}
    )


@settings(max_examples=200, deadline=None)
@given(random_definitions())
def test_any_graph_is_drawn_without_overlap(anything: Definition) -> None:
    layout = layout_of(anything)
    assert set(layout.boxes) == set(anything.steps)
    assert {(one.source, one.target) for one in layout.drawn} == {(way.source, way.target) for way in ways(anything)}
    assert_nothing_overlaps(layout)
    assert_lines_keep_clear(layout)


@settings(max_examples=200, deadline=None)
@given(random_definitions())
def test_no_two_lines_run_along_each_other(anything: Definition) -> None:
    upright = [
        (x1, min(y1, y2), max(y1, y2))
        for one in layout_of(anything).drawn
        for (x1, y1), (x2, y2) in itertools.pairwise(one.points)
        if x1 == x2 and y1 != y2
    ]
    for (x, low, high), (other, below, above) in itertools.combinations(upright, 2):
        assert abs(x - other) >= 4 or high <= below or above <= low


@pytest.mark.parametrize("key", FILES)
def test_svg_is_well_formed_and_has_no_style_of_its_own(key: str) -> None:
    chosen = definition(key)
    svg = chart_svg(chosen, roles_names=NAMES, id="x")
    root = parsed(svg)
    assert root.get("role") == "img" and root.get("aria-labelledby") == "x-t x-d"
    assert root.findtext(f"{SVG}title") == f"{chosen.name.zh}流程图"
    assert root.findtext(f"{SVG}desc")
    boxes = [one for one in root.iter(f"{SVG}rect") if one.get("class") == "p-box"]
    assert len(boxes) == len(chosen.steps)
    for element in root.iter():
        assert not {"style", "fill", "stroke"} & set(element.attrib)
    assert svg == chart_svg(chosen, roles_names=NAMES, id="x")


def test_present_step_is_marked_and_the_way_there_is_done() -> None:
    root = parsed(chart_svg(definition("matter"), current="handle", visited=["accept", "assign", "handle"]))
    (now,) = [group for group in root.iter(f"{SVG}g") if group.get("class") == "is-now"]
    assert now.get("aria-label") == "办理，现在在这里" and now.get("aria-current") == "step"
    done = [group.get("aria-label") for group in root.iter(f"{SVG}g") if group.get("class") == "is-done"]
    assert done == ["受理", "交办"]
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert texts.count("现在在这里") == 1 and texts.count("做完了") == 2
    assert "✓ 受理" in texts and "✓ 办理" not in texts
    lines = [path.get("class") for path in root.iter(f"{SVG}path") if path.get("marker-end")]
    assert lines.count("p-way is-done") == 2
    assert "现在在“办理”。" in (root.findtext(f"{SVG}desc") or "")
    assert len([rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "p-col"]) == 1


def test_a_chart_without_a_case_marks_nothing() -> None:
    svg = chart_svg(definition("matter"), current="no_such_step")
    assert "is-now" not in svg and "现在在这里" not in svg and "还没到" not in svg


def test_a_step_beside_the_path_is_marked_in_its_row() -> None:
    root = parsed(chart_svg(definition("matter"), current="dispute", visited=["accept", "assign", "check"]))
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert texts.count("现在在这里") == 1
    margin = sorted(float(text.get("y") or 0) for text in root.iter(f"{SVG}text") if text.get("x") == "40")
    assert all(below - above >= 20 for above, below in itertools.pairwise(margin))


def test_english() -> None:
    root = parsed(chart_svg(definition("matter"), current="handle", language="en", roles_names={"clerk": "Clerk"}))
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert root.findtext(f"{SVG}title") == "Flow chart: Residents' matter"
    assert "now here" in texts and "Clerk of" in "".join(texts) and "5 working days" in texts


HOSTILE = """
procedure: hostile
version: 1
name: '<script>alert(1)</script>&"'
start: [public]
steps:
  a:
    name: '<b>䶮𠅤 买买提江·吐尔逊</b>'
    holder: clerk of community
    actions:
      go: {name: '"]; x --> y', to: z}
  z: {kind: end, name: '</text></svg>', outcome: done}
"""


def test_names_cannot_break_out_of_the_picture() -> None:
    hostile = read(HOSTILE)[0]
    root = parsed(chart_svg(hostile, current="a"))
    assert not list(root.iter(f"{SVG}script")) and not list(root.iter(f"{SVG}b"))
    texts = "".join(root.itertext())
    assert "<script>alert(1)</script>" in texts and "䶮𠅤" in texts and "</text></svg>" in texts
    chart = mermaid(hostile)
    assert (
        chart.count('"') == 6 and "<b>" not in chart and "-->|" in chart and "x -->" not in chart.replace("s_a -->", "")
    )


def test_mermaid() -> None:
    lines = mermaid(definition("supervision"), roles_names=NAMES).splitlines()
    assert lines[0] == "flowchart TD"
    assert '  s_street["街道督办<br/>街道督办员<br/>2 个工作日"]' in lines
    assert '  s_street -.->|"到期"| s_county' in lines
    assert '  s_county -->|"销号"| s_lifted' in lines
    assert '  s_lifted(["已销号"])' in lines


@pytest.mark.parametrize("key", FILES)
def test_rows_say_what_the_chart_shows(key: str) -> None:
    chosen = definition(key)
    rows = chart_rows(chosen, roles_names=NAMES)
    assert sorted(row.key for row in rows) == sorted(chosen.steps)
    assert [row.key for row in rows if row.number] == main_path(chosen)
    for row in rows:
        leads = {way.target for way in row.ways if way.target}
        assert leads == {chosen.step_name(way.target) for way in ways(chosen) if way.source == row.key}
        assert row.holder or row.kind == "end" or chosen.steps[row.key].holder is None


def test_rows_of_a_matter() -> None:
    rows = {
        row.key: row
        for row in chart_rows(definition("matter"), current="assign", visited=["accept"], roles_names=NAMES)
    }
    assert (rows["accept"].number, rows["accept"].state, rows["assign"].state, rows["check"].state) == (
        "一",
        "done",
        "now",
        "",
    )
    assert rows["accept"].holder == "社区专干"
    assert rows["accept"].clock == "按目录，一般 2 个工作小时"
    assert rows["accept"].asks == [
        "类别",
        "紧急程度",
        "地点",
        "需要补充什么",
        "并入哪一件",
        "应由哪个社区办",
        "准确的地点",
    ]
    assert rows["handle"].publishes == ["答复内容", "下一次告知日期"]
    assert [(way.label, way.when, way.target) for way in rows["rate"].ways] == [
        ("评价", "问题是否解决：否", "交办"),
        ("评价", "", "已办结"),
        ("到期", "", "已办结"),
    ]


def test_main_path_is_the_usual_way() -> None:
    assert main_path(definition("matter")) == ["accept", "assign", "handle", "check", "rate", "closed"]
    assert main_path(definition("seven_step")) == [
        "collect",
        "review",
        "council",
        "publicity",
        "execute",
        "measure",
        "archive",
    ]
    cells = place(definition("seven_step"))
    assert [cells[key].column for key in main_path(definition("seven_step"))] == [0] * 7
    assert len(set(cells.values())) == len(cells)


def test_numerals() -> None:
    assert [numeral(n) for n in (1, 7, 10, 11, 19, 20, 21, 99)] == [
        "一",
        "七",
        "十",
        "十一",
        "十九",
        "二十",
        "二十一",
        "九十九",
    ]


@given(st.text("中文，。（ab1 ）䶮", max_size=60), st.integers(20, 200), st.booleans())
def test_wrapping_loses_nothing_and_keeps_the_width(text: str, limit: int, well: bool) -> None:
    lines = (wrap_well if well else wrap)(text, 14, limit)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        assert line and (width(line.rstrip("，。） "), 14) <= limit or len(line.rstrip("，。） ")) <= 1)


def test_wrapping_keeps_words_and_punctuation_together() -> None:
    assert wrap("退回重办超过 2 次", 14, 112) == ["退回重办超过 2", "次"]
    assert wrap("不归本社区，退回并说明", 14, 84) == ["不归本社区，", "退回并说明"]
    assert wrap("Decision of the street", 14, 100) == ["Decision of", "the street"]
    assert wrap("", 14, 100) == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("退回重办超过 2 次", ["退回重办超过 2 次"]),
        ("评价（问题是否解决：否）", ["评价", "（问题是否解决：否）"]),
        ("各单位结果属于问题是否解决", ["各单位结果属于", "问题是否解决"]),
        (
            "核查通过（问题是否解决：否或者重新打开的次数不少于 1）",
            ["核查通过", "（问题是否解决：", "否或者重新打开的", "次数不少于 1）"],
        ),
        ("Return for rework more than 2 times", ["Return for rework", "more than 2 times"]),
        ("", []),
    ],
)
def test_labels_break_where_one_would_pause(text: str, lines: list[str]) -> None:
    assert wrap_well(text, 14, 140) == lines
    assert all(width(line, 14) <= 140 for line in lines)
