"""What stored answers are about: the names by which they are dropped together.

``match:{match id}`` · ``league:{league key}`` · ``list:{league key}`` (lists its matches) · ``odds``
(shows prices) · ``bundle:{version}`` (was made with that model) · ``publication:{digest}`` (was made
from those facts) · ``record:{digest}`` (tells that record of settled predictions) · ``calibration:{mark}``
(was corrected by that live calibration) · ``matchday:{digest}`` (tells those scores and seals) ·
``life:{digest}`` (tells that of one match) · ``ledger:{head}`` (shows that ledger) ·
``prices:{digest}`` (shows those histories) ·
``clubs:{digest}`` (shows those results of clubs) · ``pages`` (is one) · ``site:{digest}`` (names scripts and
styles of that build) · ``system:{digest}`` (shows sources and schedules as they were then).
"""

from __future__ import annotations

import re

ODDS = "odds"
PAGES = "pages"
_TAG = re.compile(r"[a-z][a-z0-9-]{0,31}(:[A-Za-z0-9._-]{1,128})?")


def is_tag(tag: object) -> bool:
    """Whether ``tag`` is one word, or a word, a colon and a name.

    >>> [is_tag(tag) for tag in ("odds", "match:epl-2526-arsenal-chelsea", "match:", "a b", 3)]
    [True, True, False, False, False]
    """
    return isinstance(tag, str) and _TAG.fullmatch(tag) is not None


def match_tag(match_id: str) -> str:
    return f"match:{match_id}"


def league_tag(league: str) -> str:
    return f"league:{league}"


def list_tag(league: str) -> str:
    return f"list:{league}"


def bundle_tag(version: str) -> str:
    return f"bundle:{version}"


def record_tag(digest: str) -> str:
    return f"record:{digest[:16]}"


def calibration_tag(mark: str) -> str:
    return f"calibration:{mark}"


def matchday_tag(digest: str) -> str:
    return f"matchday:{digest[:16]}"


def ledger_tag(head: str) -> str:
    return f"ledger:{head[:16]}"


def prices_tag(digest: str) -> str:
    return f"prices:{digest[:16]}"


def clubs_tag(digest: str) -> str:
    return f"clubs:{digest[:16]}"


def site_tag(digest: str) -> str:
    return f"site:{digest[:16]}"


def system_tag(digest: str) -> str:
    return f"system:{digest[:16]}"


def life_tag(digest: str) -> str:
    return f"life:{digest}"


def is_publication_part(tag: str) -> bool:
    """Whether ``tag`` names what an answer was made from, rather than what it is about."""
    return tag.startswith(("bundle:", "publication:", "record:", "calibration:"))


def publication_tag(digest: str) -> str:
    return f"publication:{digest[:16]}"
