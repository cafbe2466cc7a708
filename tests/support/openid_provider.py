"""A stand-in of an OpenID provider on 127.0.0.1: it publishes, takes codes once and signs ID tokens."""

from __future__ import annotations

import hmac
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "sabiscore-site", "client-secret-of-tests"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(kw_only=True)
class StandInProvider:
    """``claims`` go into every ID token, over what is right; ``sign`` makes the token of them."""

    url: str
    now: Callable[[], float]
    claims: dict[str, Any] = field(default_factory=dict)
    key: Any = KEY
    kid: str = "first"
    published_kid: str = "first"
    issuer: str = ""
    sign: Callable[[dict[str, Any]], str] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)

    def authorize(self, location: str, code: str = "code-of-the-provider") -> dict[str, str]:
        """What the provider sends a reader back with who signed in there."""
        parts = urlsplit(location)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/authorize"
        asked = dict(parse_qsl(parts.query))
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid email")
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.url}

    def published(self, path: str) -> dict[str, Any] | None:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            endpoints = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            return {
                "issuer": self.issuer or self.url,
                **{name: f"{self.url}/{path}" for name, path in endpoints.items()},
            }
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            return {"keys": [{**public, "kid": self.published_kid, "use": "sig"}]}
        return None

    def tokens(self, form: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, which is taken once, by whoever has its verifier."""
        self.asked.append("/token")
        self.forms.append(form)
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or not 43 <= len(verifier) <= 128
            or form["redirect_uri"] != asked["redirect_uri"]
            or (form["client_id"], form["client_secret"]) != (CLIENT_ID, CLIENT_SECRET)
        ):
            return None
        right = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": "248289761001",
            "iat": int(self.now()),
            "exp": int(self.now()) + 300,
            "nonce": asked["nonce"],
            "email": "reader@example.com",
            "email_verified": True,
        }
        claims = {name: value for name, value in (right | self.claims).items() if value is not None}
        token = self.sign(claims) if self.sign else self.signed(claims)
        return {"access_token": "of-the-provider", "token_type": "Bearer", "id_token": token}

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.kid})


def signed_by_hmac(claims: dict[str, Any], secret: bytes) -> str:
    """A token as no library makes it: PyJWT refuses a public key for a secret."""
    parts = [{"alg": "HS256", "typ": "JWT", "kid": "first"}, claims]
    named = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    signature = urlsafe_b64encode(hmac.digest(secret, named, "sha256")).rstrip(b"=")
    return b".".join((named, signature)).decode()


@contextmanager
def openid_provider(now: Callable[[], float]) -> Iterator[StandInProvider]:
    """A provider that listens, whose clock is ``now``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(provider.published(urlsplit(self.path).path))

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(sent).items()}
            self._answer(provider.tokens(form), 400)

        def _answer(self, document: dict[str, Any] | None, status: int = 404) -> None:
            body = json.dumps(document or {"error": "invalid_grant"}).encode()
            self.send_response(status if document is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = StandInProvider(url=f"http://127.0.0.1:{server.server_port}", now=now)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
