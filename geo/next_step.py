"""What a feature has reached to what comes next for it, by the order in which its layer declares its milestones."""

from collections.abc import Collection
from itertools import pairwise

from geo.layer import Layer, Milestone, Status


def next_step(layer: Layer, reached: Collection[str]) -> Milestone | None:
    """The milestone that a feature of ``layer`` comes to next, having reached those of these codes; None for none.

    It is the first behind the last one reached, and where the order is no ladder, the first that was not reached. What
    was passed over is not asked for again, a setback is nobody's aim, and what is accepted needs nothing more.
    """
    places = [place for place, each in enumerate(layer.milestones) if each.code in reached]
    if any(layer.milestones[place].status is Status.ACCEPTED for place in places):
        return None
    passed = max(places, default=-1) if is_ladder(layer) else -1
    ahead = (each for each in layer.milestones[passed + 1 :] if each.code not in reached and not each.setback)
    return next(ahead, None)


def is_ladder(layer: Layer) -> bool:
    """Whether every milestone of a layer means at least as much as the one before, so that each ends those before."""
    return all(earlier.status <= later.status for earlier, later in pairwise(layer.milestones))
