"""An OpenID provider in a process of its own, by Authlib's server: real keys, codes used once, PKCE verified.

``python provider.py`` listens on loopback and prints its address. ``POST /control`` has it misbehave: its answers then
have what a test wants them to have. ``Provider`` starts it from a test.
"""

import base64
import hmac
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

CLIENT, SECRET = "shanhe", "a-secret-of-the-office"
PUBLIC = "shanhe-public"


class Provider:
    """The process, from the side of a test."""

    def __init__(self, address: str, process: "subprocess.Popen[str]") -> None:
        self.address, self.process = address, process

    def control(self, **settings: Any) -> None:
        """Have it behave in some way from now on, and well in every other."""
        body = json.dumps(settings).encode()
        request = urllib.request.Request(f"{self.address}/control", body, {"content-type": "application/json"})
        urllib.request.urlopen(request, timeout=10).read()

    def seen(self) -> list[dict[str, Any]]:
        """What the token endpoint was sent, oldest first."""
        return json.loads(urllib.request.urlopen(f"{self.address}/seen", timeout=10).read())


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that runs during the block."""
    environment = os.environ | {"AUTHLIB_INSECURE_TRANSPORT": "1"}  # it is on this machine
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", Path(__file__)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield Provider(process.stdout.readline().strip(), process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def application(address: str) -> Any:
    from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request, grants
    from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
    from authlib.oauth2.rfc6750 import BearerTokenGenerator
    from authlib.oauth2.rfc7636 import CodeChallenge
    from authlib.oidc.core import OpenIDCode
    from joserfc import jws, jwt
    from joserfc.jwk import ECKey, OKPKey, RSAKey
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
    from starlette.routing import Route

    def rsa(kid: str, bits: int = 2048) -> RSAKey:
        return RSAKey.generate_key(bits, {"kid": kid, "use": "sig"})

    keys: dict[str, Any] = {
        "first": rsa("first"),
        "second": rsa("second"),
        "stranger": rsa("first"),  # calls itself like the first, and is another
        "unknown": rsa("unknown"),
        "weak": rsa("weak", 1024),
        "ec": ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}),
        "ed": OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"}),
        "encrypting": RSAKey.generate_key(2048, {"kid": "encrypting", "use": "enc"}),
    }
    pem = keys["first"].as_pem(private=False)
    behaviour: dict[str, Any] = {}
    codes: dict[str, Any] = {}
    seen: list[dict[str, Any]] = []

    class Client:
        def __init__(self, name: str, secret: str) -> None:
            self.client_id, self.client_secret = name, secret

        def get_client_id(self) -> str:
            return self.client_id

        def get_default_redirect_uri(self) -> None:
            return None

        def get_allowed_scope(self, scope: str) -> str:
            return "openid" if "openid" in scope.split() else ""

        def check_redirect_uri(self, given: str) -> bool:
            return given.startswith("http") and given.endswith("/login/oidc/back")

        def check_client_secret(self, given: str) -> bool:
            return secrets.compare_digest(given, self.client_secret)

        def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
            return (method == "none") == (not self.client_secret)

        def check_response_type(self, kind: str) -> bool:
            return kind == "code"

        def check_grant_type(self, kind: str) -> bool:
            return kind == "authorization_code"

    class Code:
        def __init__(self, **known: Any) -> None:
            self.__dict__.update(known)

        def get_redirect_uri(self) -> str:
            return self.redirect_uri  # pyright: ignore

        def get_scope(self) -> str:
            return "openid"

        def get_nonce(self) -> str:
            return self.nonce  # pyright: ignore

        def get_auth_time(self) -> int:
            return int(time.time())

        def get_acr(self) -> None:
            return None

        get_amr = get_acr

    class Asked(OAuth2Request):
        def __init__(self, request: Request, form: dict[str, str]) -> None:
            super().__init__(request.method, str(request.url), headers=dict(request.headers))
            self._args, self._form = dict(request.query_params), form
            self.headers["Authorization"] = request.headers.get("authorization")
            self.payload = BasicOAuth2Payload(self._args | form)

        @property
        def args(self) -> dict[str, str]:
            return self._args

        @property
        def form(self) -> dict[str, str]:
            return self._form

    class Server(AuthorizationServer):
        def query_client(self, client_id: str) -> Client | None:
            return {CLIENT: Client(CLIENT, SECRET), PUBLIC: Client(PUBLIC, "")}.get(client_id)

        def save_token(self, token: Any, request: Any) -> None:
            return None

        def send_signal(self, name: str, *arguments: Any, **more: Any) -> None:
            return None

        def create_oauth2_request(self, request: Any) -> Any:
            return request

        def handle_response(self, status: int, body: Any, headers: Any) -> Response:
            content = json.dumps(body) if isinstance(body, dict) else body
            return Response(content, status, dict(headers))

    class CodeGrant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]  # noqa: RUF012

        def save_authorization_code(self, code: str, request: Any) -> None:
            told = request.payload.data
            codes[code] = Code(
                redirect_uri=told["redirect_uri"], nonce=told.get("nonce"), subject=request.user,
                client=request.client.client_id, code_challenge=told.get("code_challenge"), code=code,
                code_challenge_method=told.get("code_challenge_method"),
            )  # fmt: skip

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            found = codes.get(code)
            return found if found and found.client == client.client_id else None

        def delete_authorization_code(self, authorization_code: Any) -> None:
            del codes[authorization_code.code]

        def authenticate_user(self, authorization_code: Any) -> str:
            return authorization_code.subject

    class IdToken(OpenIDCode):
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return False

        def encode_id_token(self, token: Any, request: Any) -> str:
            now = int(time.time())
            claims = {
                "iss": address, "aud": request.client.client_id, "sub": request.user, "iat": now, "exp": now + 300,
                "nonce": request.authorization_code.get_nonce(),
            } | behaviour.get("claims", {})  # fmt: skip
            for name, seconds in behaviour.get("moved", {}).items():
                claims[name] = now + seconds
            claims = {name: value for name, value in claims.items() if name not in behaviour.get("without", ())}
            name, algorithm = behaviour.get("key", "first"), behaviour.get("algorithm", "RS256")
            header = {"alg": algorithm, "kid": keys[name].kid} | behaviour.get("header", {})
            header = {name: value for name, value in header.items() if value is not None}
            if "payload" in behaviour:
                return jws.serialize_compact(header, behaviour["payload"], keys[name], [algorithm])
            if algorithm == "none":
                return jws.serialize_compact(header, json.dumps(claims), None, ["none"])
            if algorithm == "HS256":  # by hand: no library signs with a public key
                parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (header, claims)]
                signature = hmac.digest(pem, b".".join(parts), "sha256")
                return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()
            made = jwt.encode(header, claims, keys[name], [algorithm])
            start, middle, end = made.split(".")
            if behaviour.get("swapped"):  # another subject under the signature of this one
                other = jwt.encode(header, claims | {"sub": "somebody-else"}, keys["stranger"], [algorithm])
                middle = other.split(".")[1]
            return behaviour.get("shape", "{0}.{1}.{2}").format(start, middle, end)

    server = Server()
    generator = BearerTokenGenerator(lambda *_, **__: secrets.token_urlsafe(20))
    server.register_token_generator("default", generator)
    server.register_grant(CodeGrant, [IdToken(require_nonce=True), CodeChallenge(required=True)])

    def odd(name: str) -> Response | None:
        """An answer that is not the proper one, late where that is asked for."""
        if name in behaviour.get("silent", {}):
            time.sleep(behaviour["silent"][name])
        wanted = behaviour.get("answer", {}).get(name)
        if wanted is None:
            return None
        body = wanted.get("body", "").encode() + b" " * wanted.get("padding", 0)
        return Response(body, wanted.get("status", 200), wanted.get("headers", {}), "application/json")

    def discovery(request: Request) -> Response:
        told = {
            "issuer": address, "authorization_endpoint": f"{address}/authorize", "token_endpoint": f"{address}/token",
            "jwks_uri": f"{address}/keys", "end_session_endpoint": f"{address}/leave",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        } | behaviour.get("discovery", {})  # fmt: skip
        return odd("discovery") or JSONResponse(told)

    def jwks(request: Request) -> Response:
        shown = behaviour.get("keys", ["first", "ec", "ed", "encrypting"])
        told: list[Any] = [keys[name].as_dict(private=False) for name in shown]
        return odd("keys") or JSONResponse({"keys": told + behaviour.get("more_keys", [])})

    async def authorize(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        asked = Asked(request, {})
        if request.method == "GET":
            server.get_consent_grant(asked, end_user=None)
            return HTMLResponse(
                f"<form method=post action='{escape(str(request.url))}'><input name=subject><button>ok</button></form>"
            )
        grant = server.get_consent_grant(asked, end_user=form["subject"])
        answer = server.create_authorization_response(asked, grant_user=form["subject"], grant=grant)
        to = answer.headers["location"] + "".join(f"&{part}" for part in behaviour.get("answered", [f"iss={address}"]))
        return RedirectResponse(to, 302)

    async def token(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        seen.append(form | {"authorization": request.headers.get("authorization", "")})
        return odd("token") or server.create_token_response(Asked(request, form))

    async def control(request: Request) -> Response:
        behaviour.clear()
        behaviour.update(json.loads(await request.body()))
        return JSONResponse({})

    def told(request: Request) -> Response:
        return JSONResponse(seen)

    def leave(request: Request) -> Response:
        return HTMLResponse(f"<h1>left</h1><p>{escape(str(request.query_params))}</p>")

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", discovery),
            Route("/keys", jwks),
            Route("/authorize", authorize, methods=["GET", "POST"]),
            Route("/token", token, methods=["POST"]),
            Route("/control", control, methods=["POST"]),
            Route("/seen", told),
            Route("/leave", leave),
        ]
    )


def main() -> None:
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(application(address), log_level="warning"))
    print(address, flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
