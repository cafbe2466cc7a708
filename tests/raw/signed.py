"""Signed calls: what of their three fields holds, and what does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from sabiscore.http.signatures import signature
from tests.raw.input import Input, Seen, request

SECRET = "whsec_" + "c2VjcmV0" * 4
OTHER = "whsec_" + "b3RoZXIh" * 4
BODY = json.dumps({"tag": "odds"}).encode()

Spell = Callable[[int], str]


def _call(
    name: str,
    status: int,
    *,
    spell: Spell = str,
    signed_as: Spell | None = None,
    late_s: int = 0,
    secret: str = SECRET,
    alter: Callable[[str], str] = lambda text: text,
    body: bytes = BODY,
    sent: bytes | None = None,
    call_id: Callable[[], str] = lambda: f"call_{uuid4().hex}",
    more: tuple[str, ...] = (),
) -> Input:
    """A call whose timestamp is written by ``spell`` and signed as ``signed_as`` writes it."""

    def send(_: Seen) -> bytes:
        at, identity = int(datetime.now(UTC).timestamp()) + late_s, call_id()
        claimed = alter(_signature(secret, identity, (signed_as or spell)(at), body))
        fields = [
            f"webhook-id: {identity}",
            f"webhook-timestamp: {spell(at)}",
            f"webhook-signature: {claimed}",
        ]
        content = body if sent is None else sent
        head = ("Content-Type: application/json", f"Content-Length: {len(content)}", *fields, *more)
        return request("POST /api/revalidate HTTP/1.1", *head, body=content)

    return Input(
        name=f"a call: {name}", send=send, status=status, problem="unauthorized" if status == 401 else ""
    )


def _signature(secret: str, call_id: str, at: str, body: bytes) -> str:
    # Signed is the text of the timestamp: the body begins where the id and a number end.
    if at.isdecimal() and str(int(at)) == at:
        return signature(secret, call_id, int(at), body)
    from base64 import b64encode
    from hmac import digest

    from sabiscore.http.signatures import key_of

    return "v1," + b64encode(digest(key_of(secret), f"{call_id}.{at}.".encode() + body, "sha256")).decode()


INPUTS = (
    _call("as it should be", 200),
    _call("four minutes late", 200, late_s=-240),
    _call("six minutes late", 401, late_s=-360),
    _call("six minutes early", 401, late_s=360),
    _call("by another secret", 401, secret=OTHER),
    _call("a zero before the timestamp, signed with it", 401, spell=lambda at: f"0{at}"),
    _call("a zero before the timestamp, signed without it", 401, spell=lambda at: f"0{at}", signed_as=str),
    _call("a sign before the timestamp", 401, spell=lambda at: f"+{at}", signed_as=str),
    _call("a fraction in the timestamp", 401, spell=lambda at: f"{at}.0", signed_as=str),
    _call("milliseconds", 401, spell=lambda at: f"{at}000"),
    _call("a timestamp in Arabic digits", 401, spell=lambda at: "\xb2" + str(at)[1:], signed_as=str),
    _call("a full stop in the id", 401, call_id=lambda: f"call.{uuid4().hex}"),
    _call("no id", 401, call_id=lambda: ""),
    _call("an id of 129 letters", 401, call_id=lambda: "a" * 97 + uuid4().hex),
    _call("another version", 401, alter=lambda text: text.replace("v1,", "v2,")),
    _call("a signature without padding", 401, alter=lambda text: text.rstrip("=")),
    _call("a signature among others", 200, alter=lambda text: f"v1,{'A' * 43}= {text}"),
    _call(
        "a signature after eight others", 401, alter=lambda text: " ".join([f"v1,{'A' * 43}="] * 8 + [text])
    ),
    _call("another body", 401, sent=b'{"tag": "odd_"}'),
    _call("a byte order mark that was not signed", 401, sent=b"\xef\xbb\xbf" + BODY),
    _call("two ids", 401, more=("webhook-id: other",)),
    _call("two timestamps", 401, more=("webhook-timestamp: 1",)),
)
