"""Invented people: display names, usernames, phone numbers. Every name is put together by chance."""

from __future__ import annotations

from random import Random

_SURNAMES = (
    "赵 zhao 钱 qian 孙 sun 李 li 周 zhou 吴 wu 郑 zheng 王 wang 冯 feng 陈 chen 褚 chu 卫 wei 蒋 jiang 沈 "
    "shen 韩 han 杨 yang 朱 zhu 秦 qin 许 xu 何 he 吕 lv 施 shi 张 zhang 孔 kong 曹 cao 严 yan 华 hua 金 jin "
    "魏 wei 陶 tao 姜 jiang 戚 qi 谢 xie 邹 zou 喻 yu 柏 bai 水 shui 窦 dou 章 zhang 云 yun 苏 su 潘 pan 葛 "
    "ge 范 fan 彭 peng 郎 lang 鲁 lu 韦 wei 马 ma 苗 miao 花 hua 方 fang 俞 yu 任 ren 袁 yuan 柳 liu 鲍 bao "
    "史 shi 唐 tang 费 fei 廉 lian 岑 cen 薛 xue 雷 lei 贺 he 倪 ni 汤 tang 滕 teng 殷 yin 罗 luo 毕 bi 郝 "
    "hao 邬 wu 安 an 常 chang 乐 yue 于 yu 时 shi 傅 fu 齐 qi 康 kang 余 yu 元 yuan 卜 bu 顾 gu 孟 meng 黄 "
    "huang 穆 mu 萧 xiao 尹 yin 姚 yao 邵 shao 汪 wang 祁 qi 毛 mao 狄 di 米 mi 贝 bei 明 ming 臧 zang 计 ji "
    "成 cheng 戴 dai 宋 song 庞 pang 熊 xiong 纪 ji 舒 shu 项 xiang 祝 zhu 董 dong 梁 liang 杜 du 阮 ruan 蓝 "
    "lan 季 ji 贾 jia 江 jiang 童 tong 颜 yan 郭 guo 梅 mei 林 lin 钟 zhong 徐 xu 丘 qiu 骆 luo 高 gao 夏 xia "
    "蔡 cai 田 tian 胡 hu 凌 ling 霍 huo 万 wan"
)
_GIVEN = (
    "知 zhi 予 yu 安 an 可 ke 为 wei 小 xiao 岚 lan 时 shi 雨 yu 南 nan 乔 qiao 青 qing 宁 ning 禾 he 书 shu "
    "鸣 ming 一 yi 舟 zhou 秋 qiu 望 wang 晓 xiao 春 chun 桂 gui 兰 lan 国 guo 建 jian 志 zhi 远 yuan 明 ming "
    "德 de 文 wen 静 jing 玉 yu 芬 fen 丽 li 华 hua 海 hai 波 bo 涛 tao 永 yong 福 fu 庆 qing 荣 rong 立 li "
    "新 xin 光 guang 启 qi 航 hang 思 si 源 yuan 子 zi 涵 han 佳 jia 怡 yi 若 ruo 溪 xi 景 jing 行 xing 砚 "
    "yan 秋 qiu 白 bai 松 song 竹 zhu 梅 mei 月 yue 星 xing 辰 chen 向 xiang 东 dong 学 xue 勤 qin 守 shou 正 "
    "zheng 清 qing 川 chuan 亦 yi 之 zhi 念 nian 慈 ci 素 su 云 yun 帆 fan 冬 dong 阳 yang 平 ping 顺 shun 大 "
    "da 力 li 成 cheng 凤 feng 英 ying 秀 xiu 珍 zhen 淑 shu 贤 xian 敏 min 红 hong 霞 xia 燕 yan 琴 qin 萍 "
    "ping 娟 juan 伟 wei 强 qiang 军 jun 勇 yong 杰 jie 斌 bin 超 chao 亮 liang 刚 gang 辉 hui 鹏 peng 飞 fei "
    "洪 hong 振 zhen 世 shi 家 jia 承 cheng 少 shao 希 xi 悦 yue 彤 tong 桐 tong 柚 you 棠 tang 荔 li 衡 heng "
    "舒 shu 语 yu 沐 mu 言 yan 齐 qi 朗 lang 泽 ze 润 run 浩 hao 然 ran 嘉 jia"
)

# Names that a careless system cuts, loses or shows as boxes: characters outside the basic plane, middle dots, spaces.
RARE_NAMES: tuple[tuple[str, str], ...] = (
    ("䶮思远", "yansiyuan"),
    ("陈𠅤", "chenwang"),
    ("阿依古丽·买合木提", "ayiguli"),
    ("买尔旦·艾斯卡尔江", "maierdan"),
    ("卓玛·央金拉姆", "zhuoma"),
    ("㵘子涵", "manzihan"),
    ("欧阳知夏", "ouyangzhixia"),
    ("王𬭚", "wangchun"),
    ("司徒 景行", "situjingxing"),
    ("柏𣲘", "baixin"),
    ("吉克·阿呷莫", "jike"),
    ("上官雨桐", "shangguanyutong"),
)


def _pairs(table: str) -> tuple[tuple[str, str], ...]:
    words = table.split()
    return tuple(zip(words[::2], words[1::2], strict=True))


SURNAMES = _pairs(_SURNAMES)
GIVEN = _pairs(_GIVEN)


def person_name(rng: Random) -> tuple[str, str]:
    """A name and its reading: ('孟小岚', 'mengxiaolan'). Two thirds have two given characters."""
    surname, reading = rng.choice(SURNAMES)
    first, sound = rng.choice(GIVEN)
    if rng.random() < 0.34:
        return surname + first, reading + sound
    second, sound2 = rng.choice(GIVEN)
    return surname + first + second, reading + sound + sound2


class PhoneBook:
    """Hands out the fictional mobile numbers 1990000xxxx: staff from below, reporters from above, none twice."""

    def __init__(self) -> None:
        self._next_staff = 0

    def staff(self) -> str:
        """The next number for a member of staff. Raises ValueError when the range for staff is used up."""
        if self._next_staff >= REPORTERS_FROM:
            raise ValueError("no fictional phone number left for staff")
        number = self._next_staff
        self._next_staff += 1
        return f"1990000{number:04d}"


REPORTERS_FROM = 5_000
REPORTERS = 5_000


def reporter_phone(index: int) -> str:
    """Phone of the reporter with this index, 0 … REPORTERS - 1."""
    return f"1990000{REPORTERS_FROM + index:04d}"


class Usernames:
    """Makes usernames of a reading and digits, none twice."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def make(self, reading: str) -> str:
        """'mengxiaolan01', the next one of the same reading 'mengxiaolan02'."""
        count = self._taken.get(reading, 0) + 1
        self._taken[reading] = count
        return f"{reading}{count:02d}"
