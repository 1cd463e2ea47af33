"""Titles of matters: what is wrong and where, out of what people write, say on the telephone and send from the grid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.matters.actions import title_of
from linli.matters.masking import mask
from linli.matters.titles import LENGTH, UNSAID, public_title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        # as people write
        ("东井里北门路面塌了一块。昨晚有人骑车摔了。", "东井里北门路面塌了一块"),
        ("桂花园3栋电梯坏了三天，老人下不了楼。", "桂花园3栋电梯坏了三天"),
        ("路灯不亮", "路灯不亮"),
        ("楼道的灯坏了，桂花园3栋，五天了", "楼道的灯坏了，桂花园3栋"),
        ("充电棚一下雨就跳闸，桐坪华庭北门边上，充了一夜没充进去", "充电棚一下雨就跳闸，桐坪华庭北门边上"),
        ("1栋顶楼的平台门锁了 着火了往哪里跑", "1栋顶楼的平台门锁了"),
        ("昨晚收到短信说低保停了 没说原因 跑了两趟", "昨晚收到短信说低保停了"),
        ("1. 路灯不亮", "路灯不亮"),
        (
            "书远花园傍晚一到用水的时候，7楼以上水细得像线，热水器打不着",
            "书远花园傍晚一到用水的时候，7楼以上水细得像线",
        ),
        # greetings and openings
        ("你好，兰洲里西门的道闸昨天落得太快，砸了车顶。", "兰洲里西门的道闸昨天落得太快"),
        ("您好！柳明巷挖过管沟以后没铺平。", "柳明巷挖过管沟以后没铺平"),
        ("各位领导好，柳明巷挖过管沟以后没铺平，车一过就咣当响。", "柳明巷挖过管沟以后没铺平"),
        ("社区的同志好，2栋顶楼的平台门锁了，往哪里跑。", "2栋顶楼的平台门锁了"),
        ("尊敬的社区领导：桂花园门口乱停车，救护车进不来", "桂花园门口乱停车，救护车进不来"),
        ("大家好，我是桂花园3栋的业主，电梯坏了", "桂花园3栋电梯坏了"),
        ("我是一名普通居民，楼下的灯不亮了", "楼下的灯不亮了"),
        ("反映一下，泉韵和苑地下车库顶板渗水，一下雨就成河。", "泉韵和苑地下车库顶板渗水"),
        ("想反映个事，电梯里的广告一年到头换。", "电梯里的广告一年到头换"),
        ("又来反映霜知新居的黄水，4栋。", "霜知新居的黄水，4栋"),
        ("麻烦看一下，锦霞花园的桶没倒，野狗翻得到处都是。", "锦霞花园的桶没倒，野狗翻得到处都是"),
        ("请问有人管吗？楼上租客忘关水，把6栋楼下全泡了。", "楼上租客忘关水，把6栋楼下全泡了"),
        ("请问电梯什么时候修好", "电梯什么时候修好"),
        ("急急急！桂花园3栋漏水了", "桂花园3栋漏水了"),
        ("谢谢你们！桂花园的路灯修好了", "桂花园的路灯修好了"),
        ("Hello, the lift in block 3 is broken. Please help.", "the lift in block 3 is broken"),
        ("The lift does not work, and nobody comes.", "The lift does not work"),
        # on the telephone and at the window
        ("章女士来电，桂和安居苑草地上全是狗屎，狗没有牌。来电人诉求：装几个拾便袋箱。", "桂和安居苑草地上全是狗屎"),
        ("邹先生来电反映，臧家老屋场昨天开始停电，整个组都黑着。", "臧家老屋场昨天开始停电"),
        ("来电人反映：3栋安全出口用链子锁着，问物业，说怕丢东西。", "3栋安全出口用链子锁着"),
        ("来电反映，1栋的盲道断了，停着电动车。", "1栋的盲道断了，停着电动车"),
        ("市民来电称，霜台府物业昨天贴通知说要涨3毛，没有开过会。", "霜台府物业昨天贴通知说要涨3毛"),
        ("居民代表来反映，珠岭里23号前把货堆满人行道。", "珠岭里23号前把货堆满人行道"),
        ("来访居民反映，菊坪城2栋4楼以上没水，下面几层正常。", "菊坪城2栋4楼以上没水"),
        ("居民吴阿姨到社区反映，今天上午工地卸钢管，一根一根往下扔。", "今天上午工地卸钢管，一根一根往下扔"),
        ("岑师傅来访，说在麦香面包买的酒不是本地销售的。", "在麦香面包买的酒不是本地销售的"),
        ("颜大爷到窗口说，稻谷城南门外路面塌了一块。", "稻谷城南门外路面塌了一块"),
        # from the grid
        ("诗苑安居苑5栋马蜂窝一处，已拉警戒线。", "诗苑安居苑5栋马蜂窝一处"),
        ("1栋居民反映楼道黑，现场查看为线路老化。", "1栋居民反映楼道黑，现场查看为线路老化"),
        ("上门为三位老人做养老金认证。", "上门为三位老人做养老金认证"),
        # what only looks like an opening
        ("老师好像不在学校，孩子没人管", "老师好像不在学校，孩子没人管"),
        ("领导好久不来了", "领导好久不来了"),
        ("群众说话没人听", "群众说话没人听"),
        ("反映情况没有回音", "反映情况没有回音"),
        ("投诉物业不作为", "投诉物业不作为"),
        ("王大爷家门口下水道堵了", "王大爷家门口下水道堵了"),
        ("来电显示总是乱码", "来电显示总是乱码"),
        # nothing else is said
        ("您好", "您好"),
        ("请问有人管吗", "请问有人管吗"),
        ("章女士来电，", "章女士来电"),
        ("谢谢", UNSAID),
        ("。。。。", UNSAID),
        ("", UNSAID),
        # signs of masking
        ("棉纺厂三宿舍2栋***漏水", "棉纺厂三宿舍2栋漏水"),
        ("1栋***单元门一直关不上，推销的随便进", "1栋单元门一直关不上"),
        ("一辆黑色越野车（***）堵在村口", "一辆黑色越野车堵在村口"),
        ("电话***打不通，没人接", "电话某某打不通，没人接"),
        ("***", "某某"),
        # rare characters
        ("䶮家湾𠅤桥塌了一块", "䶮家湾𠅤桥塌了一块"),
        ("买买提江·吐尔逊餐馆门口的油烟大", "买买提江·吐尔逊餐馆门口的油烟大"),
    ],
)
def test_a_title_says_what_and_where(text: str, title: str) -> None:
    assert public_title(text) == title


def test_a_title_of_one_long_clause_is_cut() -> None:
    assert public_title("阿" * 50) == "阿" * 39 + "…"
    assert public_title("阿" * 40) == "阿" * 40


def test_names_and_dwellings_are_masked_before_the_title_is_made() -> None:
    said = "章敏来电反映，桂花园3栋1203漏水，电话13800138000。"
    assert title_of(said, known_names=["章敏"]) == "桂花园3栋漏水，电话某某"


@given(st.text(max_size=120) | st.text("您好，。来电反映某女士*3栋 \n.1社区的同志谢谢我是", max_size=60))
def test_a_title_is_never_empty_nor_long_and_says_nothing_that_was_masked(text: str) -> None:
    title = public_title(mask(text).text)
    assert 0 < len(title) <= LENGTH
    assert title.strip()
    assert "***" not in title


@pytest.mark.parametrize("piece", ["某", "来电", "又来", "师傅好", "我来反映", "来社区", "1、", "谢谢", "栋***", " "])
def test_hostile_repetition_is_short_work(piece: str) -> None:
    assert len(public_title(piece * 2000)) <= LENGTH
