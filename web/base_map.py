"""The base maps of Tianditu as the page is told of them, and the policy that lets their tiles in."""

from urllib.parse import quote

from geo.text import Text
from web.page import CONTENT_SECURITY_POLICY
from web.view import Json

HOSTS = tuple(f"https://t{number}.tianditu.gov.cn" for number in range(8))
ATTRIBUTION = Text(zh="© 天地图", en="© Tianditu")
# Each with the names that are laid over it. CGCS2000, no offset; _w is web mercator.
KINDS = (
    ("vec", "cva", Text(zh="矢量", en="Streets")),
    ("img", "cia", Text(zh="影像", en="Imagery")),
    ("ter", "cta", Text(zh="地形", en="Terrain")),
)
CONTENT_SECURITY_POLICY_WITH_TILES = f"{CONTENT_SECURITY_POLICY}; img-src 'self' {' '.join(HOSTS)}"
_TILE = (
    "https://t{s}.tianditu.gov.cn/{kind}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={kind}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk="
)


def tianditu(key: str) -> Json | None:
    """The base maps that a key opens; None without one: then the page knows of no other server."""
    if not key:
        return None
    return {
        "url": _TILE + quote(key, safe=""),
        "hosts": "01234567",
        "most": 18,
        "attribution": ATTRIBUTION.both(),
        "kinds": [{"code": code, "names": names, "label": label.both()} for code, names, label in KINDS],
    }
