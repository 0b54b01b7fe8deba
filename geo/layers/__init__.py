"""The declared layers: every module here that defines ``LAYER`` is one."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from geo.errors import NotFound
from geo.layer import Layer
from geo.text import Text


@cache
def layers() -> dict[str, Layer]:
    """All declared layers by code, in the order in which they are shown."""
    found = [import_module(f"{__name__}.{module.name}").LAYER for module in iter_modules(__path__)]
    return {layer.code: layer for layer in sorted(found, key=lambda layer: (layer.order, layer.code))}


def layer(code: str) -> Layer:
    """The layer with this code; raises :class:`geo.errors.NotFound`."""
    try:
        return layers()[code]
    except KeyError:
        raise NotFound(noun=Text(zh="图层", en="layer"), key=code) from None
