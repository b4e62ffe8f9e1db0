"""The rules of a fault plan: what they say, what they refuse, and that chance repeats itself."""

from __future__ import annotations

import pytest

from bursar.surfaces.http.faults import BadFault, FaultPlan

NAMES = ("invoices.create", "invoices.list", "clients.create", "users.me")
CALLS = ["invoices.create", "clients.create", "invoices.list", "invoices.create"] * 250


def struck(plan: FaultPlan, calls: list[str]) -> list[str]:
    return [rule.text if (rule := plan.strike(call)) else "" for call in calls]


def test_the_same_seed_strikes_the_same_calls() -> None:
    texts = ["invoices.*@20%:500", "5%:429"]
    first, again, other = (struck(FaultPlan(NAMES, texts, seed), CALLS) for seed in (7, 7, 8))
    assert first == again != other
    assert 120 < first.count(texts[0]) < 180
    assert 20 < first.count(texts[1]) < 80


def test_calls_of_other_operations_do_not_change_what_a_rule_strikes() -> None:
    rule = "invoices.create@30%:500"
    mixed = FaultPlan(NAMES, [rule, "clients.*@50%:429"])
    mixed_struck = [found for call, found in zip(CALLS, struck(mixed, CALLS), strict=True) if call == "invoices.create"]
    assert mixed_struck == struck(FaultPlan(NAMES, [rule]), ["invoices.create"] * 500)


@pytest.mark.parametrize(
    ("text", "call", "wanted"),
    [
        pytest.param("100%:500", "users.me", 4, id="everything"),
        pytest.param("*@100%:500", "users.me", 4, id="everything, said"),
        pytest.param("0%:500", "users.me", 0, id="nothing"),
        pytest.param("invoices.*@100%:500", "invoices.list", 4, id="a kind"),
        pytest.param("*.create@100%:500", "clients.create", 4, id="a verb"),
        pytest.param("*.create@100%:500", "invoices.list", 0, id="another verb"),
        pytest.param("100%x2:500", "users.me", 2, id="the first two"),
        pytest.param("100%x0:500", "users.me", 0, id="the first none"),
    ],
)
def test_what_a_rule_is_about(text: str, call: str, wanted: int) -> None:
    plan = FaultPlan(NAMES, [text])
    assert [bool(found) for found in struck(plan, [call] * 4)] == [True] * wanted + [False] * (4 - wanted)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no fault"),
        ("429", "is no fault"),
        ("5:429", "is no fault"),
        ("5%", "is no fault"),
        ("-5%:429", "is no fault"),
        ("5.00001%:429", "is no fault"),
        ("5%:429 ", "is no fault"),
        ("Invoices@5%:429", "is no fault"),
        ("5%:418", "there is no fault '418'"),
        ("101%:429", "100% at most"),
        ("100.0001%:429", "100% at most"),
        ("5%:429=3", "only timeout takes seconds"),
        ("invoice.*@5%:429", "no operation is called invoice.*"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(BadFault) as refused:
        FaultPlan(NAMES, [text])
    assert said in str(refused.value)


def test_a_refused_plan_leaves_the_one_before() -> None:
    plan = FaultPlan(NAMES, ["100%:500"])
    with pytest.raises(BadFault):
        plan.plan(["5%:429", "nonsense"], 3)
    assert (plan.seed, struck(plan, ["users.me"])) == (1, ["100%:500"])
