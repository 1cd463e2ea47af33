"""Giving and ending posts. Access follows from posts, so it begins and ends with them."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel import audit
from linli.kernel.outbox import publish
from linli.orgs import policies
from linli.orgs.actors import Actor, today
from linli.orgs.enums import ROLES
from linli.orgs.events import PostEnded
from linli.orgs.models import Organisation, Post, User
from linli.orgs.queries import post_facts
from linli.orgs.signin import appointing
from linli.places.enums import Level, prefix_of
from linli.places.models import Compound, Grid

FIELDS = ("user", "role", "organisation", "grid", "compound", "since", "until")


@transaction.atomic
def give_post(
    *,
    user: User,
    role: str,
    unit: Organisation,
    since: date,
    by: Actor,
    at: datetime,
    grid: Grid | None = None,
    compound: Compound | None = None,
    until: date | None = None,
    code: str = "",
) -> Post:
    """Give somebody a post from ``since`` until (not including) ``until``. ValidationError names what does not fit.

    ``code`` shows that the owner of an account that they registered themselves agreed to it (signin/appointing.py). A grid or compound
    must lie where the organisation is; the same post is not held twice at the same time.
    """
    place = unit.division.code
    policies.can_appoint(by, place, role=role, governs=unit.governs, unit_active=unit.active).enforce()
    agreed = bool(code) and appointing.user_of(code, at=at) == user
    policies.can_take_in(by, post_facts(user, at=at), self_made=user.self_made, agreed=agreed).enforce()
    errors: dict[str, list[str]] = {}
    if role not in ROLES:
        errors["role"] = [_("没有这个岗位。")]
    if not user.is_active:
        errors["user"] = [_("这个账号已停用，启用后才能任职。")]
    if until is not None and until <= since:
        errors["until"] = [_("离任日期要在任职日期之后。")]
    inside = prefix_of(place, Level(unit.division.level))
    if grid is not None and (not grid.active or not grid.community.code.startswith(inside)):
        errors["grid"] = [_("这个网格不在这个单位的范围里，或者已停用。")]
    if compound is not None and not compound.community.code.startswith(inside):
        errors["compound"] = [_("这个小区不在这个单位的范围里。")]
    if not errors and _overlapping(user, role, unit, grid, compound, since, until).exists():
        errors["role"] = [_("这段时间此人已经担任这个岗位。")]
    if errors:
        raise ValidationError(errors)
    post = Post(user=user, role=role, organisation=unit, grid=grid, compound=compound, since=since, until=until)
    try:
        with transaction.atomic():
            post.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError({"role": [_("这段时间此人已经担任这个岗位。")]}) from error
    after = audit.snapshot(post, *FIELDS)
    audit.note(by=by, action="give", subject=post, before=None, after=after, at=at)
    return post


def _overlapping(
    user: User,
    role: str,
    unit: Organisation,
    grid: Grid | None,
    compound: Compound | None,
    since: date,
    until: date | None,
) -> QuerySet[Post]:
    same = Post.objects.filter(user=user, role=role, organisation=unit, grid=grid, compound=compound)
    begun = Q(since__lt=until) if until is not None else Q()
    return same.filter(begun & (Q(until__isnull=True) | Q(until__gt=since)))


@transaction.atomic
def end_post(*, post: Post, by: Actor, at: datetime, on: date | None = None) -> Post:
    """End a post: at once (``on`` None or today: access ends with the next click) or on a later day, which is the first without it."""
    post = Post.objects.select_for_update(of=("self",)).select_related("organisation__division").get(pk=post.pk)
    facts = policies.PostFacts(post.role, post.organisation.division.code)
    policies.can_end_post(by, facts, own=post.user_id == by.user_id).enforce()
    day = today(at)
    last = day if on is None else on
    if post.until is not None and post.until <= day:
        raise ValidationError({"on": [_("这个岗位已经结束了。")]})
    if last < day:
        raise ValidationError({"on": [_("离任日期不能早于今天。")]})
    # a post that has not begun ends on the day it would have
    last = max(last, post.since)
    if post.until is not None and last > post.until:
        raise ValidationError({"on": [_("离任日期只能提前，不能推后；要延长请重新任职。")]})
    before = {"until": audit.plain(post.until)}
    post.until = last
    post.save(update_fields=["until"])
    audit.note(by=by, action="end", subject=post, before=before, after={"until": last}, at=at)
    ended = PostEnded(post=post.pk, user=post.user_id, unit=post.organisation_id, role=post.role, on=last.isoformat())
    publish([ended], at=at)
    return post
