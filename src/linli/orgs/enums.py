"""Kinds of organisations and the roles that posts are made of."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class OrgKind(models.TextChoices):
    PARTY = "party", _("党组织")
    CENTRE = "centre", _("治理中心")
    DEPARTMENT = "department", _("政府部门")
    STREET_OFFICE = "street_office", _("街道办/乡镇政府")
    COMMUNITY_COMMITTEE = "community_committee", _("社区居委会")
    VILLAGE_COMMITTEE = "village_committee", _("村委会")
    STATION = "station", _("站所")
    PROPERTY_COMPANY = "property_company", _("物业服务企业")
    OWNERS_COMMITTEE = "owners_committee", _("业主委员会")
    SOCIAL = "social", _("社会组织")
    ENTERPRISE = "enterprise", _("企业")
    VOLUNTEERS = "volunteers", _("志愿队伍")
    SHOP = "shop", _("合作商户")


# The organisation that governs a division: whoever is asked 'the clerk of this community' looks for its posts there.
GOVERNING_KINDS = (
    OrgKind.CENTRE,
    OrgKind.STREET_OFFICE,
    OrgKind.COMMUNITY_COMMITTEE,
    OrgKind.VILLAGE_COMMITTEE,
)


@dataclass(frozen=True, slots=True)
class Role:
    """A role that a post can name. ``oversees``: its holder sees every case of the place, not only the unit's own."""

    key: str
    name: str | Promise
    head: bool = False
    oversees: bool = False
    manages: bool = False


ROLES = {
    role.key: role
    for role in (
        Role("clerk", _("社区专干"), oversees=True),
        Role("community_head", _("社区书记、主任"), head=True, oversees=True, manages=True),
        Role("community_committee_part_time", _("兼职委员")),
        Role("grid_leader", _("网格长")),
        Role("grid_worker", _("网格员")),
        Role("micro_grid_worker", _("微网格员")),
        Role("party_group_leader", _("党小组长")),
        Role("information_collector", _("信息采集员")),
        Role("affairs_assistant", _("事务协办员")),
        Role("dispute_mediator", _("纠纷调解员")),
        Role("opinion_liaison", _("民意联络员")),
        Role("policy_publicist", _("政策宣传员")),
        Role("civility_advocate", _("文明倡导员")),
        Role("assigned_cadre", _("下派干部")),
        Role("double_reporting_member", _("双报到党员")),
        Role("handler", _("承办人")),
        Role("unit_head", _("单位负责人"), head=True),
        Role("dispatcher", _("分拨员"), oversees=True),
        Role("street_head", _("街道主要负责人"), head=True, oversees=True, manages=True),
        Role("supervisor", _("督办员"), oversees=True),
        Role("leader", _("领导"), head=True, oversees=True),
        Role("caller_desk", _("热线坐席")),
        Role("reviewer", _("联审员")),
        Role("expert", _("评审专家")),
        Role("mediator", _("调解员")),
        Role("admin", _("系统管理员"), manages=True),
    )
}
HEAD_ROLES = tuple(key for key, role in ROLES.items() if role.head)
OVERSEEING_ROLES = tuple(key for key, role in ROLES.items() if role.oversees)
MANAGING_ROLES = tuple(key for key, role in ROLES.items() if role.manages)
ROLE_CHOICES = [(key, role.name) for key, role in ROLES.items()]
