"""CQL2 text to a tree, by recursive descent through the grammar of OGC 21-065r2, annex B."""

from collections.abc import Callable
from decimal import Decimal

from geo.filter import literal, wkt
from geo.filter.fault import FilterFault
from geo.filter.limits import Budget
from geo.filter.token import NUMBER, Cursor, Token
from geo.filter.tree import (
    COMPARISON,
    Box,
    Call,
    Geometry,
    Instant,
    Interval,
    Node,
    Place,
    Property,
    Sequence,
    Value,
    spelt,
)
from geo.text import Text

_RESERVED = ("AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "DIV")
_OPERAND = Text(zh="字段、值或函数", en="a property, a value or a function")
_END = Text(zh="条件结束，或 AND、OR", en="the end, or AND, OR")
_TEXT = Text(zh="单引号中的文字", en="a text in single quotes")


def read(text: str, budget: Budget) -> Node:
    """The tree of a whole text; raises :class:`FilterFault`."""
    cursor = Cursor(text)
    found = _Parser(cursor, budget).expression()
    if cursor.here.kind != "end":
        raise cursor.unexpected(_END)
    return found


class _Parser:
    """Each method reads one rule of the grammar and leaves the cursor behind it."""

    def __init__(self, cursor: Cursor, budget: Budget) -> None:
        self._cursor = cursor
        self._budget = budget
        self._within = 0

    def _call(self, op: str, at: Place, *args: Node) -> Call:
        return self._budget.node(Call(op, args, at=at))

    # --- logic and predicates -----------------------------------------------------------------------------------------

    def expression(self) -> Node:
        """OR binds weakest; everything in brackets comes through here, so here the depth is kept."""
        self._within += 1
        self._budget.keep("depth", self._within, self._cursor.here.at)
        found = self._joined("OR", self._conjunction)
        self._within -= 1
        return found

    def _conjunction(self) -> Node:
        return self._joined("AND", self._negation)

    def _joined(self, word: str, part: Callable[[], Node]) -> Node:
        """``a AND b AND c`` as one node of three, as CQL2 JSON has it."""
        parts, at = [part()], self._cursor.here.at
        while self._cursor.word(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else self._call(word.lower(), at, *parts)

    def _negation(self) -> Node:
        word = self._cursor.word("NOT")
        return self._call("not", word.at, self._predicate()) if word else self._predicate()

    def _predicate(self) -> Node:
        left = self._sum()
        if sign := self._cursor.sign(*COMPARISON):
            return self._call(sign.text, sign.at, left, self._sum())
        if word := self._cursor.word("IS"):
            negated = self._cursor.word("NOT")
            if not self._cursor.word("NULL"):
                raise self._cursor.unexpected(Text(zh=" NULL ", en="NULL"))
            return self._perhaps_not(negated, self._call("isNull", word.at, left))
        negated = self._cursor.word("NOT")
        if word := self._cursor.word("LIKE"):
            return self._perhaps_not(negated, self._call("like", word.at, left, self._sum()))
        if word := self._cursor.word("BETWEEN"):
            low = self._sum()
            if not self._cursor.word("AND"):
                raise self._cursor.unexpected(Text(zh=" AND ", en="AND"))
            return self._perhaps_not(negated, self._call("between", word.at, left, low, self._sum()))
        if word := self._cursor.word("IN"):
            opening = self._cursor.must("(")
            items = Sequence(self._listed(self._sum), at=opening.at)
            return self._perhaps_not(negated, self._call("in", word.at, left, self._budget.node(items)))
        if negated:
            raise self._cursor.unexpected(Text(zh=" LIKE、BETWEEN 或 IN", en="LIKE, BETWEEN or IN"))
        return left

    def _perhaps_not(self, negated: Token | None, found: Node) -> Node:
        return self._call("not", negated.at, found) if negated else found

    # --- arithmetic ---------------------------------------------------------------------------------------------------

    def _sum(self) -> Node:
        found = self._product()
        while sign := self._cursor.sign("+", "-"):
            found = self._call(sign.text, sign.at, found, self._product())
        return found

    def _product(self) -> Node:
        found = self._power()
        while sign := self._cursor.sign("*", "/", "%") or self._cursor.word("DIV"):
            found = self._call(sign.text.lower(), sign.at, found, self._power())
        return found

    def _power(self) -> Node:
        """The grammar knows no ``a ^ b ^ c``; a sign before a factor binds stronger than ``^``."""
        found = self._factor()
        sign = self._cursor.sign("^")
        return self._call("^", sign.at, found, self._factor()) if sign else found

    def _factor(self) -> Node:
        sign = self._cursor.sign("-", "+")
        if sign is None:
            return self._primary()
        if self._cursor.here.kind == "number":
            return self._number(sign)
        if sign.text == "+":
            raise self._cursor.unexpected(NUMBER)
        minus = self._budget.node(Value(Decimal(-1), at=sign.at))
        return self._call("*", sign.at, minus, self._primary())

    def _number(self, sign: Token | None = None) -> Value:
        value, at = wkt.number(self._cursor, self._budget, sign)
        return self._budget.node(Value(value, at=at))

    # --- operands -----------------------------------------------------------------------------------------------------

    def _primary(self) -> Node:
        token = self._cursor.here
        if token.kind == "number":
            return self._number()
        if token.is_sign("("):
            return self._bracketed()
        if token.kind not in ("text", "quoted", "name") or token.is_word(*_RESERVED):
            raise self._no_operand(token)
        self._cursor.take()
        return self._budget.node(self._operand(token))

    def _operand(self, token: Token) -> Node:
        """What a text, a quoted name, or a word begins; it has been read."""
        if token.kind == "text":
            return Value(token.text, at=token.at)
        if token.is_word("TRUE", "FALSE"):
            return Value(token.is_word("TRUE"), at=token.at)
        if token.kind == "name" and wkt.begins(self._cursor, token):
            return Geometry(wkt.geometry(self._cursor, token, self._budget), at=token.at)
        if token.kind == "name" and self._cursor.here.is_sign("("):
            return self._called(token)
        return Property(token.text, at=token.at)

    def _no_operand(self, token: Token) -> FilterFault:
        if token.is_word("NULL"):
            return FilterFault(Text(zh="空值用 IS NULL 判断", en="write IS NULL to ask for what is missing"), token.at)
        if token.kind == "name":
            reason = Text(
                zh=f"此处应为{_OPERAND.zh}；{token.text} 是保留字，作字段名时请加双引号",
                en=f"expected here: {_OPERAND.en}; as a property the word {token.text} stands in double quotes",
            )
            return FilterFault(reason, token.at)
        return self._cursor.unexpected(_OPERAND)

    def _bracketed(self) -> Node:
        """An expression in brackets, or a list of none, two or more."""
        opening = self._cursor.must("(")
        if self._cursor.sign(")"):
            return self._budget.node(Sequence((), at=opening.at))
        first = self.expression()
        if self._cursor.sign(","):
            return self._budget.node(Sequence((first, *self._listed(self.expression)), at=opening.at))
        self._cursor.must(")")
        return first

    def _listed(self, item: Callable[[], Node]) -> tuple[Node, ...]:
        """Items up to the closing bracket, whose opening one has been read."""
        found = [item()]
        while self._cursor.sign(","):
            self._budget.keep("items", len(found) + 1, self._cursor.here.at)
            found.append(item())
        self._cursor.must(")")
        return tuple(found)

    def _called(self, token: Token) -> Node:
        word = token.text.upper()
        self._cursor.must("(")
        if word in ("DATE", "TIMESTAMP"):
            value, at = self._text()
            self._cursor.must(")")
            return Instant(literal.day(value, at) if word == "DATE" else literal.moment(value, at), at=token.at)
        if word == "INTERVAL":
            start = self._end()
            self._cursor.must(",")
            end = self._end()
            self._cursor.must(")")
            return Interval(start, end, at=token.at)
        if word == "BBOX":
            return Box(wkt.corners(self._cursor, self._budget), at=token.at)
        args = () if self._cursor.sign(")") else self._listed(self.expression)
        return Call(spelt(token.text), args, at=token.at)

    def _text(self) -> tuple[str, Place]:
        if self._cursor.here.kind != "text":
            raise self._cursor.unexpected(_TEXT)
        taken = self._cursor.take()
        return taken.text, taken.at

    def _end(self) -> Node | None:
        if self._cursor.here.kind != "text":
            return self.expression()
        value, at = self._text()
        return None if value == ".." else self._budget.node(Instant(literal.instant(value, at), at=at))
