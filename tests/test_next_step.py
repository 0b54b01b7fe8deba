"""What comes next for a feature: over every layer and everything that can have been reached."""

from itertools import combinations

import pytest

from geo.layer import PIECE, Geometry, Layer, Measure, Milestone, Row, Status
from geo.layers import layer as declared
from geo.layers import layers
from geo.next_step import is_ladder, next_step
from geo.text import Text

MONITORED = [layer for layer in layers().values() if not layer.reference]


def subsets(layer: Layer) -> list[frozenset[str]]:
    codes = [each.code for each in layer.milestones]
    return [frozenset(some) for size in range(len(codes) + 1) for some in combinations(codes, size)]


@pytest.mark.parametrize("layer", MONITORED, ids=lambda layer: layer.code)
def test_the_next_step_is_ahead_of_what_was_reached_and_nobodys_setback(layer: Layer) -> None:
    places = {each.code: place for place, each in enumerate(layer.milestones)}
    for reached in subsets(layer):
        step = next_step(layer, reached)
        accepted = any(each.status is Status.ACCEPTED for each in layer.milestones if each.code in reached)
        aims = [each for each in layer.milestones if each.code not in reached and not each.setback]
        if is_ladder(layer) and reached:
            aims = [each for each in aims if places[each.code] > max(places[code] for code in reached)]
        assert step == (None if accepted or not aims else aims[0]), reached


@pytest.mark.parametrize("layer", MONITORED, ids=lambda layer: layer.code)
def test_who_takes_each_next_step_is_accepted_in_the_end(layer: Layer) -> None:
    reached: list[str] = []
    while (step := next_step(layer, reached)) is not None:
        assert step.code not in reached
        reached.append(step.code)
    last = next(each for each in layer.milestones if each.code == reached[-1])
    assert last.status is Status.ACCEPTED
    assert layer.completing is not None
    assert layer.completing.code in reached


@pytest.mark.parametrize(
    ("layer", "reached", "step"),
    [
        ("hazard_point", (), "identified"),
        ("hazard_point", ("identified",), "works_started"),
        ("hazard_point", ("works_started",), "works_completed"),  # what was passed over is not asked for again
        ("hazard_point", ("works_completed",), "preliminary_accepted"),
        ("hazard_point", ("preliminary_accepted",), None),
        ("farmland_patch", ("issued", "planted"), "inspected"),
        ("farmland_patch", ("inspected",), "restored"),
        ("farmland_patch", ("inspected", "returned"), "restored"),
        ("farmland_patch", ("restored",), None),
        # Payment may come before anything else and says nothing about the move.
        ("relocation_household", ("registered", "paid"), "applied"),
        ("relocation_household", ("applied", "signed"), "registered"),
        ("relocation_household", ("accepted",), None),
        ("permanent_farmland", (), None),
        ("hazard_point", ("no_such_milestone",), "identified"),
    ],
)
def test_what_comes_next(layer: str, reached: tuple[str, ...], step: str | None) -> None:
    found = next_step(declared(layer), reached)
    assert (found and found.code) == step


def test_only_the_relocation_of_households_is_no_ladder() -> None:
    assert [layer.code for layer in MONITORED if not is_ladder(layer)] == ["relocation_household"]


def test_a_layer_that_is_done_without_being_accepted_has_nothing_ahead() -> None:
    text = Text(zh="甲", en="a")
    layer = Layer(
        code="made_up", label=text, geometry=Geometry.POINT, row=Row, icon="M0 0", order=1, about=text,
        measures=(Measure("pieces", text, PIECE),),
        milestones=(
            Milestone("begun", text, Status.UNDER_WAY),
            Milestone("done", text, Status.COMPLETED, completes=True),
        ),
    )  # fmt: skip
    assert [next_step(layer, reached) for reached in ((), ("begun",), ("done",))] == [*layer.milestones, None]
