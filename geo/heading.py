"""Names of columns to the ten bytes that a shapefile has for a heading."""

from collections.abc import Iterable, Mapping

BYTES = 10


def shortened(names: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Each name (ASCII words joined by ``_``) with a heading of at most ten bytes, all different.

    ``known`` says which headings, casefolded, already mean which name: none of them is given to another. The same
    names in the same order always get the same headings, so that a file can be read back.
    """
    given: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        short = _squeezed(name)
        number = 1
        while short in taken or known.get(short, name) != name:
            number += 1
            short = f"{_squeezed(name)[: BYTES - len(str(number))]}{number}"
        taken.add(short)
        given[name] = short
    return given


def _squeezed(name: str) -> str:
    """The words cut from their ends, the longest first, until they fit."""
    words = name.removeprefix("milestone:").casefold().split("_")
    while len("_".join(words)) > BYTES and max(map(len, words)) > 1:
        longest = max(range(len(words)), key=lambda place: len(words[place]))
        words[longest] = words[longest][:-1]
    return "_".join(words)[:BYTES]
