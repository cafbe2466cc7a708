"""Every live source, declared once: its free plan, whether it needs a licence, and where it ranks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sabiscore.domain.facts import Kind
from sabiscore.net.quota import Plan
from sabiscore.sources.base import Provider
from sabiscore.sources.the_odds_api import TheOddsApi


@dataclass(frozen=True, slots=True)
class Declared:
    """A source, the quota of its free plan, and what a person should know of it.

    One that is ``licensed`` is off unless the address of a feed that you are entitled to is set.
    """

    provider: Provider
    plan: Plan | None = None
    licensed: bool = False
    note: str = ""


PREFERENCE: Mapping[Kind, tuple[str, ...]] = {
    "odds": ("the-odds-api.com",),
    "fixtures": ("the-odds-api.com",),
}
"""Names of the sources of each kind of facts, the best first: it is asked first, others where it fails."""


def declare(environ: Mapping[str, str]) -> tuple[Declared, ...]:  # noqa: ARG001
    """The sources, by the order in which a person would set them up."""
    return (Declared(TheOddsApi(), Plan(500, "month")),)
