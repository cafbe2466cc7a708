"""What providers charge, as ``prices.toml`` beside this has it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

PRICES = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPrice:
    """``usd`` for each ``per`` of a ``quantity`` beyond what is ``included`` in a month.

    ``as_of`` is the day on which it was looked up in ``read_in``; ``source`` is where it must be checked.
    """

    quantity: str
    service: str
    what: str
    usd: float
    per: float
    included: float
    as_of: date
    source: str
    read_in: str
    note: str

    def of(self, amount: float) -> float:
        """What ``amount`` of the quantity costs in a month, in US dollars.

        >>> ProviderPrice(
        ...     quantity="reads", service="KV", what="reads", usd=0.5, per=1e6, included=1e7,
        ...     as_of=date(2026, 11, 28), source="", read_in="", note=""
        ... ).of(3e7)
        10.0
        """
        return max(0.0, amount - self.included) / self.per * self.usd


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPlan:
    """What a service costs each month whatever it is asked."""

    service: str
    what: str
    usd: float
    as_of: date
    source: str
    read_in: str


@dataclass(frozen=True, slots=True)
class ProviderPrices:
    """``prices`` by their quantity, and the plans that they are part of."""

    prices: Mapping[str, ProviderPrice]
    plans: tuple[ProviderPlan, ...]

    @property
    def oldest(self) -> date:
        """The day on which the price that was not looked up for longest was looked up."""
        plans = [plan.as_of for plan in self.plans]
        return min([*plans, *(price.as_of for price in self.prices.values())])


def read_prices(path: Path = PRICES) -> ProviderPrices:
    """The prices in the file at ``path``."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    prices = [ProviderPrice(**listed) for listed in found["price"]]
    return ProviderPrices(
        {price.quantity: price for price in prices}, tuple(ProviderPlan(**listed) for listed in found["plan"])
    )
