"""Signing in with the office's OpenID provider: a browser goes there with one request and comes back with a code."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest

from geo import provider
from geo.audit import note
from geo.database import Connection, Database, rows, statement
from geo.errors import ShanheError
from geo.id_token import subject_of
from geo.settings import settings
from geo.sign_in import begin
from geo.text import Text
from geo.viewer import secret_hash

log = logging.getLogger("shanhe")

MINUTES = 10
"""So long a person may take at the provider."""
NOBODY = "?"
"""Stands for whoever is not known in a note; no account is called so."""


class AttemptOver(ShanheError):
    """A browser comes back with what it was not sent away with, or not just now, or has been back already."""

    code = "attempt_over"
    sentence = Text(
        zh="这次登录已经过期、已经用过，或者不是在这个浏览器中开始的。请重新登录。",
        en="This sign-in is too old, was used before, or was begun in another browser. Please sign in again.",
    )


class ProviderRefused(ShanheError):
    """The provider says that it did not sign anybody in."""

    code = "provider_refused"
    sentence = Text(
        zh="单位统一身份系统没有让您登录，或者您取消了登录。",
        en="Your organisation's sign-in service did not sign you in, or you have cancelled it.",
    )


class NotLinked(ShanheError):
    """Whoever signed in at the provider has no account here; ``subject`` is what the provider calls them."""

    code = "not_linked"
    sentence = Text(
        zh="您已通过单位统一身份系统的验证，但还没有账号与之关联。请把下面的编号交给系统管理员。",
        en="Your organisation's sign-in service knows you, but no account is linked to you yet."
        " Give the administrator the number below.",
    )


class AccountDisabled(ShanheError):
    """The account that is linked may not sign in."""

    code = "account_disabled"
    sentence = Text(zh="您的账号已停用，请找系统管理员。", en="Your account is disabled: ask the administrator.")


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where a browser is sent, and the secret that it keeps to show that it is the same one when it comes back."""

    address: str
    browser: str


def attempt(database: Database, *, to: str, back: str) -> Attempt:
    """Begin to sign somebody in who wants to go ``to``; the provider leads to ``back``.

    Raises :class:`geo.provider.ProviderAway`.
    """
    there = provider.discovered()
    state, browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
    kept = {"state": secret_hash(state), "browser": secret_hash(browser), "nonce": nonce, "verifier": verifier}
    with database.owner() as connection:
        connection.execute(statement("oidc_attempt_tidy"), {"minutes": MINUTES})
        connection.execute(statement("oidc_attempt_insert"), {**kept, "back": back, "onward": to})
    address = provider.authorization(there, back=back, state=state, nonce=nonce, verifier=verifier)
    return Attempt(address, browser)


def enter(database: Database, browser: str, answer: Mapping[str, str], *, address: str, agent: str) -> tuple[str, str]:
    """The secret of a new session and where to go, for a browser that comes back with an ``answer`` (RFC 6749, 4.1.2).

    Raises :class:`AttemptOver`, :class:`ProviderRefused`, :class:`NotLinked`, :class:`AccountDisabled`,
    :class:`geo.provider.ProviderAway`, :class:`geo.provider.CodeRefused` and :class:`geo.id_token.TokenRefused`.
    """
    whose = {"state": secret_hash(answer.get("state", "")), "browser": secret_hash(browser)}
    with database.owner() as connection:  # committed before anything else is done: no answer is looked at twice
        found = rows(connection, "oidc_attempt_take", **whose, minutes=MINUTES)
    if not found or not found[0]["in_time"]:
        raise AttemptOver
    kept = found[0]
    try:
        subject = _subject(answer, kept["back"], kept["verifier"], kept["nonce"])
        with database.owner() as connection:
            return _begun(connection, subject, address=address, agent=agent), kept["onward"]
    except ShanheError as error:
        log.warning("%s: %s", error.code, error.values.get("reason", ""))
        who = {name: error.values[name] for name in ("account", "subject") if name in error.values}
        with database.owner() as connection:
            told = {**who, "issuer": settings().oidc_issuer, "address": address, "reason": error.code}
            note(connection, str(who.get("account", NOBODY)), "session.refuse", told)
        raise


def _subject(answer: Mapping[str, str], back: str, verifier: str, nonce: str) -> str:
    issuer = settings().oidc_issuer
    if not compare_digest(answer.get("iss", issuer).encode(), issuer.encode()):  # RFC 9207, 2.4
        raise ProviderRefused(reason="the answer is of another provider")
    if "error" in answer or not answer.get("code"):
        raise ProviderRefused(reason=answer.get("error", "no code")[:100])
    there = provider.discovered()
    if there.names_itself and "iss" not in answer:
        raise ProviderRefused(reason="the answer does not say which provider it is of")
    token, keys = provider.redeemed(there, answer["code"], back=back, verifier=verifier)
    return subject_of(token, keys, issuer=issuer, client=settings().oidc_client_id, nonce=nonce)


def _begun(connection: Connection, subject: str, *, address: str, agent: str) -> str:
    issuer = settings().oidc_issuer
    found = rows(connection, "oidc_account", issuer=issuer, subject=subject)
    if not found:
        raise NotLinked(subject=subject)
    name: str = found[0]["name"]
    secret = begin(connection, found[0]["id"], address=address, agent=agent)
    if secret is None:
        raise AccountDisabled(account=name)
    note(connection, name, "session.begin", {"account": name, "address": address, "issuer": issuer})
    return secret
