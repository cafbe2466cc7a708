"""PgBouncer in transaction mode before a PostgreSQL server, from Debian's package."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from infra.rigs.postgres import free_port

START_S = 60
SESSIONS = 2
"""Sessions of the server for each database: few, so that clients get one that another client has used."""

CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server} user=sabiscore
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 200
server_idle_timeout = 1
"""


def program() -> Path | None:
    """The program; None when PgBouncer is not installed."""
    packaged = Path("/usr/sbin/pgbouncer")  # not on everybody's PATH
    found = shutil.which("pgbouncer") or (str(packaged) if packaged.exists() else None)
    return Path(found) if found else None


@contextmanager
def pooler(program: Path, server_url: str) -> Iterator[str]:
    """Starts a pooler before the server at ``server_url``; the URL of its database ``postgres``."""
    server, port = urlsplit(server_url).port, free_port()
    with tempfile.TemporaryDirectory(prefix="sabiscore-pgbouncer-") as folder:
        file = Path(folder) / "pgbouncer.ini"
        file.write_text(CONFIGURATION.format(server=server, port=port, sessions=SESSIONS))
        Path(folder).chmod(0o755)
        file.chmod(0o644)
        as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # it refuses to be root
        process = subprocess.Popen(
            [*as_other, str(program), "-q", str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _await(port, process)
            yield f"postgresql://sabiscore@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
            process.wait(START_S)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until something listens on ``port``; raises OSError where nothing does in ``START_S``."""
    gives_up_at = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > gives_up_at:
                raise
            time.sleep(0.05)
        else:
            return
