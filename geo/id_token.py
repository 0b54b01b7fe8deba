"""What a provider says of who signed in: an ID token becomes a subject, or is refused."""

from collections.abc import Sequence
from copy import copy
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from joserfc.jws import JWSRegistry

from geo.errors import ShanheError
from geo.text import Text

LEEWAY = 60
"""Seconds by which the clocks of the provider and of this machine may differ."""
OLDEST = 600
"""Seconds ago that a token may have been made: it is asked for in the moment in which it is looked at."""
LONGEST_SUBJECT = 255
"""OpenID Connect Core 1.0, 2."""
WEAKEST = 2048
"""Bits of an RSA key (RFC 7518, 3.3)."""


class TokenRefused(ShanheError):
    """An ID token that proves nothing; ``reason`` is for the log."""

    code = "token_refused"
    sentence = Text(
        zh="单位统一身份系统的答复不可信，没有登录。请告诉系统管理员。",
        en="Your organisation's sign-in service gave an answer that cannot be trusted, so you are not signed in."
        " Tell the administrator.",
    )


class _Algorithms(JWSRegistry):
    """Signatures by keys that are only the provider's: no HMAC, whose key this program would have too, and no none."""

    max_header_length = 4096
    algorithms = {  # noqa: RUF012 - one registry, as that of the library is
        name: copy(JWSRegistry.algorithms[name]) for name in ("RS256", "PS256", "ES256", "Ed25519")
    }


# RFC 9864 would have it called by its curve, which the key names; providers still write the old name.
_Algorithms.algorithms["EdDSA"] = copy(JWSRegistry.algorithms["EdDSA"])
_Algorithms.algorithms["EdDSA"].security_warning = None
ALGORITHMS = tuple(_Algorithms.algorithms)


def subject_of(token: str, keys: Sequence[dict[str, Any]], *, issuer: str, client: str, nonce: str) -> str:
    """Whom a token is of (OpenID Connect Core 1.0, 3.1.3.7), for one request of one client.

    ``keys`` are the provider's of now (RFC 7517); ``nonce`` is that of the request. Raises :class:`TokenRefused`.
    """
    registry = _Algorithms(algorithms=ALGORITHMS, strict_check_header=False)
    rules = jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        claims = jwt.decode(token, KeySet(_usable(keys)), registry=registry).claims
        rules.validate(claims)
    except (JoseError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise TokenRefused(reason=repr(error)[:200]) from error
    subject = claims["sub"]
    for wrong, reason in (
        (claims.get("nonce") != nonce, "it answers another request"),
        (claims.get("azp", client) != client, "it was given to another program"),
        (isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and "azp" not in claims, "it is for others too"),
        (claims["iat"] < rules.now - OLDEST - LEEWAY, "it was made too long ago"),
        (not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable(), "the subject is none"),
    ):
        if wrong:
            raise TokenRefused(reason=reason)
    return subject


def _usable(keys: Sequence[dict[str, Any]]) -> list[Key]:
    """The keys for signatures that can be read; others may be there for other programs."""
    found: list[Key] = []
    for each in keys:
        if each.get("use", "sig") != "sig" or each.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        # Looked at before it is read, where a weak key would only be warned of.
        if each["kty"] == "RSA" and len(str(each.get("n", ""))) * 6 < WEAKEST:
            continue
        try:
            found.append(JWKRegistry.import_key(each))
        except (JoseError, ValueError, TypeError, KeyError, OverflowError):
            continue
    return found
