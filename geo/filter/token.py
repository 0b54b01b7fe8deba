"""CQL2 text cut into names, quoted names, texts, numbers and signs."""

import re
from dataclasses import dataclass
from typing import Literal

from geo.filter.fault import FilterFault
from geo.filter.tree import Place
from geo.text import Text

Kind = Literal["name", "quoted", "text", "number", "sign", "end"]
_SHOWN = 24

# No alternative can begin as another does, and none gives back what it took: time grows with the length and no faster.
_TOKEN = re.compile(
    r"""
    \s*+(?:
        (?P<number>(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
        |(?P<name>(?:[^\W\d]|:)(?:[\w:.\u0300-\u036f])*+)
        |"(?P<quoted>(?:[^"]|"")*+)"
        |'(?P<text>(?:[^'\\]|''|\\'|\\(?!'))*+)'
        |(?P<sign><=|>=|<>|[=<>+\-*/%^(),])
        |(?P<end>\Z)
    )
    """,
    re.VERBOSE,
)
_KINDS: tuple[Kind, ...] = ("number", "name", "quoted", "text", "sign", "end")


@dataclass(frozen=True, slots=True)
class Token:
    """One piece: ``text`` without its quotation marks, ``at`` where it begins."""

    kind: Kind
    text: str
    at: Place

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these words, in whatever case; a quoted name never is."""
        return self.kind == "name" and self.text.upper() in words

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind == "sign" and self.text in signs


def place(text: str, position: int) -> Place:
    """A place in a text with the beginning of what stands there."""
    return Place(position, None, text[position : position + _SHOWN].strip())


def token(text: str, position: int) -> tuple[Token, int]:
    """The piece that begins at a position or behind the space there, and where it ends.

    Raises :class:`FilterFault` for what is none.
    """
    piece = _TOKEN.match(text, position)
    if piece is None:
        raise _foreign(text, position)
    kind: Kind = next(each for each in _KINDS if piece[each] is not None)
    start = piece.start(kind) - (kind in ("quoted", "text"))
    return Token(kind, _plain(kind, piece[kind]), place(text, start)), piece.end()


def _plain(kind: Kind, written: str) -> str:
    if kind == "quoted":
        return written.replace('""', '"')
    if kind == "text":
        return re.sub(r"''|\\'", "'", written)
    return written


def _foreign(text: str, position: int) -> FilterFault:
    position += len(text[position:]) - len(text[position:].lstrip())
    sign = text[position]
    if sign in "'\"":
        reason = Text(zh=f"引号 {sign} 没有结束", en=f"the quotation mark {sign} has no end")
    else:
        reason = Text(
            zh=f"不认识的字符 {sign}；标点请用英文半角，文字请加单引号",
            en=f"{sign} has no meaning here; signs are plain ASCII, texts stand in single quotes",
        )
    return FilterFault(reason, place(text, position))


NUMBER = Text(zh="数字", en="a number")
_UNEXPECTED = Text(zh="此处应为{wanted}", en="expected here: {wanted}")


class Cursor:
    """A text, and the token of it that is read next, ``here``."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.here, self._behind = token(text, 0)

    def unexpected(self, wanted: Text) -> FilterFault:
        """What to say of the token here."""
        return FilterFault(_UNEXPECTED.format(wanted=wanted), self.here.at)

    def take(self) -> Token:
        """The token here, left behind; the end stays."""
        taken = self.here
        self.here, self._behind = token(self._text, self._behind)
        return taken

    def word(self, *words: str) -> Token | None:
        """The token here if it is one of these words, left behind."""
        return self.take() if self.here.is_word(*words) else None

    def sign(self, *signs: str) -> Token | None:
        """The token here if it is one of these signs, left behind."""
        return self.take() if self.here.is_sign(*signs) else None

    def must(self, sign: str) -> Token:
        """The sign, left behind; anything else is a fault."""
        if not self.here.is_sign(sign):
            raise self.unexpected(Text(zh=f" {sign} ", en=sign))
        return self.take()
