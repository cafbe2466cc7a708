"""What a call for revalidation may name: a match, tags, or one of a few paths, and nothing else."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sabiscore.cache import targets
from sabiscore.cache.tags import is_tag
from sabiscore.cache.targets import Targets
from sabiscore.http.parameters import MATCH_ID, MOST_ID
from sabiscore.insights.revalidation import INSIGHTS, LEAGUES, MATCHES

MOST_TAGS_A_CALL = 50
KINDS = ("match", "league", "list", "bundle", "publication")
"""Beginnings of tags that some answer bears; ``odds`` stands alone."""

_OF_MATCH = re.compile(rf"(?:/match|{INSIGHTS})/(?P<id>{MATCH_ID.pattern})")


def _a_match(text: str) -> str:
    if not MATCH_ID.fullmatch(text):
        raise ValueError("an id is lower-case words joined by hyphens")
    return text


def _a_tag(text: str) -> str:
    kind, _, name = text.partition(":")
    if not is_tag(text) or not (text == "odds" or (kind in KINDS and name)):
        raise ValueError(f"a tag is odds, or one of {', '.join(KINDS)} with a colon and a name")
    return text


def _a_path(text: str) -> str:
    if text not in (MATCHES, LEAGUES) and not _OF_MATCH.fullmatch(text):
        raise ValueError(f"a path is /match/ID, {INSIGHTS}/ID, {MATCHES} or {LEAGUES}, as it stands")
    return text


MatchId = Annotated[str, Field(max_length=MOST_ID), AfterValidator(_a_match)]
Tag = Annotated[str, Field(max_length=160), AfterValidator(_a_tag)]
Path = Annotated[str, Field(max_length=MOST_ID + len(INSIGHTS) + 1), AfterValidator(_a_path)]


class Revalidate(BaseModel):
    """Exactly one of `path`, `tag`, `tags` and `match`; `secret` is for callers that do not sign."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path | None = Field(default=None, description="`/match/{id}` or a path of this API, no query.")
    tag: Tag | None = Field(default=None, description="As in `Cache-Tag`.")
    tags: tuple[Tag, ...] | None = Field(default=None, min_length=1, max_length=MOST_TAGS_A_CALL)
    match: MatchId | None = Field(default=None, description="A match id.")
    secret: str | None = Field(
        default=None,
        max_length=128,
        repr=False,
        description="Instead of a signature, with `path`; for old callers.",
    )

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        named = [target for target in (self.path, self.tag, self.tags, self.match) if target is not None]
        if len(named) != 1:
            raise ValueError("name exactly one of path, tag, tags and match")
        if self.secret is not None and self.path is None:
            raise ValueError("whoever sends the secret may name a path only; sign the call instead")
        return self

    @property
    def targets(self) -> Targets:
        """What is meant."""
        if self.path in (MATCHES, LEAGUES):
            return targets.of_lists() if self.path == MATCHES else Targets((), (LEAGUES,))
        if self.path is not None:
            return targets.of_match(self.path.rpartition("/")[2])
        if self.match is not None:
            return targets.of_match(self.match)
        return targets.of_tags(self.tags or (self.tag or "",))
