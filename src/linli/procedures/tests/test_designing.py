"""Designing a procedure: drafts keep what was typed, two people do not overwrite each other, only what is right is put in force."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from linli.kernel import audit
from linli.kernel.memo import forget
from linli.kernel.policy import Refused
from linli.matters import actions as matters
from linli.orgs.actors import Actor
from linli.procedures import designing
from linli.procedures.definitions import in_force, of_case
from linli.procedures.designing import DraftChanged, digest
from linli.procedures.editing import edited, tree_of
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.models import Case, ProcedureVersion
from linli.procedures.publishing import install_shipped
from linli.testing import NOW, Town, build_town


def in_force_row(key: str = "matter") -> ProcedureVersion:
    return ProcedureVersion.objects.get(key=key, status="published")


@pytest.fixture
def admin(town: Town) -> Actor:
    return town.actor("admin")


@pytest.fixture
def draft(town: Town, admin: Actor) -> ProcedureVersion:
    return designing.copy(version_id=in_force_row().pk, by=admin, at=NOW)


def test_managers_of_a_county_or_city_design_others_do_not(town: Town) -> None:
    assert designing.can_design(town.actor("admin"))
    for name in ("clerk", "head", "street_head", "housing", "county_dispatcher"):
        assert not designing.can_design(town.actor(name)), name
        with pytest.raises(Refused):
            designing.copy(version_id=in_force_row().pk, by=town.actor(name), at=NOW)
    assert not ProcedureVersion.objects.filter(status="draft").exists()


def test_a_copy_is_the_next_version_and_keeps_comments(draft: ProcedureVersion) -> None:
    source = in_force_row()
    assert (draft.key, draft.version, draft.status) == ("matter", 2, "draft")
    assert draft.text == source.text.replace("version: 1\n", "version: 2\n", 1)


def test_a_procedure_has_one_draft_at_a_time(draft: ProcedureVersion, town: Town) -> None:
    again = designing.copy(version_id=in_force_row().pk, by=town.actor("admin"), at=NOW)
    assert again.pk == draft.pk


def test_a_copy_under_another_key_is_a_new_procedure(admin: Actor, db: None) -> None:
    new = designing.copy(
        version_id=in_force_row("whistle").pk, by=admin, at=NOW, key="quick_whistle", name="快速𠅤报到"
    )
    assert (new.key, new.version, new.name) == ("quick_whistle", 1, "快速𠅤报到")
    tree = tree_of(new.text)
    assert (tree["procedure"], tree["version"], tree["name"]) == ("quick_whistle", 1, {"zh": "快速𠅤报到"})
    for key, name, wrong in (
        ("matter", "x", "key"),
        ("Quick", "x", "key"),
        ("1a", "x", "key"),
        ("a" * 41, "x", "key"),
        ("other", "", "name"),
        ("other", "长" * 61, "name"),
        ("other", "\x00", "name"),
    ):
        with pytest.raises(BadAnswers) as refused:
            designing.copy(version_id=in_force_row("whistle").pk, by=admin, at=NOW, key=key, name=name)
        assert list(refused.value.errors) == [wrong], key


def save(draft: ProcedureVersion, text: str, by: Actor, since: str = "") -> ProcedureVersion:
    return designing.save(version_id=draft.pk, text=text, since=since or digest(draft.text), by=by, at=NOW)


@pytest.mark.parametrize("text", ["", "steps: [", "procedure: other\nversion: 9\n", "a: &x 1\nb: *x\n", "䶮𠅤" * 500])
def test_whatever_was_typed_is_kept_with_its_mistakes(draft: ProcedureVersion, admin: Actor, text: str) -> None:
    assert save(draft, text.replace("\n", "\r\n"), admin).text == text
    found = designing.review(text, key="matter", version=2)
    assert found.mistakes
    with pytest.raises(BadAnswers):
        designing.publish(version_id=draft.pk, since=digest(text), note="试", by=admin, at=NOW)
    assert in_force_row().version == 1


def test_two_who_edit_one_draft_do_not_overwrite_each_other(draft: ProcedureVersion, town: Town, admin: Actor) -> None:
    seen = digest(draft.text)
    mine, _kept = edited(draft.text, [(("name", "zh"), "诉求办理")])
    theirs, _kept = edited(draft.text, [(("steps", "check", "clock"), "5 working days")])
    save(draft, theirs, admin, seen)
    with pytest.raises(DraftChanged) as changed:
        save(draft, mine, admin, seen)
    assert [entry.after["changes"] for entry in changed.value.changes] == [
        ["环节 核查：时限由“按目录，一般 2 个工作日”改为 5 个工作日"]
    ]
    assert changed.value.changes[0].user_label == "唐䶮"
    draft.refresh_from_db()
    assert draft.text == theirs
    # having seen it, one may save over it; saving the same twice is no change
    save(draft, mine, admin, digest(theirs))
    save(draft, mine, admin, seen)
    assert audit.history(draft)[0].after["sha"] == digest(mine)
    assert len(audit.history(draft)) == 3


def test_only_a_definition_without_mistakes_is_published(draft: ProcedureVersion, admin: Actor) -> None:
    for path, value, line_of in (
        (("steps", "accept", "actions", "accept", "to"), "nowhere", "to: nowhere"),
        (("steps", "accept", "actions", "merge", "handler"), "no.such", "handler: no.such"),
        (("procedure",), "other", "procedure: other"),
        (("version",), 7, "version: 7"),
    ):
        text, _kept = edited(draft.text, [(path, value)])
        line = text[: text.index(line_of)].count("\n") + 1
        found = designing.review(text, key="matter", version=2)
        assert not found.ready
        assert line in [one.line for one in found.mistakes] + [number for _name, number in found.missing]
        saved = save(ProcedureVersion.objects.get(pk=draft.pk), text, admin)
        with pytest.raises(BadAnswers) as refused:
            designing.publish(version_id=draft.pk, since=digest(saved.text), note="改", by=admin, at=NOW)
        assert f"第 {line} 行" in refused.value.errors[""]
        assert in_force_row().version == 1


def test_publishing_puts_a_version_in_force_and_running_cases_stay(
    draft: ProcedureVersion, town: Town, admin: Actor
) -> None:
    matter = matters.report(text="路灯不亮。", place=town.place(), by=Actor(key="me"), at=NOW, starter_key="me")
    text, _kept = edited(draft.text, [(("steps", "accept", "name", "zh"), "收件")])
    save(draft, text, admin)
    for note in ("", "  ", "长" * 301):
        with pytest.raises(BadAnswers) as refused:
            designing.publish(version_id=draft.pk, since=digest(text), note=note, by=admin, at=NOW)
        assert list(refused.value.errors) == ["note"]
    with pytest.raises(DraftChanged):
        designing.publish(version_id=draft.pk, since=digest(draft.text), note="改名", by=admin, at=NOW)
    done = designing.publish(version_id=draft.pk, since=digest(text), note="改名", by=admin, at=NOW)
    assert (done.status, done.note, done.published_by_id) == ("published", "改名", admin.user_id)
    assert in_force()["matter"].definition.step_name("accept") == "收件"
    assert of_case(Case.objects.get(pk=matter.pk)).step_name("accept") == "受理"
    later = matters.report(
        text="又不亮。", place=town.place(), by=Actor(key="you"), at=NOW + timedelta(hours=1), starter_key="you"
    )
    assert of_case(Case.objects.get(pk=later.pk)).step_name("accept") == "收件"
    entry = audit.history(done)[0]
    assert (entry.action, entry.after["changes"]) == ("published", ["环节 受理：名称由“受理”改为“收件”"])
    for act in (
        lambda: designing.publish(version_id=done.pk, since=digest(text), note="x", by=admin, at=NOW),
        lambda: designing.save(version_id=done.pk, text="x", since=digest(text), by=admin, at=NOW),
        lambda: designing.discard(version_id=done.pk, since=digest(text), by=admin, at=NOW),
    ):
        with pytest.raises(NotNow):
            act()


def test_a_discarded_draft_can_be_copied_again(draft: ProcedureVersion, admin: Actor) -> None:
    text, _kept = edited(draft.text, [(("source",), "新依据")])
    save(draft, text, admin)
    designing.discard(version_id=draft.pk, since=digest(text), by=admin, at=NOW)
    draft.refresh_from_db()
    assert (draft.status, draft.published_at) == ("retired", None)
    again = designing.copy(version_id=draft.pk, by=admin, at=NOW)
    assert (again.version, tree_of(again.text)["source"]) == (3, "新依据")


def test_retiring_is_refused_while_something_needs_it(admin: Actor, town: Town) -> None:
    with pytest.raises(NotNow, match="平台自带"):
        designing.retire(version_id=in_force_row("whistle").pk, by=admin, at=NOW)
    quick = designing.copy(
        version_id=in_force_row("whistle").pk, by=admin, at=NOW, key="quick_whistle", name="快速报到"
    )
    designing.publish(version_id=quick.pk, since=digest(quick.text), note="新", by=admin, at=NOW)
    matter = designing.copy(version_id=in_force_row().pk, by=admin, at=NOW)
    text, _kept = edited(matter.text, [(("steps", "whistled", "each", "procedure"), "quick_whistle")])
    save(matter, text, admin)
    designing.publish(version_id=matter.pk, since=digest(text), note="换", by=admin, at=NOW)
    with pytest.raises(NotNow, match="居民诉求办理"):
        designing.retire(version_id=quick.pk, by=admin, at=NOW)
    back = designing.copy(version_id=in_force_row().pk, by=admin, at=NOW)
    text, _kept = edited(back.text, [(("steps", "whistled", "each", "procedure"), "whistle")])
    save(back, text, admin)
    designing.publish(version_id=back.pk, since=digest(text), note="换回", by=admin, at=NOW)
    designing.retire(version_id=quick.pk, by=admin, at=NOW)
    assert "quick_whistle" not in in_force()
    with pytest.raises(NotNow):
        designing.retire(version_id=quick.pk, by=admin, at=NOW)


def test_texts_are_bounded(draft: ProcedureVersion, admin: Actor) -> None:
    with pytest.raises(BadAnswers):
        save(draft, "x" * 200_001, admin)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_save_at_once_one_wins_and_the_others_are_told(transactional_db: None) -> None:
    install_shipped(at=NOW)
    town = build_town()
    admin = town.actor("admin")
    draft = designing.copy(version_id=in_force_row().pk, by=admin, at=NOW)
    texts = [edited(draft.text, [(("source",), f"依据 {number}")])[0] for number in range(8)]
    gate = threading.Barrier(8)

    def run(text: str) -> str:
        gate.wait()
        try:
            save(draft, text, admin)
        except DraftChanged:
            return "changed"
        finally:
            connections.close_all()
        return "saved"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(run, texts)) == ["changed"] * 7 + ["saved"]
    assert ProcedureVersion.objects.get(pk=draft.pk).text in texts
    forget()
