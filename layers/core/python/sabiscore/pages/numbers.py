"""Numbers as people read them; the domain's own stay exact in the documents of the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import floor

MINUS = "−"
UNKNOWN = "–"

_AGE_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def whole_per_cents(p: Sequence[float]) -> tuple[int, ...]:
    """Probabilities as whole per cents that sum to 100, by the largest remainder.

    >>> whole_per_cents((0.335, 0.335, 0.33)), whole_per_cents((0.004, 0.001, 0.995))
    ((34, 33, 33), (0, 0, 100))
    """
    exact = [100 * x for x in p]
    whole = [floor(x) for x in exact]
    by_remainder = sorted(range(len(p)), key=lambda k: whole[k] - exact[k])
    for k in by_remainder[: 100 - sum(whole)]:
        whole[k] += 1
    return tuple(whole)


def per_cent(p: float | None) -> str:
    """A probability as a whole per cent; one that is neither 0 nor 1 is never shown as if it were.

    >>> [per_cent(p) for p in (0.614, 0.002, 0.998, 0.0, 1.0, None)]
    ['61%', '<1%', '>99%', '0%', '100%', '–']
    """
    if p is None:
        return UNKNOWN
    if 0 < p < 0.005:
        return "<1%"
    if 0.995 <= p < 1:
        return ">99%"
    return f"{100 * p:.0f}%"


def shown_whole(whole: int, p: float) -> str:
    """One of ``whole_per_cents`` as it is printed, ``p`` being what it was made from.

    >>> shown_whole(0, 0.004), shown_whole(100, 0.995), shown_whole(33, 0.331)
    ('<1', '>99', '33')
    """
    if whole == 0 and p > 0:
        return "<1"
    return ">99" if whole == 100 and p < 1 else str(whole)


def signed(x: float | None, digits: int = 1, unit: str = "") -> str:
    """``x`` with its sign, a true minus; what rounds to nothing has none.

    >>> signed(0.0312, 3), signed(-1.26), signed(-0.01), signed(None), signed(7.45, 1, "%")
    ('+0.031', '−1.3', '0.0', '–', '+7.5%')
    """
    if x is None:
        return UNKNOWN
    text = f"{abs(x):.{digits}f}"
    sign = "" if not float(text) else MINUS if x < 0 else "+"
    return f"{sign}{text}{unit}"


def fixed(x: float | None, digits: int = 2) -> str:
    """``x`` with so many decimals, a true minus.

    >>> fixed(-0.5), fixed(2.126), fixed(None)
    ('−0.50', '2.13', '–')
    """
    return UNKNOWN if x is None else f"{x:.{digits}f}".replace("-", MINUS)


def age(seconds: int | None) -> str:
    """An age in its largest unit; scripts keep it true while the page is open.

    >>> [age(s) for s in (42, 240, 7_300, 200_000, None)]
    ['just now', '4 min ago', '2 h ago', '2 d ago', 'age unknown']
    """
    if seconds is None:
        return "age unknown"
    for size, unit in _AGE_UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"


def clock(at: datetime) -> str:
    """The time of day in UTC, as in ``15:00``."""
    return f"{at:%H:%M}"


def day_name(at: datetime) -> str:
    """The day in UTC, as in ``Saturday 29 November``."""
    return f"{at:%A} {at.day} {at:%B}"


def moment(at: datetime) -> str:
    """Day and time in UTC, as in ``29 November 2025, 15:00 UTC``."""
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def season(code: str) -> str:
    """A season as people write it.

    >>> season("2526"), season("9900")
    ('2025/26', '1999/00')
    """
    century = "19" if code[:2] > "90" else "20"
    return f"{century}{code[:2]}/{code[2:]}"
