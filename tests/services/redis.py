"""A throw-away Redis on 127.0.0.1, and Upstash's REST API in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.project import ROOT

START_S = 20


@dataclass(frozen=True)
class Shared:
    """A running Redis with its REST API."""

    redis_port: int
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str) -> str:
        """What redis-cli prints for a command."""
        command = ["redis-cli", "-p", str(self.redis_port), "--raw", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def shared_cache() -> Iterator[Shared]:
    """Starts both and gives their ports; stops both at the end. Nothing is written to a disk that stays."""
    folder = Path(tempfile.mkdtemp(prefix="sabiscore-redis-"))
    shared = Shared(_free_port(), _free_port())
    redis = ["redis-server", "--port", str(shared.redis_port), "--bind", "127.0.0.1", "--save", ""]
    proxy = [sys.executable, "-m", "infra.rigs.upstash_rest", str(shared.redis_port), str(shared.port)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    running = []
    try:
        running.append(subprocess.Popen(redis, cwd=folder, stdout=subprocess.DEVNULL))
        _until_open(shared.redis_port, running[-1])
        running.append(subprocess.Popen(proxy, cwd=ROOT, env=environment))
        _until_open(shared.port, running[-1])
        yield shared
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(START_S)
        shutil.rmtree(folder, ignore_errors=True)


def _until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + START_S
    while time.monotonic() < give_up and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)  # a process has no other way to say that it listens
    raise RuntimeError(f"{process.args!r} did not open port {port}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
