"""The bytes of a text file to text: by its mark, by the zeros of UTF-16, as UTF-8, as GB18030, or line by line."""

import codecs
import re

MIXED = "mixed"
"""In place of the name of an encoding: text in UTF-8 and GB18030 at once."""

_MARKS = ((codecs.BOM_UTF8, "UTF-8"), (codecs.BOM_UTF16_LE, "UTF-16LE"), (codecs.BOM_UTF16_BE, "UTF-16BE"))


def written_in(value: bytes) -> str | None:
    """The encoding that all of some bytes decode in, UTF-8 before GB18030, or None."""
    for encoding in ("UTF-8", "GB18030"):
        try:
            value.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return None


def either(value: bytes) -> bool:
    """Whether some bytes decode in UTF-8 and in GB18030 and are hardly Chinese in UTF-8, which has three bytes each."""
    try:
        value.decode("GB18030")
        return max(value.decode("UTF-8"), default="") < "\u0800"
    except UnicodeDecodeError:
        return False


def plain_text(raw: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text without its mark, and the encoding it was in, ``MIXED`` where lines differ.

    What no encoding can read becomes U+FFFD. Raises ``UnicodeDecodeError`` where ``encoding`` is given and cannot read
    the text, ``LookupError`` where there is no such encoding.
    """
    if encoding is not None:
        return raw.decode(encoding).removeprefix("\ufeff"), encoding
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return raw.removeprefix(mark).decode(name, "replace"), name
    if b"\0" in raw[:65_536]:
        first, second = raw[0:65_536:2].count(0), raw[1:65_536:2].count(0)
        few, many = sorted((first, second))
        if many > 10 * few and many * 20 > min(
            len(raw), 65_536
        ):  # a tenth of the characters are ASCII, no other byte 0
            name = "UTF-16LE" if second > first else "UTF-16BE"
            return raw.decode(name, "replace"), name
    found = written_in(raw)
    if found is not None:
        return raw.decode(found), found
    lines = re.split(rb"(?<=\n)", raw)
    return "".join(line.decode(written_in(line) or "UTF-8", "replace") for line in lines), MIXED
