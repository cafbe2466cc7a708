"""What is logged as an error goes to Sentry, or to what speaks its protocol, where a setting names one.

Nothing of it is imported before there is something to send. An event says which fault it was, where in the
code, and by which ids the log has the rest: no variables, no line of what was asked for, and every text
without what is or looks like a secret.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentry_sdk.client import BaseClient

FLUSH_S = 0.3
"""The longest that a function on Lambda waits for a report on its way, before it is frozen."""
AGAIN_S = 60.0
"""The same fault is told once in so long."""
MOST_FAULTS = 1_000
"""Kinds of faults that are remembered; then all are forgotten."""

_TOLD = ("request_id", "trace_id", "span_id")
_KEPT = frozenset({"event_id", "timestamp", "platform", "level", "message", "exception", "tags", "release"})
_OF_EXCEPTION = ("type", "module", "value")
_OF_FRAME = ("filename", "function", "module", "lineno", "in_app")

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}")

Hide = Callable[[str], str]


class ErrorReports(logging.Handler):
    """Sends records of errors to ``dsn``, without what ``hide`` takes out of a text.

    ``tags`` go with each. With ``flush_s`` each report waits so long to be sent; without it a thread sends.
    ``now`` gives seconds of any clock that does not jump.
    """

    def __init__(
        self,
        dsn: str,
        hide: Hide,
        *,
        tags: Mapping[str, str],
        flush_s: float | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(logging.ERROR)
        self._dsn = dsn
        self._hide = hide
        self._tags = tags
        self._flush_s = flush_s
        self._now = now
        self._sdk: BaseClient | None = None
        self._told_at: dict[tuple[str, str], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Sends ``record``, unless the same was sent a moment ago; the log has it all the same."""
        try:
            if self._is_new(record):
                self._send(record)
        except Exception:
            self.handleError(record)  # says so on standard error; what was to be answered still is

    def _is_new(self, record: logging.LogRecord) -> bool:
        kind = type(record.exc_info[1]).__name__ if record.exc_info else ""
        fault, now = (str(record.msg), kind), self._now()
        if now - self._told_at.get(fault, -AGAIN_S) < AGAIN_S:
            return False
        if len(self._told_at) >= MOST_FAULTS:
            self._told_at.clear()
        self._told_at[fault] = now
        return True

    def _send(self, record: logging.LogRecord) -> None:
        from sentry_sdk.utils import event_from_exception

        sdk = self._made()
        event: Any = {}
        if record.exc_info and record.exc_info[1] is not None:
            event, _ = event_from_exception(record.exc_info, client_options=sdk.options)
        event["level"] = "error"
        event["message"] = record.getMessage()
        ids = {name: value for name in _TOLD if (value := getattr(record, name, ""))}
        event["tags"] = {**self._tags, **ids}
        sdk.capture_event(event)
        if self._flush_s is not None:
            sdk.flush(timeout=self._flush_s)

    def _made(self) -> BaseClient:
        if self._sdk is None:
            from sentry_sdk.client import Client

            self._sdk = Client(
                dsn=self._dsn,
                default_integrations=False,
                auto_enabling_integrations=False,
                include_local_variables=False,
                include_source_context=False,
                send_default_pii=False,
                max_breadcrumbs=0,
                send_client_reports=False,
                shutdown_timeout=FLUSH_S,
                before_send=self._cleaned,
            )
        return self._sdk

    def _cleaned(self, event: Any, _hint: Any) -> Any:
        """``event`` with what is known to be harmless, each text of it without secrets."""
        kept = {name: value for name, value in event.items() if name in _KEPT}
        if "exception" in kept:
            kept["exception"] = {"values": [_place(each) for each in kept["exception"]["values"]]}
        return self._hidden(kept)

    def _hidden(self, value: Any) -> Any:
        if isinstance(value, str):
            return _EMAIL.sub("***", self._hide(value))
        if isinstance(value, Mapping):
            return {name: self._hidden(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._hidden(inner) for inner in value]
        return value


def _place(exception: Mapping[str, Any]) -> dict[str, Any]:
    """What an exception was, and the calls that led to it."""
    frames = (exception.get("stacktrace") or {}).get("frames", [])
    calls = [{name: frame.get(name) for name in _OF_FRAME} for frame in frames]
    return {name: exception.get(name) for name in _OF_EXCEPTION} | {"stacktrace": {"frames": calls}}
