"""Parameters of AWS Systems Manager, decrypted, through the HTTP client that functions have already.

Signed by httpx-auth, as calls to the bucket are (docs/decisions/no-boto3-for-the-bucket.md). Source of the
protocol: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import httpx
from httpx_auth import AWS4Auth

from sabiscore.errors import SecretsUnavailable
from sabiscore.net.aws_account import AwsAccount
from sabiscore.net.tls import tls_context

MOST_NAMES = 10
"""That one call may ask for."""
MOST_REPLY_BYTES = 256 * 1024
"""Ten parameters of the largest kind have 80 KiB."""
PARAMETER_CONNECT_S = 1.0
ATTEMPTS = 3
FIRST_PAUSE_S = 0.1
JITTER = 1.0
"""Up to twice the pause: many functions start at once, and the store takes 40 calls a second."""

_TARGET = "AmazonSSM.GetParameters"
_DENIED = frozenset({
    "AccessDeniedException", "ExpiredTokenException", "IncompleteSignature", "InvalidSignatureException",
    "MissingAuthenticationTokenException", "UnrecognizedClientException",
})  # fmt: skip
_BUSY = frozenset({"ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"})
_TYPE = re.compile(r"[A-Za-z]{1,60}")

_DENIED_HINT = (
    "Let the function's role call ssm:GetParameters on what SABISCORE_SECRETS names, kms:Decrypt by a key "
    "of yours too; see that clock and region are right."
)
_AWAY_HINT = "It is asked again by itself; see that the function can reach AWS Systems Manager."
_BAD_ANSWER = "gave an answer that is none"

T = TypeVar("T")


class _Retryable(Exception):
    """Why another attempt may help, in words without any value."""


class ParameterReader:
    """The parameters of ``account``; a call that may do better is made again, ``attempts`` times in all.

    No redirect is followed, and no proxy is taken from the environment.
    """

    def __init__(
        self,
        account: AwsAccount,
        *,
        attempts: int = ATTEMPTS,
        pause: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._account = account
        self._attempts = attempts
        self._pause = pause
        self._jitter = jitter

    def get(self, names: Sequence[str], deadline_s: float) -> dict[str, str]:
        """Name → value, of those of ``names`` that there are; each ten are one call.

        Raises SecretsUnavailable, whose words hold no value, unless all is known within ``deadline_s``.
        """
        return _within(deadline_s, lambda: self._all(names, deadline_s))

    def _all(self, names: Sequence[str], deadline_s: float) -> dict[str, str]:
        found: dict[str, str] = {}
        # Half: a call that hangs leaves time for another.
        timeout = httpx.Timeout(deadline_s / 2, connect=min(PARAMETER_CONNECT_S, deadline_s / 2))
        auth, tls = _auth(self._account), tls_context()
        with httpx.Client(auth=auth, verify=tls, timeout=timeout, trust_env=False) as client:
            for first in range(0, len(names), MOST_NAMES):
                found |= self._persistently(client, names[first : first + MOST_NAMES])
        return found

    def _persistently(self, client: httpx.Client, names: Sequence[str]) -> dict[str, str]:
        """One call, made again where that may help."""
        attempt = 1
        while True:
            try:
                return _values(self._call(client, names))
            except _Retryable as error:
                if attempt == self._attempts:
                    raise _unreachable(str(error)) from None
            self._pause(FIRST_PAUSE_S * 2.0 ** (attempt - 1) * (1 + JITTER * self._jitter()))
            attempt += 1

    def _call(self, client: httpx.Client, names: Sequence[str]) -> Any:
        """What the store answers, read as JSON. Raises _Retryable and SecretsUnavailable."""
        headers = {
            "Accept-Encoding": "identity",
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": _TARGET,
        }
        body = json.dumps({"Names": list(names), "WithDecryption": True}).encode()
        try:
            with client.stream("POST", _address(self._account), headers=headers, content=body) as response:
                status, text = response.status_code, _bounded(response)
        except (httpx.HTTPError, OSError) as error:
            # What led here holds the request, and that our signature.
            raise _Retryable(f"could not be reached ({type(error).__name__})") from None
        if status == 200:
            return _json(text)
        raise _refusal(status, text)


def _within(deadline_s: float, work: Callable[[], T]) -> T:
    """What ``work`` gives; it is left behind in its thread at the deadline, where its own time-outs end it.

    httpx has a time-out for each read, none for all of them, and none for looking up a name.
    """
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except SecretsUnavailable as error:
            done.set_exception(error)
        except Exception as error:  # whatever a client does wrong is one thing to callers, and holds our key
            done.set_exception(_unreachable(f"could not be asked ({type(error).__name__})"))

    threading.Thread(target=run, name="parameters", daemon=True).start()
    try:
        return done.result(deadline_s)
    except TimeoutError:
        raise _unreachable(f"gave no answer within {deadline_s:g} s") from None


def _auth(account: AwsAccount) -> AWS4Auth:
    return AWS4Auth(
        account.access_id, account.secret, account.region, "ssm", security_token=account.token or ""
    )


def _address(account: AwsAccount) -> str:
    """Where the store answers.

    >>> _address(AwsAccount("eu-west-1", "id", "key"))
    'https://ssm.eu-west-1.amazonaws.com/'
    """
    return f"{account.endpoint or f'https://ssm.{account.region}.amazonaws.com'}/"


def _bounded(response: httpx.Response) -> bytes:
    received = b""
    for part in response.iter_raw():
        received += part
        if len(received) > MOST_REPLY_BYTES:
            raise _unreachable(_BAD_ANSWER)
    return received


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise _unreachable(_BAD_ANSWER) from None


def _values(answer: Any) -> dict[str, str]:
    """Name → value of the parameters in ``answer``; those that there are not are named apart in it."""
    parameters = answer.get("Parameters") if isinstance(answer, dict) else None
    if not isinstance(parameters, list):
        raise _unreachable(_BAD_ANSWER)
    return dict(map(_value, parameters))


def _value(parameter: Any) -> tuple[str, str]:
    """(name, value) of one parameter of an answer."""
    if isinstance(parameter, dict):
        name, value = parameter.get("Name"), parameter.get("Value")
        if isinstance(name, str) and isinstance(value, str):
            return name, value
    raise _unreachable(_BAD_ANSWER)


def _refusal(status: int, text: bytes) -> Exception:
    """What a status other than 200 means: no text of the answer but the word for its kind."""
    kind = _kind(text)
    said = f"answered {status} {kind}".rstrip()
    if kind in _BUSY or status == 429 or status >= 500:
        return _Retryable(said)
    return _unreachable(said, denied=kind in _DENIED or status in (401, 403))


def _kind(text: bytes) -> str:
    """The word for the kind of an error, like ``AccessDeniedException``; "" where there is none."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    named = str(answer.get("__type", "")).rpartition("#")[2] if isinstance(answer, dict) else ""
    return named if _TYPE.fullmatch(named) else ""


def _unreachable(what: str, *, denied: bool = False) -> SecretsUnavailable:
    hint = _DENIED_HINT if denied else _AWAY_HINT
    return SecretsUnavailable(f"The store of secrets {what}.", hint=hint)
