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


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """``page`` names the kind of page to scripts and the menu; ``dated`` is None where nothing can age.

    ``site`` is where readers find the pages, without a slash at the end: the Worker, which has the rooms of
    matches; None where nobody said. ``match_id`` is of the match that the page is about.
    """

    page: str
    title: str
    description: str
    dated: Dated | None = None
    site: str | None = None
    match_id: str | None = None

    @property
    def picture(self) -> str | None:
        """The address of what is shown beside a link to the page; None without a ``site``.

        Chats take whole addresses only.
        """
        if self.site is None:
            return None
        return f"{self.site}/match/{self.match_id}/picture.png" if self.match_id else f"{self.site}/share.png"
