"""What Cloudflare answers, as errors that say what to do and never show the token."""

from __future__ import annotations

import httpx
import pytest

from infra.deploy.cloudflare import Cloudflare
from sabiscore.errors import BadSetting, Refused, SabiScoreError, Unavailable

ACCOUNT, TOKEN = "0123456789abcdef" * 2, "token-of-tests-123"


def answering(answer: httpx.Response | Exception) -> Cloudflare:
    def respond(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Cloudflare(ACCOUNT, TOKEN, transport=httpx.MockTransport(respond))


def of(result: object) -> httpx.Response:
    return httpx.Response(200, json={"success": True, "result": result})


def test_the_address_is_known_before_there_is_a_worker() -> None:
    cloud = answering(of({"subdomain": "mine"}))
    assert cloud.address("sabiscore-edge-x") == "https://sabiscore-edge-x.mine.workers.dev"


@pytest.mark.parametrize("answer", [httpx.Response(404, json={}), of({"subdomain": None})])
def test_an_account_without_a_domain_is_told_how_to_get_one(answer: httpx.Response) -> None:
    with pytest.raises(Refused) as caught:
        answering(answer).address("worker")
    assert "--edge-url" in caught.value.hint


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(403, json={"errors": [TOKEN]}), Refused),
        (httpx.Response(500, json={}), Unavailable),
        (httpx.Response(200, text="<html>"), Unavailable),
        (httpx.Response(200, json=[]), Unavailable),
        (httpx.ConnectError("no"), Unavailable),
    ],
)
def test_what_is_no_answer_is_an_error_that_does_not_show_the_token(
    answer: httpx.Response | Exception, kind: type[SabiScoreError]
) -> None:
    with pytest.raises(kind) as caught:
        answering(answer).worker("worker")
    assert caught.value.hint
    assert TOKEN not in f"{caught.value} {caught.value.hint} {answering(answer)!r}"


def test_there_is_no_worker_before_the_first_deployment() -> None:
    assert answering(httpx.Response(404, json={})).worker("worker") is None


@pytest.mark.parametrize(
    ("account", "environ"),
    [(ACCOUNT, {}), ("", {"CLOUDFLARE_API_TOKEN": TOKEN}), ("mine", {"CLOUDFLARE_API_TOKEN": TOKEN})],
)
def test_what_is_missing_or_no_account_is_refused(account: str, environ: dict[str, str]) -> None:
    with pytest.raises(BadSetting) as caught:
        Cloudflare.read(account, environ)
    assert TOKEN not in str(caught.value)
