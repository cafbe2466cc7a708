"""The whole chain, Worker, two processes of the functions and a real Redis: news is at the edge at once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from infra.cli.error_messages import complain, complaint_of
from infra.cli.revalidate import _called, revalidate
from infra.local.cloud import reserve
from infra.project import ROOT
from infra.rigs.upstash_rest import TOKEN
from sabiscore.errors import Refused, SourceUnavailable, UnknownMatch
from sabiscore.publication.publish import publish, read
from tests.support.data_dirs import AS_OF, MATCH_ID, TEAMS, made_up_data_dir
from tests.support.waiting import HANG_S

EDGE = ROOT / "functions" / "edge"
NODE = EDGE / "node_modules" / ".bin" / "node"
SECRETS = {
    "SABISCORE_REVALIDATE_SECRET": "whsec_" + "cmV2YWxz" * 4,
    "SABISCORE_EDGE_SECRET": "whsec_" + "ZWRnZWVk" * 4,
}
READ = f"/api/v1/insights/{MATCH_ID}"
PROCESSES = 2
SERVING = """
import socket, sys
from infra.local.cloud import assemble, serve
serve(assemble(), socket.socket(fileno=int(sys.argv[1])), lambda: print("ready", flush=True))
"""


@contextmanager
def running(command: list[str], **how) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **how)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=HANG_S)


@pytest.fixture
def chain(tmp_path, shared, monkeypatch):
    """(address of the edge, address of the functions, home)."""
    if not NODE.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "functions/edge has no node_modules: make setup"
        )
    data_dir = made_up_data_dir(tmp_path / "home")
    listener = reserve(0)
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    redis = {"UPSTASH_REDIS_REST_URL": shared.url, "UPSTASH_REDIS_REST_TOKEN": TOKEN}
    bindings = [
        f"EDGE_SECRET={SECRETS['SABISCORE_EDGE_SECRET']}",
        *(f"{name}={value}" for name, value in redis.items()),
    ]
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers/core/python")])
    environ = {**os.environ, "PYTHONPATH": path, "SABISCORE_HOME": str(data_dir), **redis, **SECRETS}
    with ExitStack() as stack:
        worker = stack.enter_context(running([str(NODE), "test/serve.ts", origin, *bindings], cwd=EDGE))
        edge = worker.stdout.readline().strip()
        command = [sys.executable, "-c", SERVING, str(listener.fileno())]
        for _ in range(PROCESSES):
            process = running(
                command,
                env={**environ, "SABISCORE_EDGE_URL": edge},
                cwd=tmp_path,
                pass_fds=[listener.fileno()],
            )
            assert stack.enter_context(process).stdout.readline() == "ready\n"
        monkeypatch.setenv("SABISCORE_REVALIDATE_SECRET", SECRETS["SABISCORE_REVALIDATE_SECRET"])
        yield edge, origin, data_dir
    listener.close()


def ask(url: str) -> httpx.Response:
    return httpx.get(url + READ, timeout=HANG_S)


def other_prices(data_dir: Path) -> None:
    """Publishes the same matches again, at other prices."""
    known = read(data_dir / "publication")
    prices = {("1x2", "avg", "pre"): (2.9, 3.3, 2.5)}
    priced_at = AS_OF - timedelta(minutes=5)
    matches = [replace(match, prices=prices, priced_at=priced_at) for match in known.matches.values()]
    publish(
        data_dir / "publication",
        matches,
        lambda path: path.write_bytes(known.states.read_bytes()),
        as_of=AS_OF,
        published_at=AS_OF,
        kind="simulated",
        rehearsal=True,
        source="made up for tests",
        rosters={"epl": TEAMS},
    )


def test_after_an_accepted_call_the_edge_has_the_news_and_nothing_old(chain):
    edge, origin, data_dir = chain
    for _ in range(4):
        ask(origin)
    old = ask(edge).json()["probabilities"]
    other_prices(data_dir)
    kept = ask(edge)
    assert "hit" in kept.headers["cache-status"]
    assert kept.json()["probabilities"] == old  # nobody has told the edge yet

    answer = _called(origin, {"match": MATCH_ID})
    assert answer["tags"] == ["list:epl", f"match:{MATCH_ID}"]
    assert answer["edge"] == {"told": True, "reason": None}
    first = ask(edge)
    assert first.json()["probabilities"] != old
    seen = {ask(edge).content for _ in range(10)} | {ask(origin).content for _ in range(10)}
    assert seen == {first.content}
    assert "hit" in ask(edge).headers["cache-status"]


def test_a_call_that_is_refused_says_so(chain, monkeypatch, capfd):
    _, origin, _ = chain
    monkeypatch.setenv("SABISCORE_REVALIDATE_SECRET", "whsec_" + "b3RoZXIh" * 4)
    with pytest.raises(Refused, match="401: The call is not signed") as refused:
        _called(origin, {"match": MATCH_ID})
    assert complain(complaint_of(refused.value)) == 2
    monkeypatch.setenv("SABISCORE_REVALIDATE_SECRET", SECRETS["SABISCORE_REVALIDATE_SECRET"])
    with pytest.raises(Refused, match=r"422: .*a tag is odds") as invalid:
        _called(origin, {"tags": ["nothing"]})
    assert str(invalid.value).count("a tag is odds") == 1
    with pytest.raises(UnknownMatch, match="No coming match has the id 'epl-2526-nobody-noone'"):
        revalidate(match="epl-2526-nobody-noone", url=origin)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(SourceUnavailable, match="did not answer"):
            _called(f"http://127.0.0.1:{nobody.getsockname()[1]}", {"match": MATCH_ID})
