"""What If-Match says of the versions that a change may replace."""

import re

from geo.errors import ShanheError
from geo.text import Text

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')
_VERSION = re.compile(r"(\d{1,9})(?:-|$)")


class HeaderUnreadable(ShanheError):
    """A header of a request does not have the form that its standard gives it."""

    code = "header_unreadable"
    sentence = Text(zh="请求头 {name} 不可用：{reason}", en="The header {name} cannot be used: {reason}")


class FeatureChanged(ShanheError):
    """A feature is not in one of the versions that the change was made for."""

    code = "feature_changed"
    sentence = Text(
        zh="要素已被改动（现为第 {version} 版），请重新读取后再改",
        en="The feature has been changed meanwhile (it is at version {version} now): load it anew first",
    )


class VersionUnstated(ShanheError):
    """A change that does not say for which version of a feature it was made."""

    code = "version_unstated"
    sentence = Text(
        zh="请用 If-Match 带上读取时的 ETag，以免覆盖别人的修改",
        en="Send the ETag that was read in If-Match, so that nobody's change is overwritten",
    )


UNSTATED = frozenset({-1})
"""The versions of a change that does not say for which it was made: none."""


def etag_version(if_match: str) -> set[int] | None:
    """The versions of strong ETags ``"<version>-<digest>"`` in an If-Match header (RFC 9110, 13.1.1), None for ``*``.

    Only the version counts: the digest is that of one answer among several of the same version. A weak tag never
    matches, nor does one that was not made here. Raises :class:`HeaderUnreadable`.
    """
    if if_match.strip() == "*":
        return None
    versions: set[int] = set()
    place = 0
    while place < len(if_match) or not place:
        tag = _TAG.match(if_match, place)
        if tag is None:
            raise HeaderUnreadable(name="If-Match", reason=Text(zh='应为 "…" 或 *', en='state "…" or *'))
        version = _VERSION.match(tag[2])
        if version is not None and not tag[1]:
            versions.add(int(version[1]))
        place = tag.end()
    return versions
