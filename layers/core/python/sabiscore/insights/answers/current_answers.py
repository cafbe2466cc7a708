"""What the answers of now are made from, and those that were asked for already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sabiscore.cache import tags
from sabiscore.domain.calibration import Calibration
from sabiscore.domain.league import SERVED
from sabiscore.domain.match import Match
from sabiscore.insights.answers.cacheable_document import CacheableDocument
from sabiscore.insights.fixtures import Fixture, known_fixtures
from sabiscore.insights.kept_rows import KeptRows
from sabiscore.publication.corrections import mark_of
from sabiscore.publication.matchday import Matchday
from sabiscore.publication.publish import Publication
from sabiscore.publication.supplements import Supplements


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentAnswers:
    """A publication with its supplements, the model's ``version`` and its ``live`` calibration.

    It also keeps what was found in them: ``fixtures`` of a day, ``insights`` by match, ``rows`` of lists.
    """

    publication: Publication
    version: str
    live: Calibration
    supplements: Supplements
    matchday: Matchday
    fixtures: dict[date, Mapping[str, Fixture]] = field(default_factory=dict)
    insights: dict[str, CacheableDocument] = field(default_factory=dict)
    rows: KeptRows = field(default_factory=KeptRows)

    @property
    def tags(self) -> tuple[str, ...]:
        """What an answer of the model follows."""
        return (
            tags.bundle_tag(self.version),
            tags.publication_tag(self.publication.digest),
            tags.calibration_tag(mark_of(self.live)),
        )

    @property
    def rosters(self) -> dict[str, tuple[str, ...]]:
        """The teams of each served league, those included that may still join it."""
        known, others = self.publication.rosters, self.publication.may_play
        return {served.key: (*known.get(served.key, ()), *others.get(served.key, ())) for served in SERVED}

    def served(self, match_id: str) -> Match | None:
        """The coming match with that id, or an earlier id of it; None where there is none."""
        publication = self.publication
        return publication.served.get(publication.renamed.get(match_id, match_id))

    def fixtures_at(self, now: datetime) -> Mapping[str, Fixture]:
        """All that can be spoken of, by id; found once for what is published, and once more for each day."""
        day = now.date()
        if day not in self.fixtures:
            self.fixtures.clear()
            self.fixtures[day] = known_fixtures(self.publication, self.matchday, now)
        return self.fixtures[day]
