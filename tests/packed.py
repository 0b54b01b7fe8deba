"""What a one-file map holds, unpacked for tests that look for something in it."""

import gzip
import json
import re
from base64 import b64decode
from typing import Any

_PACKED = re.compile(r'id="data-packed"[^>]*>("[^"]*")<')


def unpacked(page: str) -> str:
    """A page with what a one-file map holds as it was before it was packed; any other page as it is."""
    return _PACKED.sub(lambda found: ">" + gzip.decompress(b64decode(json.loads(found[1]))).decode(), page)


def held(page: str) -> dict[str, Any]:
    """The blocks of a one-file map by name."""
    found = _PACKED.search(page)
    assert found is not None
    return json.loads(gzip.decompress(b64decode(json.loads(found[1]))))
