"""The pages of claims: every figure with its verdict, and a document read for figures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from geo.claims.behind import Opened
from geo.claims.catalogue import metrics
from geo.claims.check import STATUSES, VERDICTS, Checked, counts
from geo.claims.claim import KINDS, Document
from geo.claims.document import Proposal
from geo.claims.rules import rules
from geo.claims.rules.record import STATES
from geo.claims.unit import UNITS
from web.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters of the page; empty means all."""

    document: str = ""
    verdict: str = ""
    section: str = ""
    status: str = ""

    def address(self, sheet: Sheet, **changed: str) -> str:
        """The page with other filters."""
        now = replace(self, **changed)
        return sheet.link("/claims", document=now.document, verdict=now.verdict, section=now.section, status=now.status)

    def takes(self, checked: Checked) -> bool:
        """Whether a claim is shown."""
        return (
            (not self.verdict or checked.verdict == self.verdict)
            and (not self.section or chapter(checked.claim.section) == self.section)
            and (not self.status or checked.status == self.status)
        )


def chapter(section: str) -> str:
    """The chapter and part of a section: 1.3 of 1.3.1(4)."""
    return ".".join(section.partition("(")[0].split(".")[:2])


def claims_page(
    sheet: Sheet, checked: Sequence[Checked], documents: Sequence[Document], chosen: Chosen, *, editable: bool
) -> str:
    """The figures that the filters leave, each opening its arithmetic; ``editable`` shows the forms."""
    sections = Counter(chapter(each.claim.section) for each in checked)
    return sheet.render(
        "claims.html",
        shown_claims=[each for each in checked if chosen.takes(each)],
        all=len(checked),
        counts=counts(checked),
        documents=documents,
        chosen=chosen,
        sections=sorted(sections),
        editable=editable,
        verdicts=VERDICTS,
        statuses=STATUSES,
        kinds=KINDS,
        states=STATES,
        rules=rules(),
        back=chosen.address(sheet).removeprefix("/claims"),
    )


def read_page(
    sheet: Sheet, documents: Sequence[Document], stated: Document | None, proposals: Sequence[Proposal], *,
    editable: bool,
) -> str:  # fmt: skip
    """The form for a document; once it was read, its figures to be confirmed one by one."""
    return sheet.render(
        "claims_read.html",
        documents=documents,
        stated=stated,
        proposals=proposals,
        editable=editable,
        kinds=KINDS,
        units=[unit.label.zh for unit in UNITS],
        metrics=[(metric.name, metric.label) for metric, _ in metrics()],
    )


def records_page(sheet: Sheet, opened: Opened) -> str:
    """The records behind one figure, each leading to where it stands."""

    def told(value: Fraction | None) -> str:
        return "" if value is None else f"{round(float(value * opened.unit.factor), 4):,.12g}"

    return sheet.render("claims_records.html", opened=opened, told=told)
