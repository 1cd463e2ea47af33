"""How entries of the configuration's history are said on pages."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from linli.kernel import audit
from linli.orgs.enums import ROLES, OrgKind
from linli.orgs.models import Organisation, User
from linli.places.models import Compound, Division, Grid

ACTIONS = {
    "create": gettext_lazy("新建"),
    "edit": gettext_lazy("修改"),
    "close": gettext_lazy("停用"),
    "open": gettext_lazy("重新启用"),
    "give": pgettext_lazy("act", "任职"),
    "end": gettext_lazy("结束任职"),
    "unlock": gettext_lazy("解除锁定"),
    "password_link": gettext_lazy("给了设密码的链接"),
    "reset_second_factor": gettext_lazy("重设动态口令"),
    "set_up_second_factor": gettext_lazy("设置动态口令"),
    "remove_second_factor": gettext_lazy("停用动态口令"),
    "change_password": gettext_lazy("改密码"),
    "tie_wechat": gettext_lazy("绑定微信"),
    "untie_wechat": gettext_lazy("解绑微信"),
    "tie_identity": gettext_lazy("接上统一认证"),
    "erase": gettext_lazy("按本人要求删除"),
    "settings": gettext_lazy("修改登录设置"),
    "import": gettext_lazy("导入"),
    "days": gettext_lazy("录入工作日和假日"),
    "year": gettext_lazy("全年通知"),
}
FIELDS = {
    "kind": gettext_lazy("类型"),
    "name": gettext_lazy("名称"),
    "short_name": gettext_lazy("简称"),
    "division": gettext_lazy("区划"),
    "parent": gettext_lazy("上级单位"),
    "governs": gettext_lazy("本级治理单位"),
    "phone": gettext_lazy("电话"),
    "address": gettext_lazy("地址"),
    "office_hours": gettext_lazy("办公时间"),
    "active": gettext_lazy("启用"),
    "username": gettext_lazy("用户名"),
    "user": gettext_lazy("人员"),
    "role": gettext_lazy("岗位"),
    "organisation": gettext_lazy("单位"),
    "grid": gettext_lazy("网格"),
    "compound": gettext_lazy("小区"),
    "since": gettext_lazy("任职日期"),
    "until": gettext_lazy("离任日期"),
    "entered": gettext_lazy("已录全"),
    "second_factor": gettext_lazy("动态口令"),
    "issuer": gettext_lazy("认证方地址"),
    "client_id": gettext_lazy("应用编号"),
}
_ROWS = {
    "division": Division,
    "parent": Organisation,
    "organisation": Organisation,
    "user": User,
    "grid": Grid,
    "compound": Compound,
}


def said(field: str, value: Any) -> str:
    """Return a value of an entry in words."""
    if isinstance(value, dict) and "working" in value:
        kind = _("上班") if value["working"] else _("放假")
        return f"{kind}（{value['note']}）" if value.get("note") else str(kind)
    if value is True:
        return _("是")
    if value is False:
        return _("否")
    if field == "kind":
        return str(dict(OrgKind.choices).get(value, value))
    if field == "role":
        return str(ROLES[value].name) if value in ROLES else str(value)
    if field == "office_hours":
        return _("、").join(f"{start}-{end}" for start, end in value)
    if field in _ROWS:
        row = _ROWS[field].objects.filter(pk=value).first()
        return str(row) if row is not None else f"#{value}"
    return str(value)


def records_of(*subjects: Any) -> list[dict[str, Any]]:
    """Return who changed these records when, the latest first, as the macro ``history`` shows it."""
    entries = [entry for subject in subjects for entry in audit.history(subject)]
    entries.sort(key=lambda entry: -entry.pk)
    return audit.records(entries[:100], actions=ACTIONS, fields=FIELDS, words=said)
