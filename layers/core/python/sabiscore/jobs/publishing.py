"""What the publishing jobs have in common: the calendar, the states, the publication and its consequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sabiscore.domain.league import SERVED
from sabiscore.errors import SabiScoreError
from sabiscore.identity.rosters import KnownMatches
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.run import JobRun
from sabiscore.pipeline import checkpoints, republish
from sabiscore.pipeline.betting import update_bets
from sabiscore.pipeline.calendar import calendar_at
from sabiscore.pipeline.challenger import seal_challenger
from sabiscore.pipeline.coming_matches import served_rosters
from sabiscore.pipeline.edge_model_upload import upload_edge_model
from sabiscore.pipeline.republish import PublicationContent, Republished, coming_fixtures, invalidate_caches
from sabiscore.pipeline.sealing import Sealer
from sabiscore.pipeline.unfiled_results import unfiled_results
from sabiscore.publication.publish import Publication, PublishedStates, saved_states
from sabiscore.publication.published_heads import published_heads

LEAGUES = tuple(league.key for league in SERVED)


@dataclass(frozen=True, slots=True)
class Consequences:
    """What followed from a publication: figures for the report, and problems."""

    figures: Mapping[str, int]
    problems: tuple[str, ...]


def served_calendar(context: JobContext, now: datetime) -> KnownMatches:
    """The matches of the served leagues as known at ``now``."""
    return calendar_at(
        now,
        LEAGUES,
        store=context.store,
        observations=context.observations,
        memo=context.calendar_memo,
    )


def nothing_known(context: JobContext, calendar: KnownMatches) -> bool:
    """Whether there is no match to publish or to learn from yet: no season file was read, none is coming."""
    return not calendar.everything and not context.store.archived()


def published_states(context: JobContext, old: Publication | None, now: datetime) -> PublishedStates:
    """The very states that ``old`` was published with; where they are there no more, those of ``now``."""
    if old is not None and old.published_states.are_whole():
        return old.published_states
    return current_states(context, now)


def current_states(context: JobContext, now: datetime) -> PublishedStates:
    """The states after all days before ``now``, season files and observed results alike."""
    unfiled = unfiled_results(
        now, store=context.store, observations=context.observations, snapshots=context.snapshots
    )
    return saved_states(
        checkpoints.states_at(
            now,
            unfiled=unfiled,
            store=context.store,
            cas_store=context.cas_store,
            folder=context.checkpoints,
        )
    )


def published(context: JobContext) -> Publication | None:
    """What is published now, other processes' publications included; None where nothing is."""
    context.catch_up()  # a run lasts minutes, and another schedule publishes too
    return republish.published(context.insights.publications)


def publish_current(
    context: JobContext,
    run: JobRun,
    calendar: KnownMatches,
    now: datetime,
    *,
    old: Publication | None,
    states: PublishedStates,
    answered: Sequence[str],
) -> Republished:
    """The publication of what is known at ``now``, or ``old`` where that stays.

    ``answered`` are the sources that answered in this run.
    """
    if old is not None and republish.stays(old, calendar.matches, answered):
        return Republished(old, (), replaced=False)
    today = now.astimezone(UTC).date()
    content = PublicationContent(
        matches=coming_fixtures(
            calendar.matches,
            now,
            store=context.store,
            snapshots=context.snapshots,
            memo=context.fixtures_memo,
        ),
        states=states,
        rosters=context.rosters_memo.get(
            (calendar, today), lambda: served_rosters(calendar.everything, today, calendar.told_by)
        ),
        renamed=context.store.renamed(),
        has_record=context.ledger.head() is not None,
    )
    return republish.republish(
        old,
        content,
        now,
        answered=answered,
        folder=context.publication_dir,
        kind=context.kind,
        require_alive=run.require_alive,
    )


def follow_up(context: JobContext, republished: Republished, before: str | None) -> Consequences:
    """What follows from the publication that is served now, in this order.

    Changed matches are forecast in one batch, caches and the edge are invalidated, the edge model is sent,
    value bets are updated, due predictions are sealed, then those of the challenger. ``before`` is the digest
    of the publication before. Each step is valid by itself: the next run continues where this one ends.
    """
    figures, problems = _published_figures(republished), list[str]()
    try:
        scored = context.insights.scored_publication()
        if context.invalidate is not None:
            _prepare(scored, republished)
        problem = invalidate_caches(
            republished, before, invalidate=context.invalidate, cas_store=context.cas_store
        )
        problems += [problem] if problem else []
        problem = upload_edge_model(
            context.insights.inputs, context.models, context.cas_store, context.upload_edge_model
        )
        problems += [problem] if problem else []
        bets = update_bets(scored, context.bets, context.now(), context.bets_memo)
        sealer = Sealer(
            ledger=context.ledger,
            feature_counts=context.feature_counts,
            models=context.models,
            clock=context.clock,
        )
        context.ledger.require(published_heads(context.publication_dir))
        figures |= {
            "sealed": sealer.seal_due(scored),
            "bets_opened": len(bets.opened),
            "bets_died": len(bets.died),
        }
        figures["on_trial"], problem = seal_challenger(
            scored, sealer, publication_dir=context.publication_dir, share=context.challenger_share
        )
        problems += [problem] if problem else []
    except SabiScoreError as error:
        problems.append(f"Nothing was forecast: {error}")
    return Consequences(figures, tuple(problems))


def _published_figures(republished: Republished) -> dict[str, int]:
    return {"matches": len(republished.publication.matches), "touched": len(republished.touched)}


def _prepare(scored: ScoredPublication, republished: Republished) -> None:
    """Computes forecasts and explanations of all that changed, in one batch."""
    served = scored.publication.served
    scored.prepare([served[match_id] for match_id in republished.touched if match_id in served])
