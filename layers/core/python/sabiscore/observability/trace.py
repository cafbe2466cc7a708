"""W3C Trace Context: the trace that a request, a run and their log lines belong to.

Source: https://www.w3.org/TR/trace-context/ (level 1, version 00 of ``traceparent``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from random import getrandbits

HEADER = "traceparent"

_FORM = re.compile(r"(?P<version>[0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?P<more>-.*)?")
_SAMPLED = "01"


@dataclass(frozen=True, slots=True)
class Span:
    """One step of a trace, as hexadecimal ids."""

    trace_id: str
    span_id: str
    flags: str = _SAMPLED

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    def child(self) -> Span:
        """A step within this one."""
        return Span(self.trace_id, _new_id(64), self.flags)


class _Step:
    """The step within the one that a ``traceparent`` names, read when it is first asked for.

    Most answers come from memory, log nothing and call nobody.
    """

    __slots__ = ("_span", "_traceparent")

    def __init__(self, traceparent: object) -> None:
        self._traceparent = traceparent
        self._span: Span | None = None

    @property
    def span(self) -> Span:
        if self._span is None:
            self._span = span_within(self._traceparent)
        return self._span


_STEP: ContextVar[_Step | None] = ContextVar("step", default=None)


def current_span() -> Span | None:
    """The step that this process takes now; None outside one."""
    step = _STEP.get()
    return None if step is None else step.span


def begin(traceparent: object) -> Token[_Step | None]:
    """From now on all is a step within the one that ``traceparent`` names, until ``end`` of what is given."""
    return _STEP.set(_Step(traceparent))


def end(token: Token[_Step | None]) -> None:
    """Goes back to the step before."""
    _STEP.reset(token)


def span_within(traceparent: object) -> Span:
    """A step of ours within the one that ``traceparent`` names; in a trace of its own for anything else.

    >>> span_within("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").trace_id
    '4bf92f3577b34da6a3ce929d0e0e4736'
    """
    caller = _read(traceparent)
    return caller.child() if caller is not None else Span(_new_id(128), _new_id(64))


def outgoing() -> str | None:
    """The ``traceparent`` of a call that this step makes; None outside one."""
    span = current_span()
    return None if span is None else str(span.child())


def trace_headers() -> dict[str, str]:
    """The same as headers of a request."""
    traceparent = outgoing()
    return {} if traceparent is None else {HEADER: traceparent}


@contextmanager
def traced(traceparent: object) -> Iterator[None]:
    """Whatever happens inside is a step within the one that ``traceparent`` names."""
    token = begin(traceparent)
    try:
        yield
    finally:
        end(token)


def _read(text: object) -> Span | None:
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    # What later versions add is not ours to read; of this one nothing may follow, and no id is all zeros.
    if version == "ff" or (version == "00" and more) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    return Span(trace_id, span_id, flags)


def _new_id(bits: int) -> str:
    # Tells steps apart and keeps nobody out: the kernel's own numbers cost a call each.
    return f"{getrandbits(bits) or 1:0{bits // 4}x}"
