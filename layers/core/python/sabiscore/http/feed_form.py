"""The newest entries of the ledger as a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from typing import Any, cast

from sabiscore.domain.odds import OUTCOMES
from sabiscore.http.representation import Representation
from sabiscore.insights.document import Document
from sabiscore.insights.ledger_documents import LedgerEntryView, LedgerPageView

FEED_TYPE = "application/feed+json"


def feed_file(document: Document) -> bytes:
    """The feed of a page of the ledger: what was sealed, and what became of it."""
    page = cast("LedgerPageView", document)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "SabiScore: sealed and settled predictions",
        "description": "Predictions sealed before kick-off and what became of them, newest first.",
        "language": "en",
        "items": [_item(entry) for entry in page.entries],
    }
    return json.dumps(feed, ensure_ascii=False).encode()


def _item(entry: LedgerEntryView) -> dict[str, Any]:
    said = entry.entry
    is_seal = said["kind"] == "sealed"
    return {
        "id": entry.hash,
        "title": f"{'Sealed' if is_seal else 'Settled'}: {said['match']}",
        "content_text": _sealed(said) if is_seal else _settled(said),
        "date_published": said["sealed_at" if is_seal else "settled_at"],
        "tags": [said["kind"]],
        "_sabiscore": {"seq": entry.seq, "hash": entry.hash, "match": said["match"], "href": entry.href},
    }


def _sealed(said: dict[str, Any]) -> str:
    home, draw, away = (f"{100 * p:.0f}%" for p in said["p"])
    return f"{said['match']}, kick-off {said['kickoff_at']}: home {home}, draw {draw}, away {away}."


def _settled(said: dict[str, Any]) -> str:
    goals_home, goals_away = said["goals"]
    return f"{said['match']} ended {goals_home}–{goals_away}: {OUTCOMES[said['outcome']]}."


FEED = Representation(FEED_TYPE, feed_file)
