"""Who is signed in, for the routes that keep accounts: these work with the accounts themselves, not within rights."""

from typing import Annotated

from fastapi import Depends, Request

from api.deps import database, viewer_of
from geo import sign_in
from geo.right import Verb
from geo.sign_in import Signed
from geo.text import Text
from geo.viewer import NotAllowed, NotSignedIn, Viewer, credential

SignedIn = Annotated[Viewer, Depends(viewer_of)]


def _entered(request: Request) -> Signed:
    """Who is signed in, also with a first password; raises :class:`NotSignedIn`."""
    with database(request).owner() as connection:
        found = sign_in.signed(connection, credential())
    if found is None:
        raise NotSignedIn
    return found


def _in_person(me: SignedIn) -> Viewer:
    if not me.in_person:
        raise NotAllowed(reason=Text(zh="令牌不能管理账号", en="accounts are not kept with a token"))
    return me


def _administrator(me: Annotated[Viewer, Depends(_in_person)]) -> Viewer:
    if not me.may(Verb.ADMINISTER):
        raise NotAllowed(reason=Text(zh="仅限系统管理员", en="administrators only"))
    return me


Entered = Annotated[Signed, Depends(_entered)]
InPerson = Annotated[Viewer, Depends(_in_person)]
"""By a session: a token that leaks must not make others."""
Administrator = Annotated[Viewer, Depends(_administrator)]
"""By a session too."""


def address_of(request: Request) -> str:
    """The address that a request came from."""
    return request.client.host if request.client is not None else ""


def agent_of(request: Request) -> str:
    """The program that a request came with, as it calls itself."""
    return request.headers.get("user-agent", "")[:200]
