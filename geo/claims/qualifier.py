"""Words beside a figure that change what it says: at least, at most, further, the whole, a target exceeded."""

from enum import StrEnum


class Qualifier(StrEnum):
    """What a figure says beyond its digits."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    FURTHER = "further"
    WHOLE = "whole"
    EXCEEDED = "exceeded"


WORDS: dict[Qualifier, tuple[str, ...]] = {
    Qualifier.AT_LEAST: ("at least", "no less than", "至少", "不低于", "不少于", "以上"),
    Qualifier.AT_MOST: ("at most", "no more than", "至多", "不超过", "以内"),
    Qualifier.FURTHER: ("further", "in addition", "另外", "还将", "再处置", "再完成"),
    Qualifier.WHOLE: ("whole county", "全县所有", "全县全部", "全部隐患", "实现全覆盖"),
    Qualifier.EXCEEDED: ("exceeded", "超额", "超目标", "超过目标"),
}


def qualifiers(words: str) -> frozenset[Qualifier]:
    """The qualifiers that occur in the words beside a figure."""
    said = words.casefold()
    return frozenset(which for which, spelled in WORDS.items() if any(word in said for word in spelled))
