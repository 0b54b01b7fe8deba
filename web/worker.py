"""The service worker and the page for a device without a network."""

import json

from geo.text import LANGUAGES, Language
from web.catalogue import translate
from web.page import LAID_SCRIPT, REPORT_SCRIPT, asset, render, static_bytes

FILES = (
    "app/map.js", "app/map.css", "app/pages.css", "app/township.js", "app/feature.js", LAID_SCRIPT, REPORT_SCRIPT,
    "favicon.svg",
)  # fmt: skip
"""What the map and the pages of the field need, kept before it is first asked for."""
EARLIER = "连不上服务器，显示的是 {time} 的内容。"
CONTENT_SECURITY_POLICY = "default-src 'none'; connect-src 'self'"
"""The worker asks this origin and runs nothing else."""


def worker_script() -> bytes:
    """The worker behind the addresses it keeps; another version of the program is another worker."""
    kept = {
        "files": [asset(name) for name in FILES],
        "offline": {each: f"/offline?lang={each}" for each in LANGUAGES},
        "earlier": {each: translate(each, EARLIER) for each in LANGUAGES},
    }
    return f"self.shanhe = {json.dumps(kept)};\n".encode() + static_bytes("app/worker.js")


def offline_page(language: Language) -> str:
    """What a page says that is neither kept nor can be asked for."""
    return render("offline.html", language)
