"""Which club a newer season file writes under another name, by the matches that both versions have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

Pairing = tuple[date, str, str]
"""Day, home and away of a match."""


def renamed(old: Collection[Pairing], new: Collection[Pairing], standing: Collection[str]) -> dict[str, str]:
    """Club as ``old`` has it → the club that plays its matches in ``new``.

    A club is renamed when it is gone from ``new`` and one and the same other club stands in its place, on
    the same day, side and against the same opponent, in every match of it that is still there. A team that
    is gone and one that is in its place are never both of ``standing``, clubs that exist without this file:
    that is a correction, not a name.
    """
    places = _places(new)
    gone = _clubs(old) - _clubs(new)
    found: dict[str, str] = {}
    for _ in range(2):  # matches between two renamed clubs are understood once one of them is
        for club in sorted(gone - found.keys()):
            others = _in_its_place(club, old, places, found)
            if len(others) == 1:
                (other,) = others
                if not (club in standing and other in standing):
                    found[club] = other
    taken = Counter(found.values())
    return {club: other for club, other in found.items() if taken[other] == 1}


def turned(gone: Iterable[Pairing], new: Iterable[Pairing]) -> frozenset[Pairing]:
    """The matches of ``gone`` that ``new`` has on the same day with home and away turned round."""
    known = set(new)
    return frozenset(pairing for pairing in gone if (pairing[0], pairing[2], pairing[1]) in known)


def _places(pairings: Iterable[Pairing]) -> Mapping[tuple[date, str, bool], frozenset[str]]:
    """Day, a club and whether it is at home → who plays against it."""
    found: defaultdict[tuple[date, str, bool], set[str]] = defaultdict(set)
    for day, home, away in pairings:
        found[day, home, True].add(away)
        found[day, away, False].add(home)
    return {key: frozenset(clubs) for key, clubs in found.items()}


def _in_its_place(
    club: str,
    old: Iterable[Pairing],
    places: Mapping[tuple[date, str, bool], frozenset[str]],
    found: Mapping[str, str],
) -> set[str]:
    others: set[str] = set()
    for day, home, away in old:
        if home == club:
            others |= places.get((day, found.get(away, away), False), frozenset())
        elif away == club:
            others |= places.get((day, found.get(home, home), True), frozenset())
    return others


def _clubs(pairings: Iterable[Pairing]) -> set[str]:
    return {club for _, home, away in pairings for club in (home, away)}
