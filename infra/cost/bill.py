"""The bill of a month: prices times what visits take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.cost.prices import ProviderPlan, ProviderPrice, ProviderPrices
from infra.cost.usage import Usage, VisitUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """What ``amount`` of a quantity costs in a month, in US dollars; both None where the amount is not known.

    ``a_visit`` is the amount that one visit takes, and ``how`` says how that was measured, or why it was not.
    """

    service: str
    what: str
    a_visit: float | None
    amount: float | None
    usd: float | None
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceShare:
    """What a service costs of the total; ``share`` is a fraction, None where the total is nothing."""

    service: str
    usd: float
    share: float | None
    not_known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bill:
    """All lines of ``visits`` a month."""

    visits: int
    lines: tuple[BillLine, ...]

    @property
    def total(self) -> float:
        """US dollars a month of all that is known: at least so much."""
        return sum(line.usd or 0.0 for line in self.lines)

    @property
    def services(self) -> tuple[ServiceShare, ...]:
        """Each service with its share of the total, the dearest first."""
        names = dict.fromkeys(line.service for line in self.lines)
        return tuple(sorted(map(self._share, names), key=lambda share: -share.usd))

    @property
    def dominant(self) -> BillLine | None:
        """The line that costs most; None where nothing costs anything."""
        dearest = max(self.lines, key=lambda line: line.usd or 0.0, default=None)
        return dearest if dearest is not None and dearest.usd else None

    def _share(self, service: str) -> ServiceShare:
        lines = [line for line in self.lines if line.service == service]
        usd = sum(line.usd or 0.0 for line in lines)
        return ServiceShare(
            service=service,
            usd=usd,
            share=usd / self.total if self.total else None,
            not_known=tuple(line.what for line in lines if line.usd is None),
        )


def bill_of(visits: int, visit: VisitUsage, prices: ProviderPrices) -> Bill:
    """What ``visits`` a month like ``visit`` cost by ``prices``."""
    plans = map(_plan_line, prices.plans)
    return Bill(visits, (*plans, *_lines(visits, visit.usage, prices.prices)))


def _plan_line(plan: ProviderPlan) -> BillLine:
    return BillLine(
        service=plan.service, what=plan.what, a_visit=None, amount=1.0, usd=plan.usd, how="paid every month"
    )


def _lines(
    visits: int, usage: Mapping[str, Usage], prices: Mapping[str, ProviderPrice]
) -> Iterator[BillLine]:
    for quantity, price in prices.items():
        taken = usage[quantity]
        amount = None if taken.amount is None else taken.amount * visits
        yield BillLine(
            service=price.service,
            what=price.what,
            a_visit=taken.amount,
            amount=amount,
            usd=None if amount is None else price.of(amount),
            how=taken.how,
        )
