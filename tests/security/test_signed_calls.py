"""B3: no call that is malformed, copied, too early, too late or signed with another secret does anything.

B12: no secret is in an answer, a log line or a repr, whatever goes wrong.
"""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from datetime import timedelta

import pytest

from sabiscore.errors import CacheUnavailable, EdgeUnavailable
from sabiscore.http.signatures import key_of, signature, signed_headers
from sabiscore.observability.log import log
from tests.support.served import NOW, SECRET, world

URL = "/api/revalidate"
ID = "epl-2526-arsenal-chelsea"
BODY = json.dumps({"match": ID}).encode()
AT = int(NOW.timestamp())
OTHER = "whsec_" + "b3RoZXIh" * 5
RETIRED = "whsec_" + "cmV0aXJl" * 5
JSON = {"content-type": "application/json"}


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def fields(call_id="call_1", at=str(AT), signature_=None, body=BODY, secret=SECRET):
    signature_ = signature(secret, call_id, int(at), body) if signature_ is None else signature_
    return {"webhook-id": call_id, "webhook-timestamp": at, "webhook-signature": signature_}


def without(name):
    return {key: value for key, value in fields().items() if key != name}


GOOD = fields()["webhook-signature"]
RAW = GOOD.removeprefix("v1,")

SIGNATURES = {
    "empty": "",
    "no version": RAW,
    "version 2": f"v2,{RAW}",
    "asymmetric": f"v1a,{RAW}",
    "upper case": f"V1,{RAW}",
    "a colon": f"v1:{RAW}",
    "two commas": f"v1,,{RAW}",
    "a space": f"v1, {RAW}",
    "cut": GOOD[:-2],
    "no padding": GOOD[:-1],
    "more padding": GOOD + "=",
    "longer": GOOD + "A",
    "another last letter": GOOD[:-2] + ("A" if GOOD[-2] != "A" else "B") + "=",
    "lower case": GOOD.lower(),
    "of nothing": "v1," + "A" * 43 + "=",
    "url-safe": f"v1,{'-' * 43}=",
    "hex": "v1," + "0" * 64,
    "not base64": "v1," + "!" * 43 + "=",
    "separated by commas": f"v1,{'A' * 43}=,{GOOD}",
    "separated by tabs": f"v1,{'A' * 43}=\t{GOOD}",
    "the ninth": " ".join([f"v1,{'A' * 43}="] * 8 + [GOOD]),
    "as long as fields may be": "v1," + "A" * 7_000,
    "the secret itself": SECRET,
    "the key itself": "v1," + b64encode(key_of(SECRET)).decode(),
}
IDS = {
    "empty": "",
    "a dot": "call.1",
    "a space": "call 1",
    "a slash": "../call",
    "a new line": "call_1\n",
    "too long": "a" * 129,
    "markup": "<b>",
    "a NUL": "a\x00",
    "another": "call_2",
}
TIMES = {
    "empty": "",
    "words": "now",
    "a fraction": f"{AT}.0",
    "signed": f"+{AT}",
    "negative": f"-{AT}",
    "an exponent": "1e9",
    "milliseconds": f"{AT}000",
    "hexadecimal": hex(AT),
    "a space": f" {AT}",
    "an underscore": "1_000_000_000",
    "other digits": "".join(chr(0x660 + int(digit)) for digit in str(AT)),
    "very long": "9" * 400,
    "a second later": str(AT + 1),
}

CASES = {
    "nothing at all": {},
    "no id": without("webhook-id"),
    "no timestamp": without("webhook-timestamp"),
    "no signature": without("webhook-signature"),
    **{f"signature {name}": fields(signature_=signed) for name, signed in SIGNATURES.items()},
    **{f"id {name}": {**fields(), "webhook-id": call_id} for name, call_id in IDS.items()},
    **{f"time {name}": {**fields(), "webhook-timestamp": at} for name, at in TIMES.items()},
    **{f"late by {n} s": fields(at=str(AT - n)) for n in (301, 600, 3600, 86_400, 10**9)},
    **{f"early by {n} s": fields(at=str(AT + n)) for n in (301, 600, 3600, 86_400, 10**9)},
    "another secret": fields(secret=OTHER),
    "a retired secret": fields(secret=RETIRED),
    "the secret as text": fields(signature_=signature("x" + SECRET, "call_1", AT, BODY)),
    "two other secrets": fields(
        signature_=f"{signature(OTHER, 'call_1', AT, BODY)} {signature(RETIRED, 'call_1', AT, BODY)}"
    ),
    "another body": fields(body=BODY + b" "),
    "an empty body": fields(body=b""),
    "id and time swapped": {**fields(), "webhook-id": str(AT), "webhook-timestamp": "1"},
    "parts moved over the dot": fields(signature_=signature(SECRET, f"call_1.{AT}", int(str(AT)[0]), BODY)),
    "other names": {f"svix-{name.removeprefix('webhook-')}": value for name, value in fields().items()},
    "as authorisation": {"authorization": f"Bearer {SECRET}"},
}


def post(served, headers, content=BODY):
    sent = {name: value.encode("utf-8") for name, value in {**JSON, **headers}.items()}
    return served.client.post(URL, content=content, headers=sent)


def test_there_are_sixty():
    assert len(CASES) >= 60


@pytest.mark.parametrize("headers", CASES.values(), ids=CASES)
def test_it_is_refused_with_401_and_nothing_is_done(served, headers):
    answer = post(served, headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "StandardWebhooks"
    assert answer.json()["type"] == "/docs#problem-unauthorized"
    assert served.edge.purges == []
    # And it is no reason to refuse the real one.
    assert post(served, fields()).status_code == 200


BODIES = {
    "a wrong secret": {"secret": "x" * 40, "path": f"/match/{ID}"},
    "a secret cut short": {"secret": SECRET[:-1], "path": f"/match/{ID}"},
    "an empty secret": {"secret": "", "path": f"/match/{ID}"},
    "no secret": {"path": f"/match/{ID}"},
    "a secret in a list": {"secret": [SECRET], "path": f"/match/{ID}"},
    "a number": {"secret": 1, "path": f"/match/{ID}"},
    "true": {"secret": True, "path": f"/match/{ID}"},
    "nothing": None,
    "a list": [SECRET],
    "a lone surrogate": {"secret": "\ud800" * 24, "path": f"/match/{ID}"},
}


@pytest.mark.parametrize("asked", BODIES.values(), ids=BODIES)
def test_a_body_without_our_secret_is_refused(served, asked):
    assert post(served, {}, json.dumps(asked).encode()).status_code == 401
    assert served.edge.purges == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 60_000, b'{"secret":' + b"9" * 5000 + b"}"])
def test_a_body_that_cannot_be_read_is_refused(served, content):
    assert post(served, {}, content).status_code == 401


def test_a_copy_is_refused_however_often_it_comes(served):
    assert post(served, fields()).status_code == 200
    for _ in range(10):
        assert post(served, fields()).status_code == 401
    served.clock.at += timedelta(seconds=299)
    assert post(served, fields()).status_code == 401
    assert len(served.edge.purges) == 1


def test_a_copy_of_a_call_from_ahead_is_refused_for_as_long_as_it_holds(served):
    ahead = fields(at=str(AT + 300))
    assert post(served, ahead).status_code == 200
    for _ in range(12):
        served.clock.at += timedelta(seconds=60)
        assert post(served, ahead).status_code == 401
    assert len(served.edge.purges) == 1


def test_with_both_secrets_set_callers_move_one_by_one_and_the_old_one_ends(served):
    served.calls._secrets = (OTHER, SECRET)
    assert post(served, fields("call_1")).status_code == 200
    assert post(served, fields("call_2", secret=OTHER)).status_code == 200
    both = f"{signature(RETIRED, 'call_3', AT, BODY)} {signature(OTHER, 'call_3', AT, BODY)}"
    assert post(served, fields("call_3", signature_=both)).status_code == 200
    served.calls._secrets = (OTHER,)
    assert post(served, fields("call_4")).status_code == 401


def test_without_a_secret_every_call_is_refused(served):
    served.calls._secrets = ()
    assert post(served, fields()).status_code == 401
    assert post(served, {}, json.dumps({"secret": "", "path": f"/match/{ID}"}).encode()).status_code == 401


class Lines(logging.Handler):
    """Keeps what is logged, as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(f"{log().handlers[0].format(record)} {record.__dict__}")


@pytest.fixture
def lines():
    handler = Lines()
    log().addHandler(handler)
    yield handler.kept
    log().removeHandler(handler)


def test_no_secret_is_ever_shown(served, lines):
    """B12, through every way a call can end."""
    shown = [post(served, headers) for name, headers in CASES.items()]
    old = {"secret": SECRET, "path": f"/match/{ID}"}
    asked = [
        old,
        {**old, "path": "/nowhere"},
        {**old, "more": SECRET},
        {**old, "tag": SECRET},
        {"secret": SECRET},
    ]
    shown += [post(served, {}, json.dumps(request).encode()) for request in asked]
    shown += [post(served, signed_headers([SECRET], content, NOW), content) for content in _signed_bodies()]
    served.edge.error = EdgeUnavailable("The edge answered 401.")
    shown += [post(served, {}, json.dumps(old).encode())]

    async def fail(names):
        raise CacheUnavailable("The shared cache failed (HTTPError).")

    async def broken(names):
        raise RuntimeError(f"{served.calls!r} {served.revalidation!r}")

    for fault in (fail, broken):
        served.revalidation._kept.invalidate = fault
        shown += [post(served, {}, json.dumps(old).encode())]
    assert {answer.status_code for answer in shown} == {200, 401, 422, 500, 503}
    assert lines
    canaries = (SECRET, SECRET[6:], key_of(SECRET).decode(), RAW)
    texts = [answer.text + str(answer.headers) for answer in shown] + lines
    assert not [request for request in texts if any(canary in request for canary in canaries)]


def _signed_bodies():
    bodies = ({"match": ID}, {"match": SECRET}, {"path": SECRET}, {"tags": [SECRET]}, {SECRET: SECRET})
    return [json.dumps(body).encode() for body in bodies]
