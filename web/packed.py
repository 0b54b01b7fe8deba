"""What a one-file map holds, as small as a browser can unpack it by itself: columns, steps, gzip, base64."""

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from web.steps import stepped

Json = Mapping[str, Any]
DECIMETRES = 1_000_000
"""Units in a degree for features, which are looked at from near."""
_GROUPS = ("properties", "attributes")


def packed(blocks: Mapping[str, object]) -> str:
    """Blocks of a page by name, as base64 of gzipped JSON; web/static/src/packed.js reads it."""
    written = json.dumps(blocks, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return b64encode(gzip.compress(written.encode(), mtime=0)).decode()


def columns(collection: Json) -> dict[str, Any]:
    """Features as columns, in which neighbours are alike; what a feature lacks is null.

    Identifiers are left out: within a file a feature is known by layer and code.
    """
    features = stepped(collection, DECIMETRES)["features"]
    whole: dict[str, Any] = {"count": len(features), "units": DECIMETRES}
    for name in dict.fromkeys(name for feature in features for name in feature if name not in ("id", "type")):
        values = [feature.get(name) for feature in features]
        if name in _GROUPS:
            inner = dict.fromkeys(key for value in values for key in value or ())
            whole[name] = {key: [(value or {}).get(key) for value in values] for key in inner}
        else:
            whole[name] = values
    return whole
