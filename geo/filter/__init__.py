"""Temporary."""

from dataclasses import dataclass
from geo.errors import ShanheError


class FilterFault(ShanheError):
    """X."""


@dataclass(frozen=True)
class Queryable:
    kind: str
    expression: object
