"""The words around personal names: titles, what follows a name, what is a place; shared by the finders of names.

Alternatives begin with a letter of their own, without a condition in front: so a search can jump to those letters.
"""

import re

_NOT_LONG = "(?![期年时久满出了约度达着在有])"
TITLE = (
    "先生|女士|小姐|阿姨|大爷|大妈|大娘|大叔|大伯|大姐|大哥|大嫂|奶奶|爷爷|叔叔|婆婆|老汉|师傅|老师|医生|大夫|护士|律师|警官|"
    "教授|老板|书记|副书记|主任|副主任|经理|副经理"
    + "".join(f"|{office}长{_NOT_LONG}|副{office}长{_NOT_LONG}" for office in "局厅科处校")
)
TITLED = re.compile(TITLE)
# What may follow a name: these words settle where it ends, the characters below only allow it to end there.
FOLLOWS = re.compile(
    r"反映|来电|致电|投诉|举报|诉求|诉说|表示|联系|电话|手机|身份证|微信|今年|现年|已经|曾经|女儿|儿子|老伴|夫妇|夫妻|"
    r"家[的里中住]|居住|户籍|住在|因为|由于|名下|本人|[两二三]人|等人|告[知诉]|认为|发现|要求|希望|建议|上门|购买|承包|擅自|"
    r"私自|联名|联合|共同|签[名字]|长期|经常|天天|每天|一直|多次|出生|生于|因病|同志|提出|日期|时间|年龄|性别|地址|"
    r"咨询|申请|求助|明天|昨天|半夜|晚上|小朋友|老人|一家|平时|需要|放学|摔|答应|逃逸|养[了着的狗鸡猫鸽]"
)
MAY_FOLLOW = frozenset("说称住在是于被从把将因向的家也就都已又还不没要等和与及去到来让给对有诉男女系为之曾现拟")
PLACES = frozenset("村庄府园苑城界坝沟湾坪桥店铺镇乡路街巷沱岭坡冲塘坳坎院港口滩岗洼集屯寨堡区庭里郡楼")
# What makes of a name in front of it a place or a firm: 梅花山庄, 建国路, 张飞牛肉店; the words alone also in 雷锋[广场].
_FIRMS = (
    "小区|花园|家园|广场|大厦|公园|超市|公司|酒店|宾馆|饭店|餐|火锅|诊所|学校|小学|中学|幼儿园|集团|社区|物业|地产|市场|银行|药房|新城|"
    "国际|山庄|名都|公寓|二期|一期|三期|牛肉|烧烤|商[城场店铺务厦]"
)
FIRM_WORD = re.compile(_FIRMS)
FIRM = re.compile(rf"[路街巷道村镇乡桥坝区城湾山河湖庙寺沟店馆厂牌居里坪楼厦]|[^\W\d]?[府郡苑邸墅庭堂]|{_FIRMS}")


# A character that a name can have; 某 stands for one that was masked.
HAN = "[㐀-\u67cf\u67d1-鿿〇\ue000-\ufaff\U00020000-\U0010ffff]"
_HAN_ONLY = re.compile(f"{HAN}{{1,2}}")


def is_han(signs: str) -> bool:
    """Whether these, one or two, are characters that a name can have."""
    return _HAN_ONLY.fullmatch(signs) is not None


def follows(s: str, at: int) -> bool:
    """Whether a word or title stands at ``at`` that comes after a name."""
    return bool(FOLLOWS.match(s, at) or TITLED.match(s, at))
