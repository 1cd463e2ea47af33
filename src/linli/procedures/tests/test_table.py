"""Every row of the table of known procedures is said in data alone: loaded, checked, walked to all its ends, drawn."""

import pytest

from linli.orgs.enums import ROLES
from linli.procedures.grammar.chart import chart_rows, chart_svg
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.diff import differences
from linli.procedures.grammar.mermaid import mermaid
from linli.procedures.grammar.simulate import simulate, walk
from linli.procedures.tests.definition_files import FILES, NAMES, loaded, text_of

# what is named in a definition and comes with an area; everything else is said by data alone
HANDLERS = {
    "matter": ["matters.merge", "matters.move", "matters.split", "matters.unmerge"],
    "project": ["funds.pay"],
    "purchase": ["funds.pay"],
    "mediation": ["mediation.agreement"],
    "property_exit": ["deliberation.vote"],
}

# row of the table -> the definitions that say it
TABLE = {
    "whistle": ["whistle"],
    "supervision, suspension, extension, veto": ["supervision", "suspension", "extension", "void"],
    "seven-step": ["seven_step"],
    "five-step, five deliberations": ["five_step", "five_deliberations"],
    "admission of work": ["admission", "admission_review"],
    "micro-power item": ["micro_power"],
    "project": ["project", "expert_score"],
    "service item": ["service_item"],
    "purchase of service": ["purchase"],
    "mediation": ["mediation", "mediation_follow_up"],
    "decision risk assessment": ["decision_risk", "risk_score"],
    "party activity": ["party_activity"],
    "property rating and exit": ["property_rating", "property_opinion", "property_appeal", "property_exit"],
    "inspection finding": ["inspection_finding"],
    "consent of owners by stage": ["owners_consent"],
    "care order": ["care_order"],
    "appeal": ["appeal"],
}


def definition(key: str) -> Definition:
    return loaded(key).definition


def ends(key: str) -> set[str]:
    return {name for name, step in definition(key).steps.items() if step.kind == "end"}


def test_the_table_has_seventeen_rows_and_all_their_files() -> None:
    assert len(TABLE) == 17
    assert {key for keys in TABLE.values() for key in keys} | {"matter", "call_back"} == set(FILES)


@pytest.mark.parametrize("key", FILES)
def test_loads_without_a_mistake_or_warning_and_names_its_handlers(key: str) -> None:
    found = loaded(key)
    assert found.definition.procedure == key
    assert [str(one) for one in found.warnings] == []
    assert sorted(name for name, _line in found.missing_handlers) == HANDLERS.get(key, [])
    lines = text_of(key).splitlines()
    for name, line in found.missing_handlers:
        # a vote needs its handler by being a vote; all others are named on the line
        assert name in lines[line - 1] or "rule:" in lines[line - 1]
    assert loaded(key, tuple(HANDLERS.get(key, []))).missing_handlers == []


@pytest.mark.parametrize("key", FILES)
def test_walks_to_all_its_ends(key: str) -> None:
    report = simulate(definition(key), roles=ROLES)
    assert set(report.paths) == ends(key)
    assert report.complete
    assert (report.unreached_ends, report.unreached_steps, report.dead_ends) == ([], [], [])
    assert (report.nobody_holds, report.clocks_never_start, report.untaken) == ([], [], [])
    assert report.ok


@pytest.mark.parametrize("key", FILES)
def test_every_path_can_be_walked_again(key: str) -> None:
    """The walk, which keeps all answers and counts, agrees with the exploration, which keeps what matters."""
    chosen = definition(key)
    report = simulate(chosen, roles=ROLES)
    for end, path in report.paths.items():
        script = [
            (move.how, {name: list(value) if isinstance(value, tuple) else value for name, value in move.answers})
            for move in path
        ]
        stops = walk(chosen, script, report.starts[end])
        assert [stop.step for stop in stops] == [chosen.first, *(move.target for move in path)]
        assert stops[-1].step == end


@pytest.mark.parametrize("key", FILES)
def test_is_drawn(key: str) -> None:
    chosen = definition(key)
    assert chart_svg(chosen, current=chosen.first, roles_names=NAMES).count('class="p-box"') == len(chosen.steps)
    assert mermaid(chosen).startswith("flowchart TD\n")
    assert len(chart_rows(chosen)) == len(chosen.steps)


def test_whistle_has_own_clocks_arrival_on_site_confirmation_and_a_climb() -> None:
    matter, whistle = definition("matter"), definition("whistle")
    each = matter.steps["whistled"].each
    assert each is not None and each.procedure == "whistle" and each.unit == "form.units"
    assert whistle.steps["summoned"].clock is not None and whistle.steps["work"].clock is not None
    arrive = whistle.steps["summoned"].actions["arrive"]
    assert dict(arrive.fields()) == {"arrival_place": False, "arrival_photos": True, "arrival_signature": True}
    rule = arrive.require[0].that
    assert rule.holds({"arrival_photos": ["x"]}) and rule.holds({"arrival_signature": "x"}) and not rule.holds({})
    arrived = whistle.steps["arrived"]
    assert arrived.holder is not None and arrived.holder.text == "clerk of parent"
    climb = walk(whistle, [("expiry", {}), ("expiry", {})], {"unit": 1})
    assert [stop.step for stop in climb] == ["summoned", "street", "county"]
    holders = [whistle.steps[key].holder for key in ("street", "county")]
    assert [holder.level for holder in holders if holder] == ["street", "county"]


def test_side_procedures_change_the_other_cases_clock_with_approval_by_level() -> None:
    extension, suspension, void = (definition(key).beside for key in ("extension", "suspension", "void"))
    assert extension is not None and extension.outcomes["granted"].extend == "form.granted_days"
    assert suspension is not None and (suspension.meanwhile, suspension.during) == ("stop_clock", ["suspended"])
    assert void is not None and void.outcomes["voided"].void
    grant = {"granted_days": 5}
    start = {"days": 10, "grounds": "x"}
    assert walk(definition("extension"), [("grant", grant)], start)[-1].step == "granted"
    assert walk(definition("extension"), [("grant", {"granted_days": 6})], start)[-1].step == "county"
    supervision = definition("supervision")
    assert [stop.step for stop in walk(supervision, [("expiry", {})] * 3)] == ["explain", "street", "county", "city"]
    assert "supervise" in supervision.side and supervision.side["supervise"] is False


def test_seven_steps() -> None:
    seven = definition("seven_step")
    kinds = [
        seven.steps[key].kind for key in ("collect", "review", "council", "publicity", "execute", "measure", "archive")
    ]
    assert kinds == ["collect", "task", "task", "notice", "task", "collect", "end"]
    assert seven.steps["collect"].threshold is not None and seven.steps["collect"].threshold.at_least == 5
    assert seven.steps["review"].actions["decline"].reason
    quorum = seven.steps["council"].actions["resolve"].require[0].that
    assert [quorum.holds({"members": 30, "present": n}) for n in (14, 15, 16)] == [False, False, True]
    notice = seven.steps["publicity"]
    assert notice.clock is not None and str(notice.clock.for_) == "7 days"
    assert notice.objections is not None and notice.objections.must_answer
    assert [who.text for who in seven.steps["execute"].watch] == ["community_committee_part_time of community"]
    assert seven.steps["measure"].gather["satisfaction"].by == "mean"
    assert seven.steps["archive"].archive


def test_five_step_is_edited_into_five_deliberations() -> None:
    five, other = definition("five_step"), definition("five_deliberations")
    hearing = five.steps["hearing"].actions["close"].require[0].that
    assert [hearing.holds({"invited": 30, "present": n}) for n in (19, 20, 21)] == [False, True, True]
    rooms = [key for key in five.steps if key in other.steps]
    assert rooms == ["hearing", "council", "execute", "archive", "rejected"]
    said = differences(five, other)
    assert "新增环节 支部提议" in said and "删除环节 收集议题" in said
    assert "环节 公开听证：名称由“公开听证”改为“居民评议”" in said


def test_admission_is_reviewed_together_and_a_trial_ends_by_itself() -> None:
    admission = definition("admission")
    then = admission.steps["review"].then
    assert then is not None and admission.steps["review"].done == "all"
    every, majority = then[0].when, then[1].when
    assert every is not None and majority is not None
    assert every.holds({"mode": "all", "unanimous": True}) and not every.holds({"mode": "all", "unanimous": False})
    assert [majority.holds({"mode": "majority", "agreed": n, "reviewed": 6}) for n in (2, 3, 4)] == [False, False, True]
    trial = admission.steps["trial"].clock
    assert trial is not None and trial.from_ == "form.trial_months" and trial.on_expiry is not None
    script = [
        ("accept", {"reviewers": [1, 2], "mode": "all"}),
        ("done", {"unanimous": True}),
        ("trial", {"trial_months": 6}),
        ("expiry", {}),
    ]
    assert walk(admission, script)[-1].step == "evaluate"
    assert {"renew", "lapse"} <= set(admission.steps["evaluate"].actions)


def test_micro_power_item_publishes_five_times() -> None:
    item = definition("micro_power")
    publishing = [
        key
        for key, step in item.steps.items()
        if step.publish or any(action.publish for action in step.actions.values())
    ]
    assert publishing == ["accept", "verify", "assess", "publicity", "approve"]
    assert item.fields["item_no"].max == 33


def test_project_has_a_window_a_mean_score_and_a_ceiling_by_amount() -> None:
    project = definition("project")
    assert (project.start.opens, project.start.closes) == ("03-01", "04-30")
    assert project.steps["scoring"].gather["score"].by == "mean"

    def approver(amount: int) -> str:
        script = [("pass", {"experts": [1]}), ("done", {"score": "85.50"})]
        return walk(project, script, {"amount": amount, "public_decision": False})[-1].step

    assert [approver(fen) for fen in (5_000_000, 5_000_001, 30_000_000, 30_000_001)] == [
        "approve_street",
        "approve_county",
        "approve_county",
        "approve_city",
    ]

    def after_risk(amount: int, risk: str) -> str:
        script = [("pass", {"experts": [1]}), ("done", {"score": "85.50"}), (risk, {})]
        return walk(project, script, {"amount": amount, "public_decision": True})[-1].step

    # a low risk lifts nobody's ceiling
    assert [after_risk(fen, "low") for fen in (5_000_000, 30_000_000, 30_000_001)] == [
        "approve_county",
        "approve_county",
        "approve_city",
    ]
    assert (after_risk(5_000_000, "medium"), after_risk(5_000_000, "otherwise")) == ("approve_city", "rejected")
    for level in ("street", "county", "city"):
        rule = project.steps[f"approve_{level}"].actions["approve"].require[0].that
        assert rule.holds({"approved": 100, "amount": 100}) and not rule.holds({"approved": 101, "amount": 100})
    assert project.steps["pay"].actions["pay"].handler == "funds.pay"
    limit = project.steps["milestone"].actions["report"].limit
    assert limit is not None and limit.times == "form.milestones"


def test_service_item_asks_by_answers_tells_once_and_stops_its_clock() -> None:
    item = definition("service_item")
    paper = item.fields["residence"].when
    assert paper is not None and paper.holds({"is_local": False}) and not paper.holds({"is_local": True})
    # what applies is asked, and cannot be left out
    assert dict(item.start.asked()) == dict.fromkeys(
        ["channel", "age", "is_local", "by_proxy", "id_card", "residence", "authority", "delivery", "address"], False
    )
    ask = item.steps["accept"].actions["ask"]
    assert ask.limit is not None and ask.limit.times == 1 and ask.limit.beyond is None
    assert item.steps["missing"].stops == ["promise"] and item.clocks["promise"].promise
    assert set(item.fields["channel"].options or {}) == {"window", "online", "proxy"}
    partner = item.steps["partner"].holder
    assert partner is not None and partner.form == "partner"
    assert "deliver" in item.clocks["promise"].met_by


def test_purchase_confirms_and_pays_month_by_month() -> None:
    purchase = definition("purchase")
    before = [
        ("done", {}),
        ("open", {"bidders": 3, "panel": [1]}),
        ("done", {"score": 80}),
        ("sign", {"provider": 1, "price": 1, "contract": ["x"]}),
    ]

    def month(last: bool) -> list[tuple[str, dict[str, object]]]:
        return [("report", {"units_done": 1, "is_last": last}), ("confirm", {"quality": 5}), ("pay", {"payment": 1})]

    stops = walk(purchase, [*before, *month(False), *month(False), *month(True)], {"budget": 1})
    assert [stop.step for stop in stops].count("pay") == 3 and stops[-1].step == "review"
    assert purchase.steps["tender"].kind == "notice"
    assert purchase.steps["pay"].actions["pay"].handler == "funds.pay"


def test_mediation_is_confidential_by_consent_and_followed_up_by_itself() -> None:
    mediation = definition("mediation")
    assert mediation.confidential is not None and mediation.public.steps == "none" and mediation.public.fields == []
    assert "mediator chosen in form.mediator" in [who.text for who in mediation.confidential]
    consent = mediation.steps["consent"]
    assert [who.role for who in consent.by] == ["parties"] and consent.gather["all_agreed"].by == "all_yes"
    again = mediation.steps["session"].actions["again"].limit
    assert again is not None and again.times == 1  # the first session and one more
    assert [(one.procedure, str(one.after)) for one in mediation.steps["agreed"].open] == [
        ("mediation_follow_up", "7 days"),
        ("mediation_follow_up", "30 days"),
    ]


def test_risk_is_scored_in_four_dimensions_and_gates_a_project() -> None:
    risk, project = definition("decision_risk"), definition("project")
    assert {name: rule.by for name, rule in risk.steps["scoring"].gather.items()} == {
        "lawful": "min",
        "reasonable": "mean",
        "feasible": "mean",
        "safe": "min",
    }
    assert risk.steps["opinions"].kind == "notice" and risk.steps["opinions"].objections is not None
    gate = project.steps["risk"]
    assert (gate.kind, gate.procedure, gate.otherwise) == ("call", "decision_risk", "rejected")
    assert set(gate.outcomes) <= {step.outcome for step in risk.steps.values() if step.kind == "end"}


def test_party_activity_counts_back_and_forwards_from_its_day() -> None:
    activity = definition("party_activity")
    report = activity.steps["report"].clock
    assert report is not None and report.after is not None
    assert (report.after.field, str(report.after.amount)) == ("activity_date", "10 working days")
    counted = {key: step.clock.before for key, step in activity.steps.items() if step.clock and step.clock.before}
    assert {key: (back.field, str(back.amount)) for key, back in counted.items()} == {
        "filing": ("activity_date", "7 working days"),
        "guidance": ("activity_date", "3 working days"),
    }


def test_property_is_rated_yearly_by_four_and_leaves_by_the_owners_vote() -> None:
    rating, appeal, leaving = definition("property_rating"), definition("property_appeal"), definition("property_exit")
    assert rating.repeat is not None and (rating.repeat.yearly_on, rating.repeat.for_kind) == (
        "11-01",
        "property_company",
    )
    each = rating.steps["opinions"].each
    assert each is not None and len(each.units or []) == 4
    negative = rating.fields["evidence"].when
    assert negative is not None and negative.holds({"negative": True}) and not negative.holds({"negative": False})
    grading = dict(rating.steps["grade"].actions["grade"].fields())
    assert (grading["negative_list"], grading["evidence"]) == (False, False)
    assert appeal.beside is not None and appeal.beside.meanwhile == "stop_effect"
    assert [one.procedure for one in rating.steps["publicity"].actions["appeal"].open] == ["property_appeal"]
    assert (leaving.steps["vote"].kind, leaving.steps["vote"].rule) == ("vote", "owners_joint_decision")


def test_finding_climbs_when_overdue_and_goes_to_the_enforcing_unit() -> None:
    finding = definition("inspection_finding")
    start = {"owner_unit": 1, "fix_by": "2026-12-01"}
    assert [stop.step for stop in walk(finding, [("expiry", {}), ("expiry", {})], start)] == ["fix", "street", "county"]
    fixed, fail = ("fixed", {"fixed": "x", "photos_after": ["x"]}), ("fail", {"fix_by": "2026-12-09"})
    stops = walk(finding, [fixed, fail, fixed, fail, fixed, fail], start)
    assert [stop.step for stop in stops][-1] == "penalty"
    enforcer = finding.steps["penalty"].holder
    assert enforcer is not None and enforcer.catalogue == "enforcer"


def test_consents_are_collected_by_stage_to_exact_shares() -> None:
    consent = definition("owners_consent")
    shares = {key: step.threshold.share for key, step in consent.steps.items() if step.threshold}
    assert shares == {"will": "2/3", "consent": "3/4"}
    assert [step.kind for step in consent.steps.values()].count("collect") == 2


def test_care_order_repeats_is_signed_and_a_missed_visit_raises_a_matter() -> None:
    order = definition("care_order")
    assert order.repeat is not None and (str(order.repeat.every), order.repeat.until) == ("7 days", "until")
    assert ("signature", False) in order.steps["visit"].actions["sign"].fields()
    assert walk(order, [("expiry", {})], {"provider": 1})[-1].step == "missed"
    assert [one.procedure for one in order.steps["missed"].open] == ["matter"]


def test_appeal_stops_publication_and_another_body_decides() -> None:
    appeal = definition("appeal")
    assert appeal.beside is not None and appeal.beside.meanwhile == "stop_publication"
    assert appeal.steps["decide"].not_same_as == "respond"


def test_a_matter_called_unsettled_is_closed_only_by_a_second_person() -> None:
    matter = definition("matter")
    unsettled, rating = {"reached": True, "settled": False, "satisfied": "2"}, ("pass", {})
    script = [
        ("accept", {"category": 1, "urgency": 3}),
        ("dispatch", {"unit": 1}),
        ("done", {"result": "x"}),
        rating,
        ("rate", unsettled),
        ("own", {}),
        ("done", {"result": "x"}),
        rating,
    ]
    stops = walk(matter, script)
    assert stops[-1].step == "rate_again"
    # neither waiting nor saying so again closes it
    assert walk(matter, [*script, ("expiry", {})])[-1].step == "dispute"
    assert walk(matter, [*script, ("rate", unsettled)])[-1].step == "dispute"
    assert matter.steps["dispute"].actions["close"].second is not None
    closing = [
        (key, name)
        for key, step in matter.steps.items()
        for name, action in step.actions.items()
        if "closed" in [action.to, *(branch.to for branch in action.branch or [])]
    ]
    assert closing == [("rate", "rate"), ("rate_again", "rate")]
