"""Whether a request comes from this machine itself, for what must not be had from anywhere else."""

from urllib.parse import urlsplit

from fastapi import Request

from geo.address import is_loopback

# What a proxy on this machine adds for somebody who is elsewhere.
_PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def is_local(request: Request) -> bool:
    """Whether a browser of this machine asks a server that listens here only, by a name of this machine."""
    try:
        named = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    passed_on = any(name in request.headers for name in _PASSED_ON)
    here = request.client is not None and is_loopback(request.client.host)
    return bool(request.app.state.local) and here and is_loopback(named) and not passed_on
