"""What an import did, or would have done: numbers, problems, and every change field by field."""

from dataclasses import asdict, dataclass, field
from typing import Any

from geo.ingest.mapping import Match
from geo.ingest.problem import Problem
from geo.text import Text

SHOWN = 2_000
"""Changes and codes of new rows that a report keeps; all are counted."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one feature: ``row`` of the file, ``field`` a column, ``geometry`` or ``milestone:CODE``.

    ``old`` and ``new`` are as text, None for nothing, ``***`` for personal data. A milestone with only ``new`` is
    added, with only ``old`` revoked.
    """

    row: int
    code: str
    field: str
    old: str | None
    new: str | None


@dataclass
class Report:
    """What an import did, or would have done: numbers of rows, and what was wrong with which.

    ``rows`` is all rows of the file: ``new`` + ``changed`` + ``unchanged`` + ``refused``. ``changes`` and ``new_codes``
    hold the first of them, ``fields`` counts all changes by field. ``notes`` say what was assumed, ``mapping`` what the
    headings were taken for. ``picture`` is an SVG of where the data fell.
    ``import_id`` names the import in the history; None for one that was not applied.
    """

    file: str
    table: str
    layer: str
    crs: str
    encoding: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    applied: bool = False
    import_id: int | None = None
    picture: str = ""
    notes: list[Text] = field(default_factory=list[Text])
    mapping: list[Match] = field(default_factory=list[Match])
    saved_mapping: str | None = None
    personal: list[str] = field(default_factory=list[str])
    changes: list[Change] = field(default_factory=list[Change])
    fields: dict[str, int] = field(default_factory=dict[str, int])
    new_codes: list[str] = field(default_factory=list[str])
    problems: list[Problem] = field(default_factory=list[Problem])
    counts: dict[str, int] = field(default_factory=dict[str, int])

    def report(self) -> dict[str, Any]:
        """The form in which the report is stored and sent."""
        return vars(self) | {
            "problems": [problem.report() for problem in self.problems],
            "notes": [note.both() for note in self.notes],
            "mapping": [asdict(match) for match in self.mapping],
            "changes": [asdict(change) for change in self.changes],
        }
