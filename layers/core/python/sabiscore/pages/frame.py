"""What is round every page: its name and title, where its numbers are from and how old they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sabiscore.insights.document import Freshness


class Dated(Protocol):
    """A document that says how old it is and what it is of."""

    @property
    def freshness(self) -> Freshness: ...
    @property
    def generated_at(self) -> datetime: ...
    @property
    def simulated(self) -> bool: ...
    @property
    def rehearsal(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Frame:
    """``page`` names the kind of page to scripts and the menu; ``dated`` is None where nothing can age.

    ``picture`` is the address of what is shown beside a link to the page; None where nobody said where
    readers find the site, since chats take whole addresses only.
    """

    page: str
    title: str
    description: str
    dated: Dated | None = None
    picture: str | None = None


def picture_of_match(match_id: str | None, site: str | None) -> str | None:
    """The address of the picture of a match, on ``site``; that of the site for a pairing without a match."""
    if site is None or match_id is None:
        return picture_of_site(site)
    return f"{site}/match/{match_id}/picture.png"


def picture_of_site(site: str | None) -> str | None:
    """The address of the picture of all other pages, on ``site``."""
    return None if site is None else f"{site}/share.png"
