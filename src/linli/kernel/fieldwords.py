"""What is wrong with a field, in the reader's language: pydantic speaks English only."""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.calendar import DurationError


def sentence(detail: Any, key: str) -> str:
    """Return a sentence for one of pydantic's errors (its ``type``, ``ctx`` and ``msg``) about the field ``key``."""
    known = {
        "extra_forbidden": _("这里没有“%(key)s”这一项。"),
        "missing": _("缺少“%(key)s”。"),
        "int_type": _("这里要写整数。"),
        "int_parsing": _("这里要写整数。"),
        "int_parsing_size": _("这里要写整数。"),
        "int_from_float": _("这里要写整数。"),
        "float_type": _("这里要写数字。"),
        "float_parsing": _("这里要写数字。"),
        "finite_number": _("这里要写数字。"),
        "bool_type": _("这里要写 true 或 false。"),
        "bool_parsing": _("这里要写 true 或 false。"),
        "string_type": _("这里要写文字。"),
        "string_unicode": _("文字里有无法保存的控制字符，请删除后重试。"),
        "list_type": _("这里要写列表，例如 [a, b]。"),
        "dict_type": _("这里要分项写，每项是“名称: 内容”。"),
        "model_type": _("这里要分项写，每项是“名称: 内容”。"),
        "model_attributes_type": _("这里要分项写，每项是“名称: 内容”。"),
        "literal_error": _("只能是：%(expected)s。"),
        "string_too_long": _("最多 %(max_length)s 个字。"),
        "string_too_short": _("不能为空。"),
        "too_short": _("不能为空。"),
        "greater_than_equal": _("不能小于 %(ge)s。"),
        "less_than_equal": _("不能大于 %(le)s。"),
        "string_pattern_mismatch": _("写法不对：%(pattern)s。"),
    }
    context = detail.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, DurationError):
        return str(cause) if (get_language() or "").startswith("en") else cause.zh
    if detail["type"] in known:
        return known[detail["type"]] % {"key": key, **context}
    return str(detail["msg"]).removeprefix("Value error, ")
