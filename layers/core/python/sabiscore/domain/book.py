"""The books we know, as data: whose prices there are, and whether somebody can have them.

Order is part of the archive format: append only. A new book is a new line here: its columns are then read,
its prices stored, learnt from and offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PriceKind = Literal["offer", "exchange", "average", "best", "unlisted"]
"""``offer``: a bookmaker's price, to be had as it stands · ``exchange``: the best price to back at, of
which the exchange keeps a commission on what is won · ``average``: the mean of several books · ``best``: the
highest of several books, of which the feed does not say whose it is · ``unlisted``: of a book that is not in
this list.

The middle between an exchange's back and lay prices is nobody's price and is not stored at all.
"""

TAKEABLE: frozenset[PriceKind] = frozenset({"offer", "exchange"})
"""Kinds of price at which a bet can be placed, at a book that has a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One column of prices: our ``code``, a name for people, and the kind of its prices.

    ``columns`` are its codes in season files (of several that mean one book the first with a price counts),
    ``keys`` those of live sources. ``lines`` tells that its over/under and handicap prices are read too.
    """

    code: str
    name: str
    kind: PriceKind = "offer"
    columns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    lines: bool = False

    @property
    def takeable(self) -> bool:
        """Whether a bet can be placed at its prices."""
        return self.kind in TAKEABLE


LISTED: tuple[Book, ...] = (
    Book(code="avg", name="market average", kind="average", columns=("Avg", "BbAv"), lines=True),
    Book(code="max", name="best of the market", kind="best", columns=("Max", "BbMx"), lines=True),
    Book(code="b365", name="Bet365", columns=("B365",), keys=("bet365",), lines=True),
    Book(code="ps", name="Pinnacle", columns=("PS", "P"), keys=("pinnacle",), lines=True),
    Book(
        code="bfe",
        name="Betfair Exchange",
        kind="exchange",
        columns=("BFE",),
        keys=("betfair_ex_eu", "betfair_ex_uk", "betfair_ex_au"),
        lines=True,
    ),
    Book(code="bw", name="Bet&Win", columns=("BW",), keys=("bwin",)),
    Book(code="wh", name="William Hill", columns=("WH",), keys=("williamhill",)),
    Book(code="iw", name="Interwetten", columns=("IW",), keys=("interwetten",)),
    Book(code="vc", name="BetVictor", columns=("VC", "BV"), keys=("betvictor",)),
    Book(code="lb", name="Ladbrokes", columns=("LB",), keys=("ladbrokes_uk",), lines=True),
    Book(code="1xb", name="1xBet", columns=("1XB",), keys=("onexbet",)),
    Book(code="bf", name="Betfair", columns=("BF",), keys=("betfair_sb_uk",)),
    Book(code="gb", name="Gamebookers", columns=("GB",), lines=True),
    Book(code="sb", name="Sportingbet", columns=("SB",), keys=("sportingbet",)),
    Book(code="sj", name="Stan James", columns=("SJ",)),
    Book(code="bs", name="Blue Square", columns=("BS",)),
    Book(code="so", name="Sporting Odds", columns=("SO",)),
    Book(code="sy", name="Stanleybet", columns=("SY",)),
    Book(code="bfd", name="Betfred", columns=("BFD",), keys=("betfred_uk",)),
    Book(code="bmgm", name="BetMGM", columns=("BMGM",), keys=("betmgm_uk",)),
    Book(code="cl", name="Coral", columns=("CL",), keys=("coral",)),
    Book(code="pp", name="Paddy Power", columns=("PP",), keys=("paddypower",)),
    Book(code="skb", name="Sky Bet", columns=("SKB",), keys=("skybet",)),
    Book(code="other1", name="a book that is not listed", kind="unlisted"),
    Book(code="other2", name="another book that is not listed", kind="unlisted"),
    Book(code="other3", name="a third book that is not listed", kind="unlisted"),
    Book(code="other4", name="a fourth book that is not listed", kind="unlisted"),
)
"""The last four take the columns of books that are in no line above, in the order of a file's header."""

BY_CODE: Mapping[str, Book] = {book.code: book for book in LISTED}
BOOK_BY_KEY: Mapping[str, Book] = {key: book for book in LISTED for key in book.keys}
UNLISTED = tuple(book.code for book in LISTED if book.kind == "unlisted")

OTHER_EXCHANGES = frozenset({"matchbook", "smarkets"})
"""Live sources' keys of exchanges that are not listed: their prices are before commission."""


def is_offer(code: str) -> bool:
    """Whether a book, by our code or by a source's own key, is a bookmaker: no exchange, mean or best price.

    >>> is_offer("b365"), is_offer("unibet_eu"), is_offer("bfe"), is_offer("matchbook"), is_offer("avg")
    (True, True, False, False, False)
    """
    book = BY_CODE.get(code)
    return code not in OTHER_EXCHANGES if book is None else book.kind == "offer"
