"""A program of a rig says why it did not start, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from infra.rigs.part import HOST, Part, free_port, needed
from sabiscore.errors import Unavailable

LISTENS = (
    "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(60)"
)


def _part(program: str, folder: Path, lines: list[str]) -> Part:
    port = free_port()
    command = [sys.executable, "-c", program, str(port)]
    return Part(
        name="thing",
        command=command,
        port=port,
        environ=os.environ,
        folder=folder,
        log=lambda name, line: lines.append(f"{name}: {line}"),
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def test_it_listens_when_it_was_started_and_can_be_killed_and_started_again(tmp_path: Path) -> None:
    part = _part(LISTENS, tmp_path, [])
    for end in (part.kill, part.stop):
        part.start()
        assert _listens(part.port)
        assert part.is_running
        end()
        assert not _listens(part.port)
        assert (part.is_running, part.pid) == (False, 0)
    part.stop()


def test_one_that_ends_at_once_says_why(tmp_path: Path) -> None:
    lines: list[str] = []
    part = _part("print('no room'); raise SystemExit(1)", tmp_path, lines)
    with pytest.raises(Unavailable, match="thing did not come to listen") as refused:
        part.start()
    assert refused.value.hint == "It said: no room"
    assert lines == ["thing: no room"]


def test_a_program_that_is_not_there_is_named_with_what_installs_it() -> None:
    with pytest.raises(Unavailable, match="surely-not-there is not installed") as refused:
        needed("/nowhere/surely-not-there", "infra/setup/it.sh")
    assert refused.value.hint == "Run: infra/setup/it.sh"
