"""A program of a rig: started on a port of 127.0.0.1, stopped, killed, started again."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sabiscore.errors import Unavailable

HOST = "127.0.0.1"
START_S = 120
"""After which a program that runs and does not listen never will; one that ends is noticed at once."""
STOP_S = 10

Log = Callable[[str, str], None]
"""Called with the name of a part and a line that it wrote."""


def quiet(name: str, line: str) -> None:
    """The log of a rig that nobody watches: what a part writes is not shown."""


def loud(name: str, line: str) -> None:
    """Shows each line behind the name of its part, on stderr."""
    print(f"{name:<9} │ {line}", file=sys.stderr, flush=True)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def needed(program: str, install: str) -> str:
    """The path of ``program``; raises Unavailable saying what installs it."""
    found = shutil.which(program)
    if found is None:
        raise Unavailable(f"{Path(program).name} is not installed.", hint=f"Run: {install}")
    return found


@dataclass(kw_only=True)
class Part:
    """One program. It stays in our process group and on its port, however often it is started.

    Its standard input ends when we end, however we end.
    """

    name: str
    command: Sequence[str]
    port: int
    environ: Mapping[str, str]
    folder: Path
    log: Log = quiet
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)
    _reader: threading.Thread | None = field(default=None, repr=False)
    _last: deque[str] = field(default_factory=lambda: deque(maxlen=5), repr=False)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """Its process; 0 when it was never started or was stopped."""
        return 0 if self._process is None else self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts it and returns when it listens; raises Unavailable when it does not."""
        self._process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout or (),), daemon=True)
        self._reader.start()
        if not self._listens():
            self.kill()
            said = " / ".join(self._last) or "nothing"
            raise Unavailable(
                f"The local {self.name} did not come to listen on port {self.port}.",
                hint=f"It said: {said}",
            )

    def stop(self) -> None:
        """Asks it to end, and ends it when it does not."""
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """Ends it as a crash does: nothing is finished or written first."""
        self._end(subprocess.Popen.kill)

    def _end(self, how: Callable[[subprocess.Popen[str]], None]) -> None:
        process, reader = self._process, self._reader
        if process is None or reader is None:
            return
        with process:
            how(process)
            process.send_signal(signal.SIGCONT)  # one that somebody has stopped cannot end
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
            reader.join(STOP_S)
        self._process = None

    def _read(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._last.append(line.rstrip())
            self.log(self.name, line.rstrip())

    def _listens(self) -> bool:
        give_up = time.monotonic() + START_S
        while time.monotonic() < give_up and self.is_running:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, self.port)) == 0:
                    return True
            time.sleep(0.02)  # a process has no other way to say that it listens
        return False
