"""The hosts of one provider in the order they are asked: the next where one does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from sabiscore.errors import BadAnswer, Moved, NoResponse, SourceBusy, SourceDenied, SourceUnavailable
from sabiscore.net.allowed import origin_of

REMEMBERED_S = 3600.0
"""So long the host that answered last is asked first; then the declared order holds again."""
ELSEWHERE = (NoResponse, SourceBusy, SourceDenied, Moved, BadAnswer)
"""Failures after which another host is asked. That a document is not there is an answer."""

News = Callable[[str], None]
"""Takes a sentence for the operator."""

T = TypeVar("T")


class Hosts:
    """The ``origins`` of one provider, all declared, the preferred one first.

    Raises BadSetting for an origin that may not be asked.
    """

    def __init__(self, origins: Sequence[str], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.origins = tuple(origin_of(origin) for origin in origins)
        self._monotonic = monotonic
        self._answered: tuple[str, float] | None = None

    def first_answer(self, url: str, ask: Callable[[str], T], news: News) -> T:
        """What ``ask`` makes of ``url`` at the first host that answers for it.

        A host that sends elsewhere, or that another one stands in for, is news. Raises what the preferred
        host met when none answers.
        """
        failures: list[SourceUnavailable] = []
        for origin in self._order():
            try:
                made = ask(self._at(origin, url))
            except ELSEWHERE as error:
                failures.append(error)
                if isinstance(error, Moved):
                    news(str(error))
                continue
            except SourceUnavailable:  # not there: said by a host that answers
                self._note(origin)
                raise
            if failures:
                news(f"{_host(origin)} answers in place of {_host(self.origins[0])}: {failures[0]}")
            self._note(origin)
            return made
        raise failures[0]

    def _order(self) -> list[str]:
        if self._answered is None or self._monotonic() - self._answered[1] > REMEMBERED_S:
            return list(self.origins)
        last = self._answered[0]
        return [last, *(origin for origin in self.origins if origin != last)]

    def _note(self, origin: str) -> None:
        if origin != self._order()[0]:
            self._answered = origin, self._monotonic()

    def _at(self, origin: str, url: str) -> str:
        """``url`` at another of the hosts; one that is of none of them stays, to be refused."""
        own = next((known for known in self.origins if url.startswith(f"{known}/")), None)
        return url if own is None else origin + url.removeprefix(own)


def _host(origin: str) -> str:
    return origin.split("//", 1)[-1]
