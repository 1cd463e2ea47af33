"""What masking finds and what it costs: `PYTHONPATH=src python benchmarks/bench_masking.py` prints one JSON line.

Counted on the marked sentences of the tests; milliseconds of CPU for a text of 200 characters with and without private
details; and how CPU time grows when hostile texts are ten times as long (ten is linear).
"""

import json
import time
import timeit
from collections.abc import Callable

from linli.matters.masking import mask
from linli.matters.tests import masking_sets

PRIVATE = (
    "尊敬的领导：我叫欧阳建国（身份证51010419900307451X），家住金桂花园3栋2单元501室，电话138-0013-8000，微信同号。"
    "楼上601的业主周大海天天深夜装修，他的车川A·D12345长期占用消防通道。找过物业王经理和社区李晓梅主任，都说马上处理，"
    "至今没有结果。周大海还骂人。请打028-85551234或发邮件到oyjg@example.com。另外小区的路灯坏了半年，也没人修。"
)[:200]
PLAIN = (
    "我们小区在江边路12号，物业高度重视不够，楼道灯坏了三个月一直没有人来修，电梯也经常停运，老人上下楼很不方便。"
    "周边环境差，垃圾桶旁边的污水流到马路上，何时能够处理好？之前给社区打过电话，回复说已经联系施工单位，马上安排人员"
    "维修，可是等到今天还是没有动静。希望有关部门尽快派人到现场看一看，督促物业履行职责，还大家一个干净安全的居住环境，"
    "谢谢领导关心和支持，盼复。另外小区门口的共享单车乱停乱放。"
)[:200]
HOSTILE = [
    "1 ",
    "9 99 ",
    "1-2-",
    "3-2-50",
    "5-1、",
    "3栋5-1、",
    "零一-",
    "a@a.",
    "微信a",
    "川A·",
    "小区1-",
    "王建国、",
    "业主王建国、",
    "李代表 ",
    "王·",
    "买·买",
    "先生",
    "13O",
    "王建国反映",
    "叫王",
    "老人王建国",
    "王建国，男，",
]


def milliseconds(function: Callable[[], object], number: int) -> float:
    """The least CPU time of one call."""
    return min(timeit.repeat(function, number=number, repeat=5, timer=time.process_time)) / number * 1000


def main() -> None:
    result: dict[str, object] = {}
    for name in ("used", "held_out", "fresh"):
        figures = masking_sets.count(masking_sets.read(name))
        result[name] = {
            "marked, missed, false": {
                kind: (figures.marked[kind], figures.missed[kind], figures.false[kind]) for kind in figures.marked
            },
            "clean sentences, changed": (figures.clean, figures.clean_changed),
        }
    result["ms for 200 characters with private details"] = round(milliseconds(lambda: mask(PRIVATE), 200), 3)
    result["ms for 200 characters without"] = round(milliseconds(lambda: mask(PLAIN), 200), 3)
    worst = ("", 0.0, 0.0)
    for seed in HOSTILE:
        short, long = (seed * 2000)[:2000], (seed * 20000)[:20000]
        spent = milliseconds(lambda text=short: mask(text), 3)  # type: ignore[misc]
        growth = milliseconds(lambda text=long: mask(text), 1) / spent  # type: ignore[misc]
        worst = max(worst, (seed, round(spent, 2), round(growth, 1)), key=lambda one: one[2])
    result["hostile text that grows fastest, ms for 2,000 characters, times as long for 20,000"] = worst
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
