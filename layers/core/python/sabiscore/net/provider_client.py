"""One provider's way out: its own addresses only, behind its breaker, within its quota, tried again."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from sabiscore.cache.breaker_policy import Permit
from sabiscore.clock import Clock
from sabiscore.errors import NotFound, QuotaSpent, SabiScoreError, SourceBusy, Unavailable
from sabiscore.net.allowed import refuse_foreign
from sabiscore.net.breaker import CircuitBreaker
from sabiscore.net.client import Client, HttpAnswer, HttpCall, check
from sabiscore.net.hosts import Hosts, News
from sabiscore.net.quota import Quota
from sabiscore.net.redact import Redactor
from sabiscore.net.retry import ATTEMPTS, LONGEST_S, persistently
from sabiscore.net.retry_after import retry_after_s

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a whole call may take, retries and pauses included, and how long one attempt of it."""

    deadline_s: float = 30.0
    attempt_s: float = 10.0
    attempts: int = ATTEMPTS


class ProviderClient:
    """Lets calls to one provider through; its ``hosts`` are the only places they may go to.

    ``news`` takes a sentence for the operator whenever a host sends elsewhere or another stands in for it.
    """

    def __init__(
        self,
        client: Client,
        *,
        hosts: Hosts,
        breaker: CircuitBreaker,
        quota: Quota | None,
        clock: Clock,
        patience: RetryPolicy,
        news: News,
    ) -> None:
        self.breaker = breaker
        self.quota = quota
        self._client = client
        self._hosts = hosts
        self._news = news
        self._clock = clock
        self._patience = patience

    def ask(
        self, call: HttpCall, read: Callable[[HttpAnswer], T], *, cost: int = 1, urgent: bool = False
    ) -> T:
        """What ``read`` makes of the answer; an answer that it refuses is a failure of the provider.

        Raises a SourceUnavailable, Refused for a foreign address, and what ``read`` raises; no text of
        them holds a credential of ``call``. Calls are made up to three times: none has an effect.
        """
        redactor = Redactor(call.credentials.secrets())
        try:
            refuse_foreign(call.url, frozenset(self._hosts.origins))
            return persistently(
                lambda left_s: self._attempt(call, read, cost, urgent, left_s),
                deadline_s=self._patience.deadline_s,
                attempts=self._patience.attempts,
            )
        except SabiScoreError as error:
            error.args, error.hint = (redactor(str(error)),), redactor(error.hint)
            raise

    def _attempt(
        self, call: HttpCall, read: Callable[[HttpAnswer], T], cost: int, urgent: bool, left_s: float
    ) -> T:
        permit = self.breaker.enter()
        self._reserve(permit, cost, urgent)
        worked, pause_s = False, None
        try:
            ends = time.monotonic() + left_s
            made = self._hosts.first_answer(
                call.url,
                lambda url: read(self._answer(replace(call, url=url), ends - time.monotonic())),
                self._news,
            )
            worked = True
            return made
        except NotFound:
            worked = True  # it answered; what it has is another matter
            raise
        except SourceBusy as error:
            longer = error.retry_after_s is not None and error.retry_after_s > LONGEST_S
            pause_s = error.retry_after_s if longer else None
            raise
        finally:
            self.breaker.leave(permit, worked=worked, pause_s=pause_s)

    def _reserve(self, permit: Permit, cost: int, urgent: bool) -> None:
        if self.quota is None or cost == 0:
            return
        try:
            self.quota.take(cost, urgent=urgent)
        except QuotaSpent:
            self.breaker.abandon(permit)
            raise
        except Unavailable as error:
            self.breaker.abandon(permit)
            raise QuotaSpent(
                "The quota cannot be counted, so no call is made.", hint="Check the store."
            ) from error

    def _answer(self, call: HttpCall, left_s: float) -> HttpAnswer:
        answer = self._client.send(call, min(left_s, self._patience.attempt_s))
        if self.quota is not None:
            with suppress(Unavailable):  # the call is counted already; only what others used is not
                self.quota.correct(answer.headers)
        check(call, answer, retry_after_s(answer.headers, self._clock.now()))
        return answer
