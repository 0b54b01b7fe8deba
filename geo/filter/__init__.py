"""CQL2 (OGC 21-065r2): a filter in text or JSON to a tree, and the tree to SQL over properties that are allowed."""

from typing import Literal

from geo.filter import document
from geo.filter import text as written
from geo.filter.compile import compiled
from geo.filter.fault import FilterFault
from geo.filter.limits import Budget, Limits
from geo.filter.term import Compiled, Queryable
from geo.filter.token import place
from geo.filter.tree import Node, Place
from geo.text import Text

__all__ = ["Compiled", "FilterFault", "Language", "Limits", "Node", "Queryable", "compiled", "read"]

Language = Literal["cql2-text", "cql2-json"]
_DEFAULT = Limits()


def read(text: str, language: Language, *, limits: Limits = _DEFAULT) -> Node:
    """The tree of a filter; raises :class:`FilterFault`.

    No text takes longer than in proportion to its length, and none uses up the stack.
    """
    budget = Budget(limits)
    budget.keep("length", len(text), Place())
    for position, sign in enumerate(text):
        if sign == "\0" or "\ud800" <= sign <= "\udfff":
            reason = Text(zh="有不可用的字符", en="has a character that no text can hold")
            raise FilterFault(reason, Place(position))
    if not text.strip():
        raise FilterFault(Text(zh="筛选条件为空", en="is empty"), place(text, 0))
    return document.read(text, budget) if language == "cql2-json" else written.read(text, budget)
