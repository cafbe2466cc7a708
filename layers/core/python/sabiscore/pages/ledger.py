"""The page of the public ledger: what was sealed and settled, each entry with the text that was hashed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sabiscore.insights.ledger_documents import LedgerEntryView, LedgerPageView, LedgerProof
from sabiscore.pages.frame import Frame
from sabiscore.pages.numbers import per_cent
from sabiscore.pages.rendering import render


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry, what it says in a line, and what a script verifies it by."""

    view: LedgerEntryView
    words: str
    proof: str


def ledger_page(document: LedgerPageView, league: str | None, match: str | None) -> bytes:
    """The page of ``document``, the newest entry first."""
    values = {
        "frame": Frame(
            page="ledger",
            title="Ledger",
            description="Every sealed forecast, with what proves it.",
            dated=document,
        ),
        "document": document,
        "entries": [_listed(view) for view in document.entries],
        "league": league,
        "match": match,
    }
    return render("ledger.html", values)


def ledger_entry_page(document: LedgerProof) -> bytes:
    """The page of one entry, with the entry before it, so that the link between them can be verified."""
    values = {
        "frame": Frame(
            page="ledger",
            title=f"Ledger entry {document.entry.seq}",
            description="An entry and its proof.",
            dated=document,
        ),
        "document": document,
        "listed": _listed(document.entry),
    }
    return render("ledger_entry.html", values)


def _listed(view: LedgerEntryView) -> ListedEntry:
    proof = {"text": view.body, "hash": view.hash, "previous": view.entry.get("previous")}
    return ListedEntry(view, _words(view.entry), json.dumps(proof))


def _words(entry: Mapping[str, Any]) -> str:
    """What an entry says, in a line; of kinds that come later only their kind."""
    if entry["kind"] == "sealed":
        home, draw, away = (per_cent(p) for p in entry["p"])
        return f"home {home}, draw {draw}, away {away}, by model {entry['bundle']}"
    if entry["kind"] == "settled":
        home_goals, away_goals = entry["goals"]
        return f"it ended {home_goals}–{away_goals}"
    return str(entry["kind"])
