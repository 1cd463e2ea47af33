"""Masking: what must go and what must stay. All sentences, names and numbers are invented."""

import pytest

from linli.matters import surnames
from linli.matters.masking import STARS, Span, mask

# (kind, text, what it becomes)
MUST_MASK = [
    # mobile phones
    ("phone", "我的手机是13800138000，请回电话", "我的手机是***，请回电话"),
    ("phone", "电话138 0013 8000", "电话***"),
    ("phone", "联系电话：138-0013-8000谢谢", "联系电话：***谢谢"),
    ("phone", "手机１３８００１３８０００", "手机***"),
    ("phone", "手机①③⑧00138000", "手机***"),
    ("phone", "请拨+86 13800138000", "请拨***"),
    ("phone", "请拨+8613800138000", "请拨***"),
    ("phone", "电话0086-138-0013-8000", "电话***"),
    ("phone", "手机1 3 8 0 0 1 3 8 0 0 0", "手机***"),
    ("phone", "手机138.0013.8000或13900139000", "手机***或***"),
    ("phone", "打19912345678，或1991234 5678", "打***，或***"),
    ("phone", "房东(138)0013-8000不接", "房东(***不接"),
    ("phone", "手机138\u200b0013\u200b8000", "手机***"),
    ("phone", "打一三八零零一三八零零零找我", "打***找我"),
    ("phone", "打幺三八〇〇幺三八〇〇〇找我", "打***找我"),
    ("phone", "电话138零零一三八000", "电话***"),
    # landlines
    ("phone", "座机028-85551234", "座机***"),
    ("phone", "座机（0731）8555 1234", "座机（***"),
    ("phone", "单位02885551234没人接", "单位***没人接"),
    ("phone", "+86-731-85551234", "***"),
    ("phone", "家里电话85551234、85551235都行", "家里电话***、***都行"),
    ("phone", "电话8555-1234", "电话***"),
    # identity numbers and papers
    ("identity", "身份证号510104199003074512", "身份证号***"),
    ("identity", "身份证51010419900307451X，请查", "身份证***，请查"),
    ("identity", "身份证51010419900307451x", "身份证***"),
    ("identity", "510104 19900307 4512", "***"),
    ("identity", "510104-1990-0307-4512", "***"),
    ("identity", "５１０１０４１９９００３０７４５１２", "***"),
    ("identity", "老身份证510104900307451", "老身份证***"),
    ("identity", "护照E12345678", "护照***"),
    ("identity", "来往内地通行证H1234567890", "来往内地通行证***"),
    # cards
    ("bank_card", "卡号6222021234567890123", "卡号***"),
    ("bank_card", "卡号6222 0212 3456 7890 123", "卡号***"),
    ("bank_card", "卡号6222-0212-3456-7890", "卡号***"),
    # accounts and e-mail
    ("social", "微信号lao_wang88", "微信号***"),
    ("social", "微信：laowang", "微信：***"),
    ("social", "加V：abc12345", "加V：***"),
    ("social", "vx:wang-2020", "vx:***"),
    ("social", "ＱＱ123456789", "ＱＱ***"),
    ("social", "扣扣 12345678", "扣扣 ***"),
    ("social", "业主QQ群：987654321", "业主QQ群：***"),
    ("email", "邮箱wang.jianguo@example.com", "邮箱***"),
    ("email", "邮箱ｗａｎｇ＠example.com", "邮箱***"),
    # plates
    ("plate", "川A12345占道", "***占道"),
    ("plate", "川A·12345占道", "***占道"),
    ("plate", "川A 12345占道", "***占道"),
    ("plate", "粤B D12345堵住消防通道", "***堵住消防通道"),
    ("plate", "粤BD12345", "***"),
    ("plate", "京A12345D停在门口", "***停在门口"),
    ("plate", "苏ｅ·Ａ１２Ｂ３", "***"),
    ("plate", "沪a·1234学", "***"),
    ("plate", "车牌号A12345", "车牌号***"),
    # dwellings
    ("dwelling", "3栋2单元501室漏水", "3栋***漏水"),
    ("dwelling", "阳光小区3栋2单元501漏水", "阳光小区3栋***漏水"),
    ("dwelling", "3栋二单元漏水", "3栋***漏水"),
    ("dwelling", "三栋二单元五零一室", "三栋***"),
    ("dwelling", "3栋第2单元501", "3栋***"),
    ("dwelling", "3栋2单元6楼东户", "3栋***"),
    ("dwelling", "3栋501室", "3栋***"),
    ("dwelling", "3栋501漏水", "3栋***漏水"),
    ("dwelling", "走访6号独居老人，灶具故障", "走访***独居老人，灶具故障"),
    ("dwelling", "霍家院子76号的空巢老人", "霍家院子***的空巢老人"),
    ("dwelling", "3号楼4门501", "3号楼***"),
    ("dwelling", "3号楼2-501", "3号楼***"),
    ("dwelling", "3#2-501", "3#***"),
    ("dwelling", "3-2-501漏水", "3-***漏水"),
    ("dwelling", "1-3-2-501漏水", "1-3-***漏水"),
    ("dwelling", "3-501室", "3-***"),
    ("dwelling", "A座1203室", "A座***"),
    ("dwelling", "501室噪音", "***噪音"),
    ("dwelling", "1203房每晚装修", "***每晚装修"),
    ("dwelling", "12组34号", "12组***"),
    ("dwelling", "幸福村3组12号", "幸福村3组***"),
    ("dwelling", "幸福村134号门前", "幸福村***门前"),
    ("dwelling", "12弄5号301室", "12弄5号***"),
    ("dwelling", "12弄5号301漏水", "12弄5号***漏水"),
    ("dwelling", "楼上702天天跳", "楼上***天天跳"),
    ("dwelling", "501的业主养鸡", "***的业主养鸡"),
    ("dwelling", "402号住户堆杂物", "***住户堆杂物"),
    ("dwelling", "阳光花园5-1201", "阳光花园5-***"),
    ("dwelling", "3排5号院子", "3排***院子"),
    ("dwelling", "门牌号34号", "门牌号***"),
    ("dwelling", "龙山路34号5-2", "龙山路34号***"),
    ("dwelling", "龙山路34号附5号", "龙山路34号***"),
    ("dwelling", "房号：3-2-501", "房号：***"),
    # names behind a cue
    ("name", "我叫王建国", "我叫王某某"),
    ("name", "我叫王建国住在3栋", "我叫王某某住在3栋"),
    ("name", "我叫王伟，住在3栋", "我叫王某，住在3栋"),
    ("name", "我叫向阳花，", "我叫向某某，"),
    ("name", "我叫欧阳建国，", "我叫欧阳某某，"),
    ("name", "我叫买买提江·吐尔逊，", "我叫买某某，"),
    ("name", "业主阿卜杜拉•买买提说漏水", "业主阿某某说漏水"),
    ("name", "姓名：张伟", "姓名：张某"),
    ("name", "姓名：阿依古丽", "姓名：阿某某"),
    ("name", "姓名：张　三", "姓名：张某某"),
    ("name", "联系人：李小红，急", "联系人：李某某，急"),
    ("name", "联系人李小红", "联系人李某某"),
    ("name", "投诉人：陈方安住3栋", "投诉人：陈某某住3栋"),
    ("name", "有个叫张三丰的人", "有个叫张某某的人"),
    ("name", "我是李晓燕，住锦绣园", "我是李某某，住锦绣园"),
    ("name", "此致敬礼！王微", "此致敬礼！王某"),
    ("name", "业主王建国反映楼道灯坏", "业主王某某反映楼道灯坏"),
    ("name", "业主王国强，住3栋", "业主王某某，住3栋"),
    ("name", "住户李明家漏水", "住户李某家漏水"),
    ("name", "户主:陈𠅤䶮", "户主:陈某某"),
    ("name", "女儿莫雅，18岁", "女儿莫某，18岁"),
    ("name", "我爸爸傅名儒今年75岁", "我爸爸傅某某今年75岁"),
    ("name", "社区主任赵铁柱说", "社区主任赵某某说"),
    ("name", "村民周和平、邱珍永、郝峰明联名", "村民周某某、邱某某、郝某某联名"),
    # names before a title
    ("name", "王建国先生来电", "王某某先生来电"),
    ("name", "王伟女士反映", "王某女士反映"),
    ("name", "找刘洋师傅修", "找刘某师傅修"),
    ("name", "陈丽华阿姨", "陈某某阿姨"),
    ("name", "黎志远大爷摔了", "黎某某大爷摔了"),
    ("name", "诸葛孔明老师", "诸葛某某老师"),
    ("name", "请买买提江·吐尔逊先生来", "请买某某先生来"),
    ("name", "骨科龚云医生", "骨科龚某医生"),
    ("name", "尊敬的胡伯俊书记", "尊敬的胡某某书记"),
    ("name", "物业谭小虎经理", "物业谭某某经理"),
    # once found, everywhere
    ("name", "我叫王建国。王建国是三级残疾", "我叫王某某。王某某是三级残疾"),
]

MUST_NOT_MASK = """
墙上张贴小广告|王府花园门口积水|高空抛物很危险|马上就要下雨了|何时能修好|周边环境差|江边路灯不亮|白天停水|方便居民办事
王先生来电反映|李女士说电梯坏了|找张师傅来修|欧阳局长批示|邻居赵阿姨帮忙|马大姐很热心|社区黄书记来过|感谢陈书记
业主高度重视此事|业主何时能拿到房产证|住户安全无法保障|业主任意停车|居民方便了很多|业主张贴通知，|业主马上要搬走
业主于2018年入住|业主向物业反映|业主曾多次投诉|居民高兴，|业主方及施工单位|业主石材破损，|业主金额巨大，
物业项目经理不理人|村主任不作为|居委会主任说|党委书记来过|班主任老师|高中老师补课|语文老师|专业老师|客户经理态度差
大堂经理|全科医生|路边师傅|施工师傅|公交师傅|水电师傅|老先生|各位女士|江苏李先生|上周王师傅来过|孩子和周老师|任何老师
书记高度重视|邻居周末装修|村民黄金周外出|居民田地被占|租户水电费|孩子时间紧，|居民安静，|老板黄牛，|物业主管李某在场
孩子高中毕业|学生家长群|学生文具盒|司机马虎|教师文化程度|居民常年受害|妇女儿童解决就医|父亲常年生病|妻子方面，|儿子高考，
花园长满杂草|小区长期停水|金桂小区长期积水|城市长期规划|厕所长期锁门|业主王家湾，|村民李家村，|职工程度，|家长任课老师
万达广场|龙湖物业|江南水乡|石门县|高新区|金沙江路|唐家湾|田家庵|东方红街道|业主碧桂园·凤凰城三期|印象·江南小区
拨打12345热线|打110报警|120急救|95598停电|400-820-8888客服|96110|12315投诉|电话12345|微信公众号|微信支付|QQ音乐
2019年3月25日停水|2019-03-25至2019-04-01停电|2019.03.25|20190325开工|工单号201903250001|8:00-18:30|[1971.12-1972.1]
一共12000000元|面积1234.56平方米|120户居民签名|3栋120户居民|3栋有120户|301教室|301会议室|500名业主|2016年业主大会
人民路123号门口|3栋楼下|12号楼电梯坏了|5号院|3号线地铁|34号文件|12号停水|每单元|课本第三单元|6楼会议室|三楼阳台
3栋6楼漏水|5路公交|501路公交|3-2比分|10-120万|城东3-500米|2013、2014、2015年|2013-2014-2015-2016|1-2-3-4|2组12号开会
新村15号开始停水|1号楼2019年交房|5栋2018年建成|排队3号窗口|一二三四五六七八九十|三四百户人家|二〇一九年二月
川菜馆|京A级景区|最新C12345版|新GB50016规范|豫园|我叫了三次物业|联系人电话没人接|姓名：不详|联系人：物业|姓名保密
我是高三学生|我是江西人，|我叫物业来修|此致敬礼|敬礼！盼复|法人代表公司|王某某先生|138****8000|3栋***漏水|陈𠅤䶮|印象·江南|买买提巷|金科·阿尔卑斯|买买提·巴扎小区
"""


def test_enough_sentences() -> None:
    assert len(MUST_MASK) >= 60 and len(not_masked()) >= 60


def not_masked() -> list[str]:
    return [text for line in MUST_NOT_MASK.strip().splitlines() for text in line.split("|")]


@pytest.mark.parametrize(("kind", "text", "expected"), MUST_MASK)
def test_what_must_go(kind: str, text: str, expected: str) -> None:
    masked = mask(text)
    assert masked.text == expected
    assert {span.kind for span in masked.spans} == {kind}
    # The same inside a longer text.
    around = "您好，有一事相求。" + text + "。谢谢！"
    assert mask(around).text == "您好，有一事相求。" + expected + "。谢谢！"


@pytest.mark.parametrize("text", not_masked())
def test_what_must_stay(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).spans == ()


def test_spans_say_what_stood_where() -> None:
    text = "业主王建国，电话138 0013 8000，住3栋2单元501。"
    assert mask(text).spans == (
        Span(3, 5, "name", "某某"),
        Span(8, 21, "phone", STARS),
        Span(25, 31, "dwelling", STARS),
    )
    assert mask(text).text == "业主王某某，电话***，住3栋***。"


def test_a_whole_report() -> None:
    text = (
        "尊敬的领导：我叫欧阳建国（身份证51010419900307451X），家住金桂花园3栋2单元501室，电话138-0013-8000，微信同号。"
        "楼上601的业主周大海天天深夜装修，他的车川A·D12345长期占用消防通道。找过物业王经理和社区李晓梅主任，都说马上处理，"
        "至今没有结果。周大海还骂人。请打028-85551234或发邮件到oyjg@example.com。"
    )
    assert mask(text).text == (
        "尊敬的领导：我叫欧阳某某（身份证***），家住金桂花园3栋***，电话***，微信同号。"
        "楼上***的业主周某某天天深夜装修，他的车***长期占用消防通道。找过物业王经理和社区李某某主任，都说马上处理，"
        "至今没有结果。周某某还骂人。请打***或发邮件到***。"
    )


def test_known_names_go_wherever_they_stand() -> None:
    text = "昨天我见到高兴和莫雅，John Smith也在，Johnson没来；听雨·山人说好。"
    assert mask(text).text == text
    known = ["高兴", "莫雅", "John Smith", "John", "听雨・山人", "某", "王", ""]
    assert mask(text, known_names=known).text == "昨天我见到高某和莫某，某某也在，Johnson没来；听某某说好。"


def test_known_names_with_marks_of_masking_are_no_names() -> None:
    assert mask("王某某和张*", known_names=["王某某", "某某", "张*", "**"]).text == "王某某和张*"


def test_what_is_kept_is_kept() -> None:
    text = "社区电话0731-8555 1234，联系人：李小红。我的电话13800138000，住王府花园3-2-501。"
    assert mask(text).text == "社区电话***，联系人：李某某。我的电话***，住王府花园3-***。"
    kept = mask(text, keep=["（0731）85551234", "李小红", "", "不在文中"])
    assert kept.text == "社区电话0731-8555 1234，联系人：李小红。我的电话***，住王府花园3-***。"
    assert mask("A座1203室", keep=["1203"]).text == "A座***", "only what lies inside a kept string is kept"


def test_finds_that_overlap_become_one() -> None:
    masked = mask("微信abc12345@example.com")
    assert masked.text == "微信***" and [span.kind for span in masked.spans] == ["email"]


def test_rare_characters_survive_around_what_is_masked() -> None:
    assert mask("䶮𠅤\ue815 13800138000 𠮷·😀").text == "䶮𠅤\ue815 *** 𠮷·😀"


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "*", "某", "\x00", "\ud800", "·", "@", "+", "1", "我叫", "微信", "先生"]
)
def test_scraps(text: str) -> None:
    assert mask(text).text == text


def test_lists_of_surnames_hold_single_characters_once() -> None:
    assert not surnames.SURNAMES & surnames.RARE_SURNAMES
    assert all(len(name) == 1 for name in surnames.SURNAMES | surnames.RARE_SURNAMES)
    assert all(len(name) == 2 for name in surnames.COMPOUND)
    assert surnames.begins_word("高空") and surnames.begins_word("田家") and not surnames.begins_word("高")
    assert surnames.ends_word("上周") and not surnames.ends_word("伟周")
