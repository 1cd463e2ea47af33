"""The forms of posts and accounts."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.orgs.actors import Actor
from linli.orgs.enums import ROLES
from linli.orgs.forms.places import Text, find_compound, find_grid, unit_choices
from linli.orgs.models import Organisation, User
from linli.orgs.policies import can_take_in
from linli.orgs.queries import account_by, post_facts
from linli.orgs.signin import appointing


def role_choices() -> list[tuple[str, Any]]:
    """Return the roles as options in groups: what they may do decides the group."""
    groups: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for key, role in ROLES.items():
        group = (
            _("管理和领导")
            if role.manages or role.head
            else _("看得到辖区全部办件")
            if role.oversees
            else _("办理和网格")
        )
        groups[group].append((key, role.name))
    return [(group, groups[group]) for group in (_("办理和网格"), _("看得到辖区全部办件"), _("管理和领导"))]


class PostForm(forms.Form):
    """A post for somebody who has an account: found by user name or phone number, never by looking through a list of people.

    An account that somebody registered themselves is found by the code that they gave (``code`` afterwards): whether a resident's
    phone number has one is not to be learnt here.
    """

    person = Text(
        label=gettext_lazy("谁"),
        limit=100,
        help_text=gettext_lazy("用户名、手机号，或本人给您的任职码。还没有账号的，先建账号。"),
    )
    unit = forms.ChoiceField(label=gettext_lazy("单位"))
    role = forms.ChoiceField(label=gettext_lazy("岗位"))
    grid = Text(
        label=gettext_lazy("网格"), limit=80, required=False, help_text=gettext_lazy("编码或名称；只管一个网格时才填。")
    )
    compound = Text(
        label=gettext_lazy("小区"), limit=100, required=False, help_text=gettext_lazy("全名；只管一个小区时才填。")
    )
    since = forms.DateField(label=gettext_lazy("任职日期"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(
        label=gettext_lazy("离任日期"), required=False, help_text=gettext_lazy("从这一天起不再任职；不填就一直任职。")
    )

    def __init__(self, *args: Any, by: Actor, at: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.by, self.at, self.code = by, at, ""
        self.fields["unit"].choices = unit_choices(by, empty=_("请选择"))  # type: ignore[attr-defined]
        self.fields["role"].choices = [("", _("请选择")), *role_choices()]  # type: ignore[attr-defined]
        for name in ("since", "until"):
            self.fields[name].widget.input_type = "date"

    def clean_person(self) -> User:
        typed = self.cleaned_data["person"]
        invited = appointing.user_of(typed, at=self.at)
        if invited is not None:
            self.code = typed
            return invited
        found = account_by(typed)
        if found is None or not can_take_in(
            self.by, post_facts(found, at=self.at), self_made=found.self_made, agreed=False
        ):
            raise ValidationError(_("没有这样的工作账号。本人用手机注册的，请填他“我的账号”页里的任职码。"))
        return found

    def clean_unit(self) -> Organisation:
        return Organisation.objects.select_related("division").get(pk=self.cleaned_data["unit"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        unit = data.get("unit")
        for name, find in (("grid", find_grid), ("compound", find_compound)):
            typed = data.get(name)
            data[name] = None
            if typed and unit is not None:
                try:
                    data[name] = find(unit, typed)
                except ValidationError as error:
                    self.add_error(name, error)
        return data

    def add(self, error: ValidationError) -> None:
        """Show what an action refused beside its fields."""
        names = {"user": "person"}
        if hasattr(error, "error_dict"):
            for name, messages in error.message_dict.items():
                field = names.get(name, name)
                self.add_error(field if field in self.fields else None, messages)
        else:
            self.add_error(None, error.messages)


class AccountForm(PostForm):
    """A new account of staff with its first post."""

    person = None  # type: ignore[assignment] # takes the field of the parent away
    name = Text(label=gettext_lazy("姓名"), limit=100)
    username = Text(label=gettext_lazy("用户名"), limit=60, help_text=gettext_lazy("登录用，不能重复，例如姓名拼音。"))
    phone = Text(
        label=gettext_lazy("手机号"), limit=40, required=False, help_text=gettext_lazy("可用验证码登录；加密保存。")
    )
    field_order = ("name", "username", "phone", "unit", "role", "grid", "compound", "since", "until")


class AccountChangeForm(forms.Form):
    """What an account is called, and its phone: the present number is not shown, only replaced or taken away."""

    name = Text(label=gettext_lazy("姓名"), limit=100)
    username = Text(label=gettext_lazy("用户名"), limit=60)
    phone = Text(label=gettext_lazy("新手机号"), limit=40, required=False, help_text=gettext_lazy("不改就留空。"))
    drop_phone = forms.BooleanField(label=gettext_lazy("取消登记现在的手机号"), required=False)

    def new_phone(self) -> str | None:
        """Return the number to keep from now on: None as before, '' none."""
        typed = str(self.cleaned_data["phone"])
        return typed or ("" if self.cleaned_data["drop_phone"] else None)
