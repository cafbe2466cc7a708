"""A throw-away Redis on 127.0.0.1, and Upstash's REST API in front of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.project import ROOT
from infra.rigs.part import HOST, Log, Part, free_port, needed, quiet
from infra.rigs.upstash_rest import TOKEN

INSTALL = "infra/setup/redis.sh"
QUIET = ("--loglevel", "warning", "--always-show-logo", "no")


@dataclass(frozen=True, slots=True)
class RedisRig:
    """A running Redis with its REST API; either can be killed and started again, which empties it."""

    server: Part
    rest: Part

    @property
    def redis_port(self) -> int:
        return self.server.port

    @property
    def port(self) -> int:
        return self.rest.port

    @property
    def url(self) -> str:
        return self.rest.url

    @property
    def settings(self) -> dict[str, str]:
        """The settings with which functions and the Worker use it."""
        return {"UPSTASH_REDIS_REST_URL": self.url, "UPSTASH_REDIS_REST_TOKEN": TOKEN}

    def run(self, *words: str) -> str:
        """What redis-cli prints for a command."""
        command = ["redis-cli", "-p", str(self.redis_port), "--raw", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def shared_cache(log: Log = quiet) -> Iterator[RedisRig]:
    """Starts both and stops both at the end. Nothing is written to a disk that stays."""
    with tempfile.TemporaryDirectory(prefix="sabiscore-redis-", ignore_cleanup_errors=True) as folder:
        shared = _declared(Path(folder), log)
        try:
            shared.server.start()
            shared.rest.start()
            yield shared
        finally:
            shared.rest.stop()
            shared.server.stop()


def _declared(folder: Path, log: Log) -> RedisRig:
    redis, rest = free_port(), free_port()
    server = [needed("redis-server", INSTALL), "--port", str(redis), "--bind", HOST, "--save", "", *QUIET]
    proxy = [sys.executable, "-m", "infra.rigs.upstash_rest", str(redis), str(rest)]
    return RedisRig(
        Part(name="redis", command=server, port=redis, environ=os.environ, folder=folder, log=log),
        Part(name="upstash", command=proxy, port=rest, environ=python_environ(), folder=ROOT, log=log),
    )


def python_environ(**settings: str) -> dict[str, str]:
    """Our environment for a Python of its own, which finds what this one finds, and ``settings``."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]), **settings}
