"""A stand-in for a browser's push service: it reads what it is sent with the browser's own keys."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Browser:
    """The keys that a browser makes for one subscription."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    secret: bytes = b"0123456789abcdef"

    @property
    def p256dh(self) -> str:
        return b64(self.point)

    @property
    def auth(self) -> str:
        return b64(self.secret)

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> bytes:
        """The text of a message for this browser (RFC 8291, section 3.4); raises for any other."""
        salt, record, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, text = body[21 : 21 + length], body[21 + length :]
        assert len(text) <= record, "a second record"
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
        material = _derived(shared, self.secret, b"WebPush: info\x00" + self.point + theirs, 32)
        key = _derived(material, salt, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _derived(material, salt, b"Content-Encoding: nonce\x00", 12)
        return AESGCM(key).decrypt(nonce, text, None).rstrip(b"\x00").removesuffix(b"\x02")


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def claims_of(authorization: str) -> dict[str, Any]:
    """What a VAPID token claims; raises where its signature does not hold for the key beside it."""
    scheme, _, given = authorization.partition(" ")
    fields = dict(part.strip().split("=", 1) for part in given.split(","))
    said, _, signature = fields["t"].rpartition(".")
    r, s = (int.from_bytes(half, "big") for half in (unb64(signature)[:32], unb64(signature)[32:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unb64(fields["k"]))
    key.verify(encode_dss_signature(r, s), said.encode(), ec.ECDSA(SHA256()))
    assert scheme == "vapid"
    assert json.loads(unb64(said.split(".")[0])) == {"typ": "JWT", "alg": "ES256"}
    return {**json.loads(unb64(said.split(".")[1])), "k": fields["k"]}


@dataclass
class PushService:
    """It keeps what it was sent, and answers ``status`` with ``fields``."""

    status: int = 201
    fields: dict[str, str] = field(default_factory=dict)
    port: int = 0
    calls: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)

    def endpoint(self, name: str = "a") -> str:
        return f"http://127.0.0.1:{self.port}/push/{name}"

    def shown(self, browser: Browser) -> list[dict[str, str]]:
        """Every message as the browser's service worker gets it."""
        return [json.loads(browser.read(body)) for _, body, _ in self.calls]


@contextmanager
def push_service() -> Iterator[PushService]:
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.calls.append(
                (self.path, body, {name.lower(): text for name, text in self.headers.items()})
            )
            self.send_response(service.status)
            for name, text in {"Content-Length": "0", **service.fields}.items():
                self.send_header(name, text)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = server.server_address[1]
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
