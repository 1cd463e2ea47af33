"""Forms of the planner. They read and bound what was typed; whether it may be is the actions' business."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.places.models import Division
from linli.planning.workload import WEIGHTS

MOST_SECONDS = 120
MOST_FILE = 20_000_000
NO_MOST = 1_000_000
"""Households of a grid where no most was asked for."""
_LABELS = {
    "households": gettext_lazy("一户"),
    "matters": gettext_lazy("一件诉求"),
    "visits": gettext_lazy("一次走访"),
    "care": gettext_lazy("一项照护"),
}


class PlanForm(forms.Form):
    """What a plan is asked for; ``settings()`` is what the run reads."""

    name = forms.CharField(
        label=gettext_lazy("方案名称"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("不填就叫方案甲、方案乙……"),
    )
    target = forms.IntegerField(label=gettext_lazy("每个网格约多少户"), min_value=1, max_value=100_000, initial=300)
    count = forms.IntegerField(
        label=gettext_lazy("或者：正好分成几个网格"),
        min_value=1,
        max_value=999,
        required=False,
        help_text=gettext_lazy("只对一个社区有效；填了就不看上面的户数"),
    )
    low = forms.IntegerField(label=gettext_lazy("每个网格至少多少户"), min_value=0, max_value=100_000, required=False)
    high = forms.IntegerField(label=gettext_lazy("每个网格至多多少户"), min_value=1, max_value=100_000, required=False)
    tolerance = forms.DecimalField(
        label=gettext_lazy("工作量允许的偏差（%）"),
        min_value=1,
        max_value=50,
        max_digits=4,
        decimal_places=1,
        initial=5,
    )
    keep = forms.BooleanField(label=gettext_lazy("从现在的网格改起，少动住户"), required=False, initial=True)
    compounds = forms.BooleanField(label=gettext_lazy("偏差之内尽量不拆小区"), required=False)
    seconds = forms.IntegerField(label=gettext_lazy("最多算多少秒"), min_value=5, max_value=MOST_SECONDS, initial=30)
    seed = forms.IntegerField(
        label=gettext_lazy("种子"),
        min_value=0,
        max_value=2**31 - 1,
        initial=0,
        help_text=gettext_lazy("同样的种子、同样的数据，算出同样的方案"),
    )

    def __init__(
        self, data: Any = None, *, communities: Sequence[Division] = (), last: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=_initial(last or {}))
        if len(communities) > 1:
            self.fields["communities"] = forms.MultipleChoiceField(
                label=gettext_lazy("划哪些社区"),
                required=False,
                choices=[(one.code, one.name) for one in communities],
                widget=forms.CheckboxSelectMultiple,
                help_text=gettext_lazy("一个都不选就是全部；网格不跨社区"),
            )
        for kind, label in _LABELS.items():
            initial = (last or {}).get("weights", {}).get(kind, WEIGHTS[kind])
            self.fields[f"weight_{kind}"] = forms.DecimalField(
                label=label, min_value=0, max_value=1000, max_digits=7, decimal_places=2, initial=initial
            )

    @property
    def weights(self) -> list[forms.BoundField]:
        return [self[f"weight_{kind}"] for kind in _LABELS]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        low, high = said.get("low"), said.get("high")
        if low is not None and high is not None and low > high:
            self.add_error("high", _("至多的户数不能少于至少的户数。"))
        if not any(said.get(f"weight_{kind}") for kind in _LABELS):
            self.add_error("weight_households", _("权重不能都是 0。"))
        return said

    def settings(self) -> dict[str, Any]:
        """Return what was asked for as JSON."""
        said = self.cleaned_data
        low, high = said.get("low"), said.get("high")
        band = [low or 0, high if high is not None else NO_MOST] if low is not None or high is not None else None
        return {
            "target": said["target"],
            "count": said["count"],
            "band": band,
            "tolerance": float(said["tolerance"]) / 100,
            "keep": said["keep"],
            "compounds": said["compounds"],
            "seconds": said["seconds"],
            "seed": said["seed"],
            "communities": said.get("communities") or [],
            "weights": {kind: float(said[f"weight_{kind}"]) for kind in _LABELS},
        }


def _initial(last: Mapping[str, Any]) -> dict[str, Any]:
    known = {
        name: last[name]
        for name in ("target", "count", "keep", "compounds", "seconds", "seed", "communities")
        if name in last
    }
    if last.get("tolerance"):
        known["tolerance"] = round(last["tolerance"] * 100, 1)
    if last.get("band"):
        low, high = last["band"]
        known["low"], known["high"] = low or None, high if high < NO_MOST else None
    return known


class DayForm(forms.Form):
    """The day from which the grids are to be in force."""

    since = forms.DateField(label=gettext_lazy("启用日期"), widget=forms.DateInput({"type": "date"}))


class FileForm(forms.Form):
    """A plan from a file."""

    name = forms.CharField(label=gettext_lazy("方案名称"), max_length=60, required=False)
    file = forms.FileField(label=gettext_lazy("文件"), max_length=200)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_FILE:
            raise ValidationError(_("文件太大，最多 20 MB。"))
        return file
