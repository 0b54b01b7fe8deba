"""What stands around the routes, from the outside in: refusals told, limits, origin, patience."""

from fastapi import FastAPI

from api.entry import secret_of
from api.limits import Patient, Sized
from api.origin import SameOrigin
from api.rate import Buckets, Rated
from api.refused import Refused
from geo.settings import Settings


def guard(app: FastAPI, settings: Settings) -> None:
    """Put the guards around ``app``; what is added later stands outside of them."""
    every, costly = Buckets(settings.rate_per_minute), Buckets(settings.costly_per_minute)
    app.add_middleware(Patient, seconds=settings.request_timeout)
    app.add_middleware(SameOrigin)
    app.add_middleware(Sized)
    app.add_middleware(Rated, every=every, costly=costly, account=secret_of)
    app.add_middleware(Refused)
