"""Invented names of places.

None of the upper ones was found in the national register of divisions when they were chosen.
"""

from __future__ import annotations

from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PROVINCE = "湄原省"
CITY = "云渚市"
DISTRICTS = ("霁川区", "芷汀区")
COUNTIES = ("蓼川县", "砚泽县")
RIVER = "霁川河"
CREEK = "碾子溪"

STREETS = ("槐序", "听泉", "石鼓巷", "望津", "锦帆", "柳汀", "书堤", "鹭湾", "松篁", "芦汀", "盐井坪", "灯塔坪")
TOWNS = ("茶陂", "枫渡", "青箬", "稻香坝", "芦渡", "花溪坳", "云坳", "栗坞", "菱陂", "桐子坝")

COMMUNITIES = _words(
    "石榴坊 梧桐里 砚池边 书灯 鹿角井 听雨桥 白鹭矶 青石埠 醋坊街 织补巷 枇杷院 缫丝坊 锦缎街 铜铃桥 榆钱巷 "
    "豆腐坊 邮亭前 打更楼 药王庙前 木屐巷 杉木行 栀子坡 麦芽坊 桂子井 晾布场 琴台坊 蔷薇墙 望雁台 水车埠 "
    "伞骨巷 香樟屋 竹篾街 摇橹埠 靛蓝坊 银匠弄 灰瓦井 丁香里 桑果园 雁来桥 糖画坊 双桅埠 石碾坊 萤火塘 芦笛湾 "
    "棉桃坡 茶箩街 海棠坞 月洞门 茶寮街 砖塔弄 木樨里 飞檐巷 折扇街 灯谜巷 算盘街 春水桥 毛笔巷 皮影街 灶王巷 "
    "油伞街 马灯巷 饴糖街 船篷巷 桅灯街 石狮弄 拱宸里 杏雨桥 蓝布街 豆花巷 簸箕街 烟雨埠 梭子巷 河灯街 鼓书里 "
    "醒木巷 柴门里 荷风桥 雪藕塘 藤编街 麻鞋巷 鸽哨里 晚钟街"
)
VILLAGES = _words(
    "豆苗坳 柿子埫 晒酱坪 野菊岭 芋头湾 蓑衣滩 石臼冲 鹅掌湾 栗子坞 纺车湾 荞麦坡 半月田 蜂桶岩 草鞋坳 萝卜坪 "
    "黄豆塝 风箱口 鸭脚田 葫芦坳 铁匠冲 木瓜坝 茶油坡 桐花垭 斑鸠林 白果垭 犁头湾 红薯坪 笋壳沟 蓝靛坪 油榨坝 "
    "磨刀溪 香椿湾 麂子坡 糍粑田"
)

_FIRST = (
    "云水青石松竹梅兰桂柳槐桐枫荷莲菊棠杏桃李梨榆桑芦苇麦禾稻茶墨书琴棋画诗钟鼓灯帆桥"
    "溪泉池塘湖河江月星晴霁雨雪霜露春夏秋冬东南西北金银铜玉珠锦绣"
)
_SECOND = "川溪湾浦岸汀洲渡桥台阁轩亭苑庭园林岭坡坪井泉池影韵香华荣安宁和顺福康乐明朗清远望听问知行书田禾谷风云霞"

_SUFFIXES = {
    "commercial": ("花园", "名居", "雅苑", "华庭", "家园", "公馆", "府", "里", "郡", "城"),
    "resettlement": ("新苑", "新居", "家园南区", "家园北区", "和苑", "安居苑"),
    "village_converted": ("新村", "小区", "社", "老街坊"),
}
_WORKS = (
    "棉纺厂",
    "供销社",
    "机床厂",
    "邮电局",
    "粮食局",
    "丝绸厂",
    "农机厂",
    "水泥厂",
    "食品厂",
    "化肥厂",
    "印刷厂",
    "木器厂",
    "百货公司",
    "轴承厂",
    "税务所",
    "汽运公司",
    "柴油机厂",
    "搪瓷厂",
    "酒厂",
    "地质队",
    "烟草公司",
    "蔬菜公司",
    "船厂",
    "无线电厂",
    "皮革厂",
    "制药厂",
)
_DORMS = ("宿舍", "家属院", "一宿舍", "二宿舍", "三宿舍", "东院", "西院")
_CLANS = "柳岑邬卜祁郎葛蓝骆颜戚柏滕阮穆臧庞舒祝凌霍苗褚窦"
_HAMLETS = ("院子", "大屋", "老屋场", "湾", "坎上", "坎下", "田坝", "竹林边", "水井边", "岩脚")

GATES = ("南门", "北门", "东门", "西门", "正门", "侧门")
SCHOOLS = ("书灯小学", "槐序小学", "望津中学", "锦帆小学", "青石埠幼儿园", "听泉中学", "柳汀小学", "鹭湾幼儿园")
MARKETS = ("醋坊街菜场", "望津农贸市场", "铜铃桥菜场", "青石埠早市", "柳汀农贸市场")
SHOPS = (
    "春禾便利店",
    "老巷牛肉面",
    "阿庆烧烤",
    "麦香面包",
    "云渚火锅",
    "四季水果",
    "小满茶铺",
    "同福炒菜",
    "晨记豆浆",
    "巧手理发店",
    "鲜多多超市",
)


class NameMaker:
    """Makes names of compounds and roads by chance, none twice in a city."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()

    def _pair(self) -> str:
        first = self._rng.choice(_FIRST)
        second = self._rng.choice(_SECOND)
        return first + second if first != second else self._pair()

    def _new(self, name: str) -> bool:
        if name in self._taken:
            return False
        self._taken.add(name)
        return True

    def road(self, suffixes: tuple[str, ...]) -> str:
        """A road such as '桐影路'; the first part is not used again for another road."""
        while True:
            stem = self._pair()
            if self._new("road:" + stem):
                return stem + self._rng.choice(suffixes)

    def compound(self, kind: str, village: str) -> str:
        """A compound; in a village a hamlet such as '岑家大屋', told apart by the village's name if need be."""
        while True:
            if kind == "village_group":
                name = f"{self._rng.choice(_CLANS)}家{self._rng.choice(_HAMLETS)}"
                if self._new(f"{village}:{name}"):
                    return name
                continue
            if kind == "work_unit":
                name = self._rng.choice(_WORKS) + self._rng.choice(_DORMS)
                if not self._new(name):
                    name = self._pair() + name
                    if not self._new(name):
                        continue
                return name
            name = self._pair() + self._rng.choice(_SUFFIXES[kind])
            if self._new(name):
                return name
