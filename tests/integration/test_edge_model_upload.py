"""The edge model is sent to its Worker once for all that it is made from, and a failure is reported."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.local.edge import EDGE, NODE
from sabiscore.clock import FixedClock
from sabiscore.edge_model.packed import unpack
from sabiscore.errors import EdgeUnavailable
from sabiscore.http.signatures import signed_headers
from sabiscore.inference.manifest import EDGE_GRAPH, MANIFEST
from sabiscore.net.cas_store import MemoryCasStore
from sabiscore.net.edge import UPLOAD_DEADLINE_S, EdgeClient
from sabiscore.pipeline.edge_model_upload import upload_edge_model
from tests.support.edge_models import ASSET, shared_world, world_of

SECRET = "whsec_" + "Y2FuYXJ5" * 5
OTHER_SECRET = "whsec_" + "b3RoZXJz" * 5


def test_a_model_is_sent_once_for_all_that_it_is_made_from() -> None:
    folder, insights = shared_world()
    sent: list[bytes] = []
    store = MemoryCasStore()
    for _ in range(2):
        assert upload_edge_model(insights.inputs, folder / "models", store, sent.append) is None
    (data,) = sent
    assert unpack(data).header["publication"] == insights.publications.get().digest
    assert upload_edge_model(insights.inputs, folder / "models", MemoryCasStore(), None) is None


def test_a_model_that_could_not_be_sent_is_sent_by_the_next_run() -> None:
    folder, insights = shared_world()
    store, sent = MemoryCasStore(), list[bytes]()

    def unreachable(_: bytes) -> None:
        raise EdgeUnavailable("The edge gave no answer.", hint="")

    problem = upload_edge_model(insights.inputs, folder / "models", store, unreachable)
    assert problem is not None
    assert "The edge gave no answer." in problem
    assert upload_edge_model(insights.inputs, folder / "models", store, sent.append) is None
    assert len(sent) == 1


def test_a_bundle_without_a_compiled_graph_is_reported_once(tmp_path: Path) -> None:
    folder, insights = shared_world()
    older = tmp_path / "models" / insights.inputs.models.version()
    older.mkdir(parents=True)
    manifest = json.loads((folder / "models" / older.name / MANIFEST).read_text())
    del manifest["files"][EDGE_GRAPH]
    (older / MANIFEST).write_text(json.dumps(manifest))
    store, sent = MemoryCasStore(), list[bytes]()
    problem = upload_edge_model(insights.inputs, tmp_path / "models", store, sent.append)
    assert problem is not None
    assert "has no edge model" in problem
    assert upload_edge_model(insights.inputs, tmp_path / "models", store, sent.append) is None
    assert not sent


def test_the_world_is_read_alike_by_another_process() -> None:
    folder, insights = shared_world()
    first, second = list[bytes](), list[bytes]()
    upload_edge_model(insights.inputs, folder / "models", MemoryCasStore(), first.append)
    again = world_of(folder, insights.inputs.clock.now())
    upload_edge_model(again.inputs, folder / "models", MemoryCasStore(), second.append)
    assert first == second


@contextmanager
def edge_model_worker() -> Iterator[str]:
    """The address of the Worker in workerd, which knows SECRET."""
    command = [str(NODE), "test/model/serve.ts", "http://127.0.0.1:1", SECRET]
    with subprocess.Popen(
        command, cwd=EDGE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        assert process.stdin is not None
        process.stdin.close()


def client(url: str, secret: str) -> EdgeClient:
    clock = FixedClock(datetime.now(UTC))
    return EdgeClient(url, lambda body: signed_headers((secret,), body, clock.now()), UPLOAD_DEADLINE_S)


def test_the_worker_stores_what_is_signed_with_its_secret_and_nothing_else() -> None:
    data = ASSET.read_bytes()
    with edge_model_worker() as url:
        asyncio.run(client(url, SECRET).upload_model(data))
        with pytest.raises(EdgeUnavailable, match="answered 401"):
            asyncio.run(client(url, OTHER_SECRET).upload_model(data))
        with pytest.raises(EdgeUnavailable, match="answered 400"):
            asyncio.run(client(url, SECRET).upload_model(data[:100]))
