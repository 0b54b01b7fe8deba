"""What is wrong with a filter: where, and why, in a sentence for whoever wrote it."""

from geo.errors import ShanheError
from geo.filter.tree import Place
from geo.text import Text


class FilterFault(ShanheError):
    """A filter cannot be understood or may not be asked.

    ``values``: ``position`` (characters from 0, or None), ``path`` (a JSON pointer, or None), ``excerpt``, ``reason``.
    """

    code = "filter_fault"
    sentence = Text(zh="{where}：{reason}", en="{where}: {reason}")

    def __init__(self, reason: Text, at: Place) -> None:
        super().__init__(where=at.told(), reason=reason, position=at.position, path=at.path, excerpt=at.excerpt)
