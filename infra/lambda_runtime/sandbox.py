"""A handler in a fresh process, as Lambda starts one: awslambdaric, /var/task, layers and nothing else."""

from __future__ import annotations

import os
import queue
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.lambda_runtime.api import InvocationOutcome, RuntimeApi
from infra.layers.target import Target
from sabiscore.errors import Unavailable

START = "from awslambdaric.__main__ import main; import sys; main(sys.argv)"
POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Image:
    """What a function's process consists of.

    ``task`` is /var/task, ``layers`` the folders that Lambda shows as /opt/python, ``runtime`` holds
    awslambdaric (in AWS, part of the managed runtime).
    """

    target: Target
    python: Path
    task: Path
    layers: tuple[Path, ...]
    runtime: Path

    def path(self) -> str:
        """The import path in Lambda's order: the function's own code, layers, the runtime."""
        return os.pathsep.join(map(str, (self.task, *self.layers, self.runtime)))


class HandlerFailed(Unavailable):
    """The handler raised, or its process died, instead of answering."""


@dataclass(frozen=True, slots=True)
class HandlerResponse:
    """A handler's response, and the seconds from the start of its process (or of the call)."""

    response: Any
    seconds: float

    @property
    def status(self) -> int:
        """The HTTP status that API Gateway would send."""
        return int(self.response["statusCode"])


class Sandbox:
    """One process of one handler; use it as a context manager.

    The process sees the standard library and ``image`` only (``-S -s``), and an environment like
    Lambda's, so what works here does not lean on a developer's machine.
    """

    def __init__(
        self, image: Image, handler: str, environ: Mapping[str, str] | None = None, *, memory_mb: int = 1769
    ) -> None:
        self._api = RuntimeApi()
        self._image = image
        self._handler = handler
        self._environ = {**_lambda_environ(image, handler, memory_mb), **(environ or {})}
        # A file, since a pipe that nobody reads would block the handler; closed in __exit__.
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._api.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._api.__exit__(kind, error, trace)

    def call(self, event: Any, *, deadline_s: float = 30.0) -> HandlerResponse:
        """The handler's answer to ``event``; the first call starts the process and counts from there.

        Raises HandlerFailed when the handler raises, the process ends, or the deadline passes.
        """
        invocation = self._api.send(event, deadline_s)
        called_at = time.perf_counter()
        if self._process is None:
            self._process = self._start()
        outcome = self._wait(invocation.outcome, called_at + deadline_s)
        if outcome.failed:
            raise HandlerFailed(f"{self._handler} raised {outcome.body.get('errorType')}: {outcome.body}")
        return HandlerResponse(outcome.body, outcome.at - called_at)

    def log(self) -> str:
        """What the process has written so far, on both of its streams."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def _start(self) -> subprocess.Popen[bytes]:
        environ = {**self._environ, "AWS_LAMBDA_RUNTIME_API": self._api.address}
        return subprocess.Popen(
            [self._image.python, "-S", "-s", "-B", "-c", START, self._handler],
            cwd=self._image.task,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def _wait(self, outcomes: queue.SimpleQueue[InvocationOutcome], until: float) -> InvocationOutcome:
        while time.perf_counter() < until:
            try:
                return outcomes.get(timeout=POLL_S)
            except queue.Empty:
                self._raise_if_dead()
        raise HandlerFailed(f"{self._handler} did not answer within its deadline.")

    def _raise_if_dead(self) -> None:
        if not self._api.init_error.empty():
            raise HandlerFailed(f"{self._handler} cannot be imported: {self._api.init_error.get().body}")
        if self._process is not None and self._process.poll() is not None:
            raise HandlerFailed(
                f"The process of {self._handler} ended with {self._process.returncode}: {self.log()[-2000:]}"
            )


def _lambda_environ(image: Image, handler: str, memory_mb: int) -> dict[str, str]:
    """The variables that Lambda sets, which code may read."""
    return {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": handler.replace(".", "-").replace("/", "-"),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/local",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_REGION": "eu-west-1",
        "LAMBDA_RUNTIME_DIR": str(image.runtime),
        "LAMBDA_TASK_ROOT": str(image.task),
        "LANG": "en_US.UTF-8",
        "PATH": os.defpath,
        "PYTHONPATH": image.path(),
        "TZ": ":UTC",
        "_HANDLER": handler,
    }


def first_answer(
    image: Image, handler: str, event: Any, environ: Mapping[str, str] | None = None
) -> HandlerResponse:
    """The answer of a process started for this one ``event``: a cold start."""
    with Sandbox(image, handler, environ) as sandbox:
        return sandbox.call(event)


def answers(
    image: Image, handler: str, events: Sequence[Any], environ: Mapping[str, str] | None = None
) -> list[HandlerResponse]:
    """The answers of one process to ``events``, in turn."""
    with Sandbox(image, handler, environ) as sandbox:
        return [sandbox.call(event) for event in events]
