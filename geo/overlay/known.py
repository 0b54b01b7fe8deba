"""Where a layer was ever loaded and where whoever asks may see it: what absence of records means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from geo.database import Connection, rows
from geo.layers import layer as declared
from geo.org_unit import Places
from geo.text import Text

_COMPLETE = Text(zh="截至 {day} 数据完整，来自 {file}", en="complete as of {day}, from {file}")
OUTSIDE = ""
"""The place of what lies in no township."""


@dataclass(frozen=True, slots=True)
class Known:
    """For (layer, place) why nothing is known there; what is not named is known.

    ``complete`` says of (layer, place) by which file all there is was loaded, and as of which day.
    """

    why: dict[tuple[str, str], Text]
    complete: dict[tuple[str, str], Text] = field(default_factory=dict[tuple[str, str], Text])

    def why_not(self, layer: str, townships: Sequence[str]) -> Text | None:
        """Why nothing is known of a layer somewhere in these townships, None where all is known."""
        told = [self.why[layer, place] for place in townships or (OUTSIDE,) if (layer, place) in self.why]
        return told[0] if told else None

    def basis(self, layer: str, townships: Sequence[str]) -> Text | None:
        """What was stated to be complete of a layer, where that holds in all of these townships; None otherwise."""
        told = [self.complete.get((layer, place)) for place in townships or (OUTSIDE,)]
        said = list(dict.fromkeys(each for each in told if each is not None))
        if not said or None in told:
            return None
        return Text(zh="；".join(each.zh for each in said), en="; ".join(each.en for each in said))


def known(
    connection: Connection, layers: Sequence[str], townships: Iterable[str], places: Places, as_of: date
) -> Known:
    """What is known of layers in townships by a day: that a record was loaded there, and the viewer sees all of it.

    A layer is known in a township where it has or had any record of it, or a file was stated to be complete for it;
    outside the townships where it has any at all, or one was for the county.
    """
    why: dict[tuple[str, str], Text] = {}
    complete: dict[tuple[str, str], Text] = {}
    there = [OUTSIDE, *sorted(townships)]
    for row in rows(connection, "overlay_known", layers=list(layers), places=there, as_of=as_of):
        stated = row["complete_as_of"]
        if stated is not None and row["published"]:
            complete[row["layer"], row["place"]] = _COMPLETE.format(day=stated, file=row["complete_file"])
        if (row["loaded"] or stated is not None) and row["published"]:
            continue
        label, unit = declared(row["layer"]).label, places.units.get(row["place"])
        if not row["published"]:
            said = (
                Text(zh="{layer}未向您开放", en="{layer} is not open to you")
                if unit is None
                else Text(zh="{layer}在{place}未向您开放", en="{layer} is not open to you in {place}")
            )
        elif unit is None:
            said = Text(zh="{layer}尚无任何数据入库", en="No record of {layer} was ever loaded")
        else:
            said = Text(zh="{layer}在{place}尚无数据入库", en="No record of {layer} was ever loaded for {place}")
        why[row["layer"], row["place"]] = said.format(layer=label, place=unit.label if unit else "")
    return Known(why, complete)
