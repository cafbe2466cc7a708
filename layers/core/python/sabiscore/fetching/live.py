"""Providers over the network: a declared request becomes a call through its provider's gate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from sabiscore.clock import Clock
from sabiscore.errors import DiskUnavailable, SabiScoreError, SourceOff
from sabiscore.fetching.parse_memo import ParseMemo
from sabiscore.fetching.reply_folder import Keeper, keep_none
from sabiscore.net.allowed import origin_of
from sabiscore.net.breaker import CircuitBreaker
from sabiscore.net.cas_store import CasStore
from sabiscore.net.client import Client, HttpAnswer, HttpCall
from sabiscore.net.credentials import Credentials
from sabiscore.net.hosts import Hosts
from sabiscore.net.provider_client import ProviderClient, RetryPolicy
from sabiscore.net.quota import Quota, QuotaPlan
from sabiscore.net.redact import Redactor, Secret
from sabiscore.sources.base import Provider, Reply, Request
from sabiscore.sources.hosts import origins


class Fetcher(Protocol):
    """Whoever gets a provider's reply to a request: the network, or a folder of kept answers."""

    def ask(self, provider: Provider, request: Request, *, urgent: bool = False) -> Reply:
        """What the provider says. Raises a SabiScoreError, nothing else."""
        ...


@dataclass(frozen=True, slots=True)
class FleetState:
    """What the fleet knows together: quotas where nothing is lost, breakers where they are quick."""

    quotas: CasStore
    breakers: CasStore


class LiveFetcher:
    """Asks providers over ``client``, each through a gate of its own.

    ``secrets`` are the settings that requests name their keys by. ``news`` takes a provider's name and a
    sentence for the operator, where one of its hosts moved. ``elsewhere`` maps a provider's name to
    a server of this machine that is asked in its place: for tests, refused for any other.
    """

    def __init__(
        self,
        client: Client,
        shared: FleetState,
        clock: Clock,
        *,
        secrets: Mapping[str, str],
        plans: Mapping[str, QuotaPlan],
        patience: RetryPolicy | None = None,
        keep: Keeper = keep_none,
        elsewhere: Mapping[str, str] | None = None,
        news: Callable[[str, str], None] | None = None,
    ) -> None:
        self._client = client
        self._shared = shared
        self._clock = clock
        self._secrets = {name: Secret(value) for name, value in secrets.items()}
        self._plans = plans
        self._patience = patience or RetryPolicy()
        self._keep = keep
        self._elsewhere = {name: _local(origin) for name, origin in (elsewhere or {}).items()}
        self._redactor = Redactor(self._secrets.values())
        self._readings = ParseMemo()
        self._quotas: dict[str, Quota] = {}
        self._hosts: dict[str, Hosts] = {}
        self._announce = news

    def ask(self, provider: Provider, request: Request, *, urgent: bool = False) -> Reply:
        call = self._call(provider, request)

        def read(answer: HttpAnswer) -> Reply:
            with suppress(OSError, DiskUnavailable):  # a full disk must not cost us the answer itself
                self._keep(provider.name, request, answer.headers, answer.body, self._redactor)
            return self._readings.read(provider, request, answer.body, answer.headers)

        try:
            return self._gate(provider).ask(call, read, cost=request.cost, urgent=urgent)
        except SabiScoreError as error:
            error.args, error.hint = (self._redactor(str(error)),), self._redactor(error.hint)
            raise

    def breaker(self, name: str) -> CircuitBreaker:
        """The breaker of the provider ``name``."""
        return CircuitBreaker(name, self._shared.breakers, self._clock)

    def quota(self, name: str) -> Quota | None:
        """The quota of the provider ``name``; None when it has none."""
        plan = self._plans.get(name)
        if plan and name not in self._quotas:
            self._quotas[name] = Quota(name, plan, self._shared.quotas, self._clock)
        return self._quotas.get(name)

    def missing(self, names: Iterable[str]) -> list[str]:
        """Those of the settings ``names`` that are not set."""
        return [name for name in names if not self._secrets.get(name)]

    def _gate(self, provider: Provider) -> ProviderClient:
        return ProviderClient(
            self._client,
            hosts=self._hosts_of(provider),
            breaker=self.breaker(provider.name),
            quota=self.quota(provider.name),
            clock=self._clock,
            patience=self._patience,
            news=partial(self._news, provider.name),
        )

    def _news(self, provider: str, sentence: str) -> None:
        if self._announce is not None:
            self._announce(provider, self._redactor(sentence))

    def _call(self, provider: Provider, request: Request) -> HttpCall:
        missing = self.missing(provider.keys)
        if missing:
            raise SourceOff(f"{provider.name} is off.", hint=f"Set {' and '.join(missing)} to use it.")
        url = request.url
        if provider.name in self._elsewhere:
            url = self._elsewhere[provider.name] + url.removeprefix(origin_of(provider.origin))
        return HttpCall(
            url=url,
            method=request.method,
            headers=request.headers,
            body=request.body,
            max_bytes=request.max_bytes,
            credentials=self._credentials(request),
        )

    def _hosts_of(self, provider: Provider) -> Hosts:
        if provider.name not in self._hosts:
            local = self._elsewhere.get(provider.name)
            self._hosts[provider.name] = Hosts((local,) if local else origins(provider.name, provider.origin))
        return self._hosts[provider.name]

    def _credentials(self, request: Request) -> Credentials:
        fields: dict[str, dict[str, Secret]] = {"header": {}, "query": {}}
        for key in request.keys:
            if key.variable not in self._secrets:
                raise SourceOff(f"{key.variable} is not set.", hint=f"Set {key.variable}.")
            fields[key.place][key.field] = self._secrets[key.variable]
        return Credentials(fields["header"], fields["query"])


def _local(origin: str) -> str:
    found = origin_of(origin)
    if not found.startswith("http://"):
        raise ValueError("only a server of this machine stands in for a provider")
    return found
