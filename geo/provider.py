"""The office's OpenID provider: where it is, what it gives for a code, its keys; asked briefly, and nobody else."""

import json
import logging
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client

from geo.address import is_loopback
from geo.errors import ShanheError
from geo.settings import settings
from geo.text import Text

log = logging.getLogger("shanhe")

SILENT, WHOLE = 5, 10
"""Seconds that the provider may keep silent, and that one answer of it may take."""
LARGEST = 1_000_000
"""Bytes of one answer: discovery documents and key sets have a few thousand."""
_TALKS = BoundedSemaphore(8)  # one that hangs must not take all threads of the server with it


class ProviderAway(ShanheError):
    """The provider does not answer, or nothing that one could go by; ``reason`` is for the log."""

    code = "provider_away"
    sentence = Text(
        zh="单位统一身份系统没有正常答复。请稍后再试，或用密码登录。",
        en="Your organisation's sign-in service gives no proper answer. Try again later, or sign in with a password.",
    )


class CodeRefused(ShanheError):
    """The provider does not take the code that it gave, or not from this program; ``reason`` is for the log."""

    code = "code_refused"
    sentence = Text(
        zh="单位统一身份系统没有确认这次登录。请重新登录；若仍然如此，请告诉系统管理员。",
        en="Your organisation's sign-in service did not confirm this. Sign in again; or tell the administrator.",
    )


@dataclass(frozen=True, slots=True)
class Provider:
    """What the provider says of itself (OpenID Connect Discovery 1.0, 3), as far as it is needed here."""

    issuer: str
    authorization: str
    token: str
    keys: str
    end_session: str | None
    names_itself: bool
    """Its answers say who they are of (RFC 9207)."""
    by_form: bool
    """It takes the secret of a program in the form only, not as HTTP Basic."""


def is_offered() -> bool:
    """Whether people may sign in with a provider."""
    return bool(settings().oidc_issuer and settings().oidc_client_id)


def discovered() -> Provider:
    """The provider of the settings, asked now: so it is known to be there. Raises :class:`ProviderAway`."""
    issuer = settings().oidc_issuer
    with _asking() as client:
        return _read(_object(client.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", auth=None)))


def authorization(provider: Provider, *, back: str, state: str, nonce: str, verifier: str) -> str:
    """The address that a browser is sent to (OpenID Connect Core 1.0, 3.1.2.1), with the challenge of RFC 7636 S256."""
    with _client(provider, redirect_uri=back) as client:
        address, _ = client.create_authorization_url(
            provider.authorization, state=state, code_verifier=verifier, nonce=nonce
        )
    return str(address)


def redeemed(provider: Provider, code: str, *, back: str, verifier: str) -> tuple[str, list[dict[str, Any]]]:
    """The ID token for a code, and the provider's keys (RFC 7517) as they are now; other tokens are not kept.

    Keys are asked for each time, after the token was made: a new one is known at once, a withdrawn one no longer.
    Raises :class:`ProviderAway` and :class:`CodeRefused`.
    """
    with _asking(provider, redirect_uri=back) as client:
        given = client.fetch_token(provider.token, code=code, code_verifier=verifier, grant_type="authorization_code")
        told = _object(client.get(provider.keys, auth=None))
    token, keys = given.get("id_token"), told.get("keys")
    if not isinstance(token, str) or not isinstance(keys, list):
        raise ProviderAway(reason="there is no ID token, or there are no keys")
    return token, [cast("dict[str, Any]", key) for key in cast("list[object]", keys) if isinstance(key, dict)]


def farewell(provider: Provider, back: str) -> str | None:
    """The address at which a browser ends its session at the provider (RP-Initiated Logout 1.0, 2), if it has one."""
    if provider.end_session is None:
        return None
    asked = {"client_id": settings().oidc_client_id, "post_logout_redirect_uri": back}
    return f"{provider.end_session}{'&' if urlsplit(provider.end_session).query else '?'}{urlencode(asked)}"


def _read(told: dict[str, Any]) -> Provider:
    issuer = settings().oidc_issuer
    if told.get("issuer") != issuer:  # else one provider could speak for another (OpenID Connect Discovery 1.0, 4.3)
        raise ProviderAway(reason=f"it calls itself {told.get('issuer')!r:.200}, not {issuer}")
    methods = told.get("token_endpoint_auth_methods_supported")
    return Provider(
        issuer=issuer,
        authorization=_address(told, "authorization_endpoint"),
        token=_address(told, "token_endpoint"),
        keys=_address(told, "jwks_uri"),
        end_session=_address(told, "end_session_endpoint") if told.get("end_session_endpoint") else None,
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
        by_form=isinstance(methods, list) and "client_secret_post" in methods and "client_secret_basic" not in methods,
    )


class _Bounded(httpx2.BaseTransport):
    """Has answers end that are too large or take too long, and takes none that are packed: those may unfold."""

    def __init__(self) -> None:
        self._inner = httpx2.HTTPTransport(trust_env=False, retries=0)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        until = time.monotonic() + WHOLE
        request.headers["Accept-Encoding"] = "identity"
        answer = self._inner.handle_request(request)
        if answer.headers.get("content-encoding", "identity") != "identity":
            answer.close()
            raise httpx2.DecodingError("the answer is packed", request=request)
        body = _Body(cast("httpx2.SyncByteStream", answer.stream), until)
        return httpx2.Response(answer.status_code, headers=answer.headers, stream=body, extensions=answer.extensions)

    def close(self) -> None:
        self._inner.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, until: float) -> None:
        self._stream, self._until = stream, until

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for part in self._stream:
            size += len(part)
            if size > LARGEST or time.monotonic() > self._until:
                raise httpx2.ReadError("the answer is too large or takes too long")
            yield part

    def close(self) -> None:
        self._stream.close()


class _Client(OAuth2Client, httpx2.Client):
    """Both are named since Authlib's class does not tell a type checker what it is made of."""


def _client(provider: Provider | None = None, **options: Any) -> _Client:
    secret = _secret()
    method = "none" if not secret else "client_secret_post" if provider and provider.by_form else "client_secret_basic"
    return _Client(
        client_id=settings().oidc_client_id, client_secret=secret or None, token_endpoint_auth_method=method,
        scope="openid", code_challenge_method="S256", transport=_Bounded(), timeout=SILENT, trust_env=False,
        follow_redirects=False, **options,
    )  # fmt: skip


@contextmanager
def _asking(provider: Provider | None = None, **options: Any) -> Generator[_Client]:
    """A conversation with the provider, whose failures are told as ours."""
    if not _TALKS.acquire(blocking=False):
        raise ProviderAway(reason="too many conversations at once")
    try:
        with _client(provider, **options) as client:
            yield client
    except AuthlibBaseError as error:
        raise CodeRefused(reason=repr(error)[:200]) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, RecursionError) as error:
        raise ProviderAway(reason=repr(error)[:200]) from error
    finally:
        _TALKS.release()


def _object(answer: httpx2.Response) -> dict[str, Any]:
    answer.raise_for_status()
    told = json.loads(answer.content)
    if answer.status_code != 200 or not isinstance(told, dict):
        raise ValueError(f"status {answer.status_code}, or no object")
    return cast("dict[str, Any]", told)


def _address(told: dict[str, Any], name: str) -> str:
    """An address of the provider: over TLS, or on this machine where the provider itself is on it."""
    given = told.get(name)
    parts = urlsplit(given if isinstance(given, str) else "")
    near = is_loopback(urlsplit(settings().oidc_issuer).hostname or "") and is_loopback(parts.hostname or "")
    if not parts.hostname or parts.fragment or not (parts.scheme == "https" or (parts.scheme == "http" and near)):
        raise ProviderAway(reason=f"{name} is {given!r:.200}")
    return cast("str", given)


def _secret() -> str:
    file = settings().oidc_client_secret_file
    return file.read_text("utf-8").strip() if file else settings().oidc_client_secret.get_secret_value()
