"""A position as people write it to numbers: degrees, minutes and seconds in any marks, ddd.mmss, pairs in one cell."""

import re
import unicodedata

import numpy as np

from geo.crs import Coordinates

LONGEST = 80
"""Most characters of a number in whatever marks; what is longer is none and is not looked at."""

_MARK = r"(?:[^\w.+]|[度分秒oOdDmMs])+"
_SIDE = r"(?:东经|西经|南纬|北纬|东|西|南|北|[EWNS])"
_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_DEGREES = re.compile(
    rf"[\s'\"(\[]*(?P<side>{_SIDE})?[\s:：=]*(?P<sign>[-+]?)(?P<d>{_NUMBER})"
    rf"(?:{_MARK}(?P<m>{_NUMBER})(?:{_MARK}(?P<s>{_NUMBER}))?)?(?P<mark>{_MARK})?(?P<after>{_SIDE})?[\s'\")\]]*"
)
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_NAMED = re.compile(r"^\W*(?:[XYxy]|经度|纬度|[Ll]on(?:gitude)?|[Ll]ng|[Ll]at(?:itude)?|[东北横纵]坐标)\s*[:=]?\s*")
_BEFORE_SIDE = re.compile(r"(?<=[\d度分秒°'\"′″’”])\s*(?=东经|北纬|经度|纬度|[ENXY])")


def degrees(text: str) -> tuple[float, bool] | None:
    """A number, and whether it was written in degrees, minutes and seconds; None where it is neither.

    South and west are negative. Minutes from 60 up are none; seconds may be 60, which programs write when they round.
    """
    if len(text) > LONGEST:
        return None
    if _PLAIN.fullmatch(text):
        return float(text), False
    text = unicodedata.normalize("NFKC", text).strip()
    found = _DEGREES.fullmatch(_without_thousands(text))
    if found is None:
        return None
    value, minutes, seconds = (float(found[part] or 0) for part in "dms")
    if found["m"] is not None and ("." in found["d"].rstrip(".") or minutes >= 60 or seconds > 60):
        return None
    if found["s"] is not None and "." in found["m"].rstrip("."):
        return None
    value += minutes / 60 + seconds / 3600
    side = (found["side"] or "") + (found["after"] or "")
    negative = found["sign"] == "-" or any(mark in side for mark in "WS西南")
    marked = found["m"] is not None or found["mark"] is not None
    return -value if negative else value, marked


def pair(text: str) -> tuple[float, float, bool] | None:
    """Two numbers in the order they are written in one cell, and whether they are in degrees, minutes and seconds."""
    if len(text) > 2 * LONGEST:
        return None
    text = unicodedata.normalize("NFKC", text).strip(" ()[]{}【】<>")
    for splitter in (r"[,;、|/\n]+", _BEFORE_SIDE, r"\s+"):
        parts = [part for part in re.split(splitter, text) if part.strip()]
        if len(parts) == 2:
            both = [degrees(_NAMED.sub("", part)) for part in parts]
            if both[0] is not None and both[1] is not None:
                return both[0][0], both[1][0], both[0][1] or both[1][1]
    return None


def is_packed(lon_lat: Coordinates) -> bool:
    """Whether every value can be ddd.mmss: minutes and seconds below 60, and some minutes at all."""
    if not len(lon_lat) or bool((np.abs(lon_lat) > (180, 90)).any()):
        return False
    seconds = np.round(np.abs(lon_lat) * 10_000, 6)
    whole = bool((seconds % 10_000 == 0).all())
    return not whole and bool((seconds % 100 < 60).all()) and bool((seconds // 100 % 100 < 60).all())


def unpacked(lon_lat: Coordinates) -> Coordinates:
    """Degrees written ddd.mmss as decimal degrees; rounded first, because 103.30 is a little less in binary."""
    seconds = np.round(np.abs(lon_lat) * 10_000, 6)
    return np.sign(lon_lat) * (seconds // 10_000 + seconds // 100 % 100 / 60 + seconds % 100 / 3600)


def _without_thousands(text: str) -> str:
    """Plane metres written 3,230,000.5 without their commas."""
    return text.replace(",", "") if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", text) else text
