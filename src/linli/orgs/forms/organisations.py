"""The form of an organisation."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.worktime import Hours
from linli.orgs.actions.organisations import Draft
from linli.orgs.actors import Actor
from linli.orgs.enums import OrgKind
from linli.orgs.forms.places import Text, find_division, unit_choices
from linli.orgs.models import Organisation
from linli.places.models import Division


def written_hours(hours: Hours) -> str:
    """Return office hours as the form shows them: one period a line."""
    return "\n".join(f"{start}-{'24:00' if end == '00:00' else end}" for start, end in hours)


def read_hours(text: str) -> Hours:
    """Return pairs of 'HH:MM' from what somebody typed: periods on lines or between commas, with any kind of dash."""
    table = str.maketrans({"：": ":", "—": "-", "–": "-", "－": "-", "~": "-", "～": "-", "至": "-"})
    text = text.translate(table)
    for sign in "，,、；;\n":
        text = text.replace(sign, " ")
    pairs = []
    for part in text.split():
        start, dash, end = part.partition("-")
        if not dash:
            raise ValidationError(_("每段写成 09:00-12:00，一行一段。"))
        pairs.append((_clock(start), "00:00" if end in ("24:00", "24") else _clock(end)))
    return tuple(pairs)


def _clock(text: str) -> str:
    hour, _colon, minute = text.partition(":")
    if not (hour.isascii() and hour.isdigit() and (minute or "00").isascii() and (minute or "00").isdigit()):
        raise ValidationError(_("每段写成 09:00-12:00，一行一段。"))
    if not (int(hour) < 24 and int(minute or 0) < 60 and len(hour) <= 2 and len(minute) in (0, 2)):
        raise ValidationError(_("%(time)s 不是一个时刻。") % {"time": text})
    return f"{int(hour):02d}:{int(minute or 0):02d}"


class OrganisationForm(forms.Form):
    """Fields in words; ``draft()`` gives what the actions take."""

    kind = forms.ChoiceField(label=gettext_lazy("类型"), choices=OrgKind.choices)
    name = Text(label=gettext_lazy("名称"), limit=100)
    short_name = Text(
        label=gettext_lazy("简称"), limit=40, required=False, help_text=gettext_lazy("列表里用，例如“区住建局”。")
    )
    division = Text(
        label=gettext_lazy("所在区划"), limit=120, help_text=gettext_lazy("12 位代码，或者全名；输入时会提示。")
    )
    parent = forms.ChoiceField(label=gettext_lazy("上级单位"), required=False)
    governs = forms.BooleanField(
        label=gettext_lazy("本级治理单位"),
        required=False,
        help_text=gettext_lazy("这个区划里没人管的事归它；一个区划只有一个。"),
    )
    phone = Text(label=gettext_lazy("电话"), limit=40, required=False)
    address = Text(label=gettext_lazy("地址"), limit=200, required=False)
    hours = forms.CharField(
        label=gettext_lazy("办公时间"),
        max_length=400,
        required=False,
        widget=forms.Textarea,
        help_text=gettext_lazy("一行一段，例如 09:00-12:00。不填就用通用的 09:00-12:00、14:00-18:00。时限按它计算。"),
    )

    def __init__(self, *args: Any, by: Actor, unit: Organisation | None = None, **options: Any) -> None:
        if unit is not None:
            options.setdefault("initial", _shown(unit))
        super().__init__(*args, **options)
        self.by, self.unit = by, unit
        choices = unit_choices(by, empty=_("没有"))
        if unit is not None and unit.parent is not None and str(unit.parent_id) not in dict(choices):
            # a superior outside the managed places stays what it is
            choices.insert(1, (str(unit.parent_id), unit.parent.name))
        self.fields["parent"].choices = choices  # type: ignore[attr-defined]

    def clean_division(self) -> Division:
        typed = self.cleaned_data["division"]
        if self.unit is not None and typed == _written(self.unit.division):
            return self.unit.division
        return find_division(self.by, typed)

    def clean_parent(self) -> Organisation | None:
        chosen = self.cleaned_data["parent"]
        return Organisation.objects.get(pk=chosen) if chosen else None

    def clean_hours(self) -> Hours:
        return read_hours(self.cleaned_data["hours"])

    def draft(self) -> Draft:
        """Return the organisation as it was filled in."""
        return Draft(**self.cleaned_data)

    def add(self, error: ValidationError) -> None:
        """Show what an action refused beside its fields."""
        if hasattr(error, "error_dict"):
            for name, messages in error.message_dict.items():
                self.add_error(name if name in self.fields else None, messages)
        else:
            self.add_error(None, error.messages)


def _written(division: Division) -> str:
    return f"{division.code} {division.name}"


def _shown(unit: Organisation) -> dict[str, Any]:
    return {
        "kind": unit.kind,
        "name": unit.name,
        "short_name": unit.short_name,
        "division": _written(unit.division),
        "parent": str(unit.parent_id or ""),
        "governs": unit.governs,
        "phone": unit.phone,
        "address": unit.address,
        "hours": written_hours(tuple((start, end) for start, end in unit.office_hours)),
    }
