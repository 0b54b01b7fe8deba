"""How large a filter may be, and how much of that a reader has used."""

from dataclasses import dataclass
from typing import TypeVar

from geo.filter.fault import FilterFault
from geo.filter.tree import Node, Place
from geo.text import Text

_N = TypeVar("_N", bound=Node)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a filter may hold.

    ``length`` counts characters, ``depth`` brackets or operators within each other, ``nodes`` all values, properties,
    operators and functions, ``vertices`` the positions of all geometries together, ``items`` the entries of one list,
    ``digits`` those of a number before or after its decimal point.
    """

    length: int = 8192
    depth: int = 40
    nodes: int = 1000
    vertices: int = 1000
    items: int = 500
    digits: int = 30


_NAMES = {
    "length": Text(zh="超过 {most} 个字符", en="is longer than {most} characters"),
    "depth": Text(zh="嵌套超过 {most} 层", en="is nested deeper than {most} levels"),
    "nodes": Text(zh="超过 {most} 个值和运算", en="has more than {most} values and operators"),
    "vertices": Text(zh="图形超过 {most} 个点", en="has geometries of more than {most} positions"),
    "items": Text(zh="列表超过 {most} 项", en="has a list of more than {most} entries"),
    "digits": Text(zh="数字超过 {most} 位", en="has a number of more than {most} digits"),
}


class Budget:
    """What of the limits is left while one filter is read."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._nodes = 0
        self._vertices = 0

    def keep(self, limit: str, found: int, at: Place) -> None:
        """Raise :class:`FilterFault` where ``found`` is above the named limit."""
        most = getattr(self.limits, limit)
        if found > most:
            raise FilterFault(_NAMES[limit].format(most=most), at)

    def node(self, node: _N) -> _N:
        """``node``, counted."""
        self._nodes += 1
        self.keep("nodes", self._nodes, node.at)
        self.keep("depth", node.depth, node.at)
        return node

    def vertex(self, at: Place) -> None:
        """Count a position of a geometry."""
        self._vertices += 1
        self.keep("vertices", self._vertices, at)
