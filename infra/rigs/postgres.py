"""A throw-away PostgreSQL server on 127.0.0.1, from the programs of Debian's package."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_S = 60


def programs() -> Path | None:
    """The folder of ``initdb`` and ``pg_ctl``; None when PostgreSQL is not installed."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if packaged:
        return packaged[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``url`` leads to its database ``postgres``."""

    url: str
    binaries: Path
    data: Path

    def restart(self) -> None:
        """Stops it as a crash would, and has it running again."""
        _run([self.binaries / "pg_ctl", "-D", self.data, "-m", "immediate", "-w", "restart"])


@contextmanager
def server(binaries: Path) -> Iterator[str]:
    """Starts a server and gives its URL (database ``postgres``); stops and removes it at the end."""
    with started(binaries) as running:
        yield running.url


@contextmanager
def started(binaries: Path, *settings: str) -> Iterator[Server]:
    """Starts a server with ``settings`` like ``max_connections=8``; stops and removes it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="sabiscore-postgres-"))
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    data, port = folder / "data", free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    options += "".join(f" -c {setting}" for setting in settings)
    try:
        _run([binaries / "initdb", "-D", data, "-U", "sabiscore", "-A", "trust", "--no-sync", "-E", "UTF8"])
        _run([binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start"])
        yield Server(f"postgresql://sabiscore@127.0.0.1:{port}/postgres", binaries, data)
    finally:
        if (data / "postmaster.pid").exists():
            _run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: Sequence[str | Path]) -> None:
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run(
        [*as_postgres, *map(str, command)],
        check=True,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=START_S,
    )


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
