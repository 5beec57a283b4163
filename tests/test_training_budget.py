import json
from dataclasses import replace
from pathlib import Path

import pytest

from rainbench.errors import TrainingError, UsageError
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.training.budget import (
    FILE,
    Budget,
    budget_in_words,
    measured_steps,
    parse_budget,
)
from rainbench.training.plan import Plan, plan
from rainbench.training.record import make_record

WHOLE = Plan(
    method="msfm", settings={"channels": 4}, steps=400, of_steps=400, schedule="milestones",
    milestones=(), decay=0.1, batch=2, patch=16, learning_rate=0.1, seed=0, threads=1,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("paper", 400_000),
        ("short", 4_000),
        ("steps=6000", 6_000),
        ("pixels=1000", 10),
        ("pixels=50", 1),
        ("minutes=30", None),
    ],
)
def test_a_budget_comes_to_steps(text: str, steps: int | None) -> None:
    assert parse_budget(text).steps_of(400_000, 100) == steps


def test_a_short_training_has_a_step() -> None:
    assert parse_budget("short").steps_of(30, 100) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "long",
        "steps=0",
        "steps=1.5",
        "steps=-3",
        "minutes=0",
        "minutes",
        "hours=1",
        "steps=10.0",
    ],
)
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="paper, short, steps=N, pixels=N or minutes=N"):
        parse_budget(text)


@pytest.mark.parametrize(
    "most", ["steps=1" + "0" * 15, "pixels=1" + "0" * 15, "minutes=1000000000"]
)
def test_a_budget_has_a_most_and_is_taken_to_the_unit(most: str) -> None:
    what, _, digits = most.partition("=")
    assert getattr(parse_budget(most), what) == int(digits)
    for more in (f"{what}={int(digits) + 1}", most + "0" * 400, most + "0" * 5000):
        with pytest.raises(UsageError, match=f"a budget of at most {most}, got {what}=1"):
            parse_budget(more)


def test_minutes_are_measured_once_and_kept(tmp_path: Path) -> None:
    calls = []

    def seconds() -> float:
        calls.append(1)
        return 0.5 * len(calls)

    run = tmp_path / "run"
    budget = parse_budget("minutes=1.5")
    assert measured_steps(budget, run, seconds, WHOLE) == 180
    assert measured_steps(budget, run, seconds, WHOLE) == 180
    assert len(calls) == 1
    assert json.loads((run / FILE).read_text())["steps"] == 180
    with pytest.raises(TrainingError, match=r"one of minutes=1\.5"):
        measured_steps(parse_budget("minutes=2"), run, seconds, WHOLE)


def test_what_was_measured_of_another_plan_is_measured_anew(tmp_path: Path) -> None:
    budget = parse_budget("minutes=1")
    assert measured_steps(budget, tmp_path, lambda: 0.5, WHOLE) == 120
    wider = replace(WHOLE, settings={"channels": 40})
    assert measured_steps(budget, tmp_path, lambda: 2.0, wider) == 30
    assert measured_steps(budget, tmp_path, lambda: 1.0, wider) == 30
    # As it was written before plans were noted.
    (tmp_path / FILE).write_text('{"budget": "minutes=1", "seconds_a_step": 1.0, "steps": 60}')
    assert measured_steps(budget, tmp_path, lambda: 2.0, wider) == 30


@pytest.mark.parametrize("checkpoint", ["last.pt", "previous.pt"])
def test_a_run_with_a_checkpoint_keeps_its_steps_whoever_asks(
    tmp_path: Path, checkpoint: str
) -> None:
    (tmp_path / checkpoint).write_bytes(b"what load judges")
    written = '{"budget": "minutes=1", "seconds_a_step": 1.0, "steps": 60}'
    (tmp_path / FILE).write_text(written)
    wider = replace(WHOLE, settings={"channels": 40})
    for whole in (WHOLE, wider):
        assert measured_steps(parse_budget("minutes=1"), tmp_path, lambda: 2.0, whole) == 60
    assert (tmp_path / FILE).read_text() == written


def test_a_budget_note_that_is_damaged_is_measured_again(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"budget": "minutes=1", "ste')
    budget = Budget("minutes=1", minutes=1)
    assert measured_steps(budget, tmp_path, lambda: 100.0, WHOLE) == 1


def test_budgets_are_said_as_tables_print_them() -> None:
    assert budget_in_words(400_000, 400_000) == "400,000 steps"
    assert budget_in_words(6_000, 400_000) == "6,000 of 400,000 steps"


def test_measuring_takes_a_small_part_of_the_minutes() -> None:
    assert parse_budget("minutes=10").patience == 30
    assert parse_budget("steps=10").patience == 0


def test_minutes_repeat_each_other_whatever_steps_they_come_to() -> None:
    plugin = find_method("msfm")
    assert isinstance(plugin.value, LearnedMethod)
    recipe = plugin.value.recipe
    assert recipe is not None

    def repeats(budget: str, steps: int, seed: int = 0) -> object:
        course = plan("msfm", {}, recipe, steps=steps, seed=seed)
        return make_record(plugin, course, recipe, parse_budget(budget), {})["repeats"]

    assert repeats("minutes=1", 7) == repeats("minutes=1", 8, seed=1)
    assert repeats("minutes=1", 7) != repeats("minutes=2", 7)
    assert repeats("steps=7", 7) != repeats("steps=8", 8)
