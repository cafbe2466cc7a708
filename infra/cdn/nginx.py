"""nginx as it is configured here, in front of a service of this machine, in a folder of its own.

``python -m infra.cdn.nginx ORIGIN_PORT``
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.project import ROOT
from infra.rigs.part import HOST, Log, Part, free_port, loud, needed, quiet

CONFIGURATION = ROOT / "infra" / "cdn" / "nginx.conf"
INSTALL = "infra/setup/services.sh"
BACKLOG = 4096
"""Connections that may wait to be accepted; the kernel's own limit is as high."""


def program() -> str:
    """The path of nginx; raises Unavailable where it is not installed."""
    return needed(shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "nginx", INSTALL)


@contextmanager
def cdn(origin_port: int, log: Log = quiet) -> Iterator[Part]:
    """nginx in front of ``origin_port``, empty at the start; what it kept goes when it ends."""
    port = free_port()
    where = {"listen.conf": listening(port), "origin.conf": f"server {HOST}:{origin_port};\n"}
    with serving(CONFIGURATION, port, where, log) as part:
        yield part


def listening(port: int) -> str:
    """The text of listen.conf."""
    return f"listen {HOST}:{port} backlog={BACKLOG};\n"


@contextmanager
def serving(configuration: Path, port: int, beside: dict[str, str], log: Log = quiet) -> Iterator[Part]:
    """nginx by a copy of ``configuration``, which listens on ``port``; ``beside``: files that lie with it."""
    with tempfile.TemporaryDirectory(prefix="sabiscore-nginx-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)  # started by root, its workers are nobody
        (folder / "scratch").mkdir()
        shutil.copy(configuration, folder / "nginx.conf")
        for name, text in beside.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        command = [program(), "-e", "stderr", "-p", scratch, "-c", "nginx.conf"]
        part = Part(name="nginx", command=command, port=port, environ=os.environ, folder=folder, log=log)
        try:
            part.start()
            yield part
        finally:
            part.stop()


def main(origin_port: str) -> None:
    """Stand in front of ``origin_port`` until interrupted."""
    try:
        with cdn(int(origin_port), loud) as part:
            print(f"{part.url} stands in front of http://{HOST}:{origin_port}  (Ctrl+C ends)")
            threading.Event().wait()
    except KeyboardInterrupt:
        print("Ended.")


if __name__ == "__main__":
    main(*sys.argv[1:])
