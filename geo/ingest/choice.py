"""What the user chose for an import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from geo.ingest.complete import Complete
from geo.ingest.placing import UNDECLARED, Declared
from geo.ingest.repair import NO_REPAIR, Repair


@dataclass(frozen=True)
class Choice:
    """What the user chose for an import.

    ``partial`` loads good rows although others are refused; ``dry`` changes no feature; ``illustrative`` marks invented
    locations; ``declared`` stands for what the file states of its coordinates, ``encoding`` for what it states of its
    text; ``reason`` is kept with every state it makes.
    ``columns`` says what headings mean (heading -> target, ``""`` to leave one out), over the saved ``mapping`` of a
    name; ``save_mapping`` is the name under which what they mean is kept. ``repair`` is what may be mended.
    ``complete`` states that the file holds all there is of the layer in some units.
    ``within`` are the units whose features may be made or changed, ``approving`` those in which milestones count at
    once instead of waiting for approval; None for any.
    """

    table: str | None = None
    partial: bool = False
    dry: bool = False
    illustrative: bool = False
    encoding: str | None = None
    declared: Declared = UNDECLARED
    by: str = "import"
    reason: str = ""
    today: date | None = None
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    mapping: str | None = None
    save_mapping: str | None = None
    repair: Repair = NO_REPAIR
    complete: Complete | None = None
    within: frozenset[str] | None = None
    approving: frozenset[str] | None = None
