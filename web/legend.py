"""What colours, classes and shapes mean; the only place where a colour with a meaning is named."""

from dataclasses import dataclass
from typing import Literal

from geo.layer import STATUS_LABELS
from geo.text import Text

Shape = Literal["ring", "half", "disc", "tick", "bang"]


@dataclass(frozen=True, slots=True)
class StatusSign:
    """How one status looks: ``colour`` and, for those who cannot tell colours, ``shape``."""

    code: str
    label: Text
    colour: str
    shape: Shape


# Best first: the order of bars and rings. Least CIEDE2000 difference between any two is 18 under protan, deutan and
# tritan vision; keep it above 15 when one is changed.
STATUS_SIGNS = (
    StatusSign("accepted", STATUS_LABELS["accepted"], "#123B5D", "tick"),
    StatusSign("completed", STATUS_LABELS["completed"], "#2C7FB8", "disc"),
    StatusSign("under_way", STATUS_LABELS["under_way"], "#F2A900", "half"),
    StatusSign("overdue", STATUS_LABELS["overdue"], "#C8321F", "bang"),
    StatusSign("not_started", STATUS_LABELS["not_started"], "#97A3AE", "ring"),
)

# Five classes of equal width with fixed edges, so that months compare; a hue that no status uses.
PROGRESS_COLOURS = ("#F6EFDD", "#D5DCBE", "#A4C0A1", "#5C9B86", "#24705F")
# Money: classes of equal width whose edges follow from the amounts.
SPEND_COLOURS = ("#FBF0DA", "#E6CC9A", "#CFA05C", "#A66D2C", "#7A4A16")
PROGRESS_EDGES = (0, 20, 40, 60, 80, 100)


def progress_class(share: float) -> int:
    """The class, 0 to 4, of a share of one; shares above one are in the last class."""
    if share < 0:
        raise ValueError(f"a share is not negative: {share}")
    return min(int(share * 5 + 1e-9), 4)


def legend() -> dict[str, object]:
    """The legend as the page's configuration holds it."""
    return {
        "progress": {"edges": PROGRESS_EDGES, "colours": PROGRESS_COLOURS},
        "spend": {"colours": SPEND_COLOURS},
        "statuses": [
            {"code": sign.code, "label": sign.label.both(), "colour": sign.colour, "shape": sign.shape}
            for sign in STATUS_SIGNS
        ],
    }
