"""Parameters of AWS: what moto keeps is read, and of a store that fails nothing but the kind is reported."""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from httpx_auth import AWS4Auth

from sabiscore.errors import BadSetting, SecretsUnavailable
from sabiscore.net.aws_account import AwsAccount
from sabiscore.net.parameter_store import ATTEMPTS, MOST_REPLY_BYTES, ParameterReader
from tests.support.parameters import aws_environ, parameters, put_secret

CANARY = "c4n4ry-of-thirty-letters------"
DEADLINE_S = 30.0
"""Long: none of these tests is about it but the one of a store that hangs."""


def account(url: str) -> AwsAccount:
    return AwsAccount.read(aws_environ(url), "ssm", "SABISCORE_SECRETS")


@dataclass
class Scripted:
    """A store that gives ``answers`` in turn, the last of them for ever; ``None`` is no answer at all."""

    answers: Sequence[tuple[int, bytes] | None]
    asked: list[dict[str, str]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    def next(self) -> tuple[int, bytes] | None:
        return self.answers[min(len(self.asked), len(self.answers)) - 1]

    def store(self) -> ParameterReader:
        return ParameterReader(account(self.url), pause=self.pauses.append, jitter=lambda: 0.5)


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    script = Scripted(())

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            script.asked.append({**self.headers, "body": body.decode()})
            given = script.next()
            if given is None:
                script.released.wait()
                return
            self.send_response(given[0])
            self.send_header("Content-Length", str(len(given[1])))
            self.end_headers()
            self.wfile.write(given[1])

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        server.daemon_threads = True
        script.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield script
        script.released.set()
        server.shutdown()
        thread.join()


def failure(kind: str, status: int = 400) -> tuple[int, bytes]:
    return status, json.dumps({"__type": f"com.amazonaws.ssm#{kind}", "message": CANARY}).encode()


def found(**values: str) -> tuple[int, bytes]:
    listed = [{"Name": name, "Value": value} for name, value in values.items()]
    return 200, json.dumps({"Parameters": listed, "InvalidParameters": []}).encode()


def test_secure_strings_are_read_decrypted_and_what_is_missing_is_left_out(s3):
    path = f"/sabiscore/{uuid4().hex}"
    put_secret(s3, "CRON_SECRET", CANARY, path)
    parameters(s3).put_parameter(Name=f"{path}/EDGE_URL", Value="https://edge.example.com", Type="String")
    names = [f"{path}/{name}" for name in ("CRON_SECRET", "EDGE_URL", "NOWHERE")]
    assert ParameterReader(account(s3)).get(names, DEADLINE_S) == {
        f"{path}/CRON_SECRET": CANARY,
        f"{path}/EDGE_URL": "https://edge.example.com",
    }


def test_ten_names_are_one_call(scripted):
    scripted.answers = [found(n01="a"), found(n11="b")]
    assert scripted.store().get([f"n{n:02}" for n in range(1, 12)], DEADLINE_S) == {"n01": "a", "n11": "b"}
    first, second = (json.loads(call["body"]) for call in scripted.asked)
    assert (len(first["Names"]), second["Names"]) == (10, ["n11"])
    assert first["WithDecryption"] is second["WithDecryption"] is True


@pytest.mark.parametrize(
    "answer",
    [failure("ThrottlingException"), (500, b"<html>"), (429, b""), failure("InternalServerError", 500)],
)
def test_a_busy_store_is_asked_again_after_a_pause(scripted, answer):
    scripted.answers = [answer, answer, found(a="1")]
    assert scripted.store().get(["a"], DEADLINE_S) == {"a": "1"}
    assert scripted.pauses == pytest.approx([0.15, 0.3])


def test_one_that_stays_busy_is_given_up(scripted):
    scripted.answers = [failure("ThrottlingException")]
    with pytest.raises(SecretsUnavailable, match="answered 400 ThrottlingException"):
        scripted.store().get(["a"], DEADLINE_S)
    assert len(scripted.asked) == ATTEMPTS


@pytest.mark.parametrize(
    "answer",
    [
        failure("AccessDeniedException"),
        failure("ExpiredTokenException"),
        failure("ValidationException"),
        (403, b""),
        (302, b""),
        (200, CANARY.encode()),
        (200, b"[" * 100_000),
        (200, b"[]"),
        (200, json.dumps({"Parameters": [CANARY]}).encode()),
        (200, json.dumps({"Parameters": [{"Name": "a", "Value": [CANARY]}]}).encode()),
        (200, json.dumps(CANARY + " " * MOST_REPLY_BYTES).encode()),
    ],
    ids=range(11),
)
def test_what_no_retry_mends_is_reported_at_once_and_without_what_was_answered(scripted, answer):
    scripted.answers = [answer]
    with pytest.raises(SecretsUnavailable) as met:
        scripted.store().get(["a"], DEADLINE_S)
    assert len(scripted.asked) == 1
    assert ("role" in met.value.hint) == (
        b"Denied" in answer[1] or b"Expired" in answer[1] or answer[0] == 403
    )
    seen = "".join(traceback.format_exception(met.value)) + met.value.hint
    assert not [secret for secret in (CANARY, "a-secret-of-tests", "Signature") if secret in seen]


def test_a_store_that_hangs_is_left_at_the_deadline(scripted):
    scripted.answers = [None]
    with pytest.raises(SecretsUnavailable, match=r"gave no answer within 0\.2 s|could not be reached"):
        scripted.store().get(["a"], 0.2)


def test_a_store_that_is_not_there_is_reported():
    store = ParameterReader(account("http://127.0.0.1:9"), pause=lambda _: None)
    with pytest.raises(SecretsUnavailable, match="could not be reached"):
        store.get(["a"], DEADLINE_S)


def test_the_signature_is_the_one_that_amazons_own_client_makes():
    """moto takes any signature; AWS does not."""
    auth = AWS4Auth("AKIDEXAMPLE", "secret", "eu-west-1", "ssm", security_token="token/+=")
    url, body = "https://ssm.eu-west-1.amazonaws.com/", b'{"Names": ["/a"], "WithDecryption": true}'
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM.GetParameters"}
    ours = httpx.Request("POST", url, headers=headers, content=body)
    next(auth.auth_flow(ours))
    names = ours.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    signed = {name: ours.headers[name] for name in names if name != "host"}
    theirs = AWSRequest("POST", url, headers=signed, data=body)
    theirs.context["timestamp"] = ours.headers["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", "secret", "token/+="), "ssm", "eu-west-1")
    text = signer.string_to_sign(theirs, signer.canonical_request(theirs))
    assert ours.headers["authorization"].endswith(f"Signature={signer.signature(text, theirs)}")
    assert {"x-amz-target", "x-amz-security-token", "content-type"} <= set(names)


def test_credentials_that_are_missing_are_reported():
    with pytest.raises(
        BadSetting, match="SABISCORE_SECRETS is set, but the environment has no AWS"
    ) as refused:
        AwsAccount.read({"AWS_REGION": "eu-west-1"}, "ssm", "SABISCORE_SECRETS")
    assert refused.value.setting == "SABISCORE_SECRETS"
