"""The State Council's notice as it was published for three years, against the library that knows what came of it."""

from datetime import date, timedelta

import chinese_calendar
import pytest

from linli.orgs.holiday_notice import read_notice

NOTICES = {
    2024: """一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。""",
    2025: """经国务院批准，现将2025年放假调休日期的具体安排通知如下。
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。""",
    2026: """一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。""",
}


@pytest.mark.parametrize("year", sorted(NOTICES))
def test_a_published_notice_gives_the_year_that_came_of_it(year: int) -> None:
    reading = read_notice(NOTICES[year], year=year)
    assert reading.problems == []
    entered = {one.day: one.working for one in reading.days}
    day = date(year, 1, 1)
    while day.year == year:
        assert entered.get(day, day.weekday() < 5) == chinese_calendar.is_workday(day), day
        day += timedelta(1)


def test_names_and_ranges_over_the_turn_of_a_year() -> None:
    text = "一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。\r\n"
    text += "六、中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日(星期日)上班。"
    reading = read_notice(text, year=2023)
    assert reading.problems == []
    assert [one.day.isoformat() for one in reading.days[:3]] == ["2022-12-31", "2023-01-01", "2023-01-02"]
    assert {one.name for one in reading.days[:3]} == {"元旦"}
    assert [(one.day.day, one.working, one.name) for one in reading.days[-2:]] == [
        (7, True, "中秋节、国庆节"),
        (8, True, "中秋节、国庆节"),
    ]
    assert len(reading.days) == 3 + 8 + 2


@pytest.mark.parametrize(
    ("text", "year", "said"),
    [
        ("好的，收到。", 2027, "没有找到"),
        ("一、元旦：放假。", 2027, "没有读到放假的日期"),
        ("一、元旦：1月1日（周四）放假1天。", 2027, "年份选对了吗"),
        ("一、元旦：1月1日至3日放假，共4天。", 2027, "写着共 4 天，读到的却是 3 天"),
        ("一、元旦：2月30日放假。", 2027, "不是一个日期"),
        ("一、元旦：1月5日至3日放假。", 2027, "起止颠倒"),
        ("一、元旦：1月1日放假。1月1日上班。", 2027, "既放假又上班"),
        ("x" * 30_000, 2027, "太长"),
    ],
)
def test_what_does_not_fit_is_named(text: str, year: int, said: str) -> None:
    problems = read_notice(text, year=year).problems
    assert any(said in problem for problem in problems), problems
