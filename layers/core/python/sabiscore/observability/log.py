"""Log lines as JSON, each with the ids of the request and the trace that it belongs to."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING

from sabiscore.observability.trace import current_span

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request being answered; empty outside one."""

SERVICE = "sabiscore"


class _Reports(logging.Handler):
    """Hands errors on to whoever is to hear of them now."""

    to: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self.to is not None:
            self.to.handle(record)


_REPORTS = _Reports(logging.ERROR)


@lru_cache(maxsize=1)
def log() -> Logger:
    """The one logger, made on first use: a request that has nothing to say imports nothing for it."""
    # Powertools costs 25 ms of a cold start.
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

    from sabiscore.settings import log_level

    logger = Logger(
        service=SERVICE,
        level=log_level(),
        logger_formatter=LambdaPowertoolsFormatter(json_default=str, serialize_stacktrace=False),
    )
    logger.addFilter(_with_ids)
    logger.addHandler(_REPORTS)
    return logger


def report_errors_by(handler: logging.Handler | None) -> None:
    """``handler`` hears of errors from now on, in place of the one before; None: nobody does."""
    _REPORTS.to = handler


@lru_cache(maxsize=64)
def log_bad_setting(setting: str, hint: str) -> None:
    """Writes once a process that ``setting`` cannot be used, and never what it holds."""
    log().error("a setting cannot be used", extra={"setting": setting, "hint": hint})


def _with_ids(record: logging.LogRecord) -> bool:
    record.request_id = REQUEST_ID.get()
    span = current_span()
    record.trace_id, record.span_id = (span.trace_id, span.span_id) if span is not None else ("", "")
    return True
