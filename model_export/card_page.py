"""The model card as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_export.card import MEMBERS
from model_export.samples import VARIANTS


def as_page(card: Mapping[str, Any]) -> str:
    """The card as a page of Markdown."""
    return "\n".join(_lines(card)) + "\n"


def _lines(card: Mapping[str, Any]) -> Iterator[str]:
    training = card["training"]
    yield f"# Model card: bundle {card['version']}"
    yield ""
    if card["kind"] != "real":
        yield "**Made from simulated matches: none of its figures says anything about football.**"
        yield ""
    yield f"Made {card['created_at'][:16]} UTC for {', '.join(card['leagues'])}."
    yield (
        f"Data: seasons {training['from']} to {training['to']}, {training['matches']} matches, "
        f"the last of {training['last_day']}; {card['kind']}."
    )
    yield f"Figures: seasons {' '.join(card['held_out_seasons'])}, each predicted from earlier ones only."
    yield ""
    yield "## What it knows"
    yield ""
    yield from (f"- `{variant}`: {words}." for variant, words in card["knows"].items())
    yield from _teacher_lines(card["teacher"])
    yield from _figure_lines(card)
    yield from _goal_lines(card["goals"])
    yield from _bet_lines(card["value_bets"])
    yield from _class_lines(card.get("value_bet_classes", {}))  # older bundles have none
    yield from _member_lines(card)
    yield from _limit_lines(card)


def _teacher_lines(teacher: Mapping[str, Any]) -> Iterator[str]:
    share = teacher["close_share"]
    yield ""
    yield (
        f"Target: {share:.0%} fair close, {1 - share:.0%} outcome; the outcome alone where there is no close."
        f" Seasons from {teacher['first_season_linear']}, each worth {teacher['season_weight']} of the next;"
        f" a match outside the big five leagues counts {teacher['other_league_weight']} of one within."
    )
    yield ""
    seasons = teacher["closes_by_season"]
    books = list(next(iter(seasons.values()), {}))
    yield from _table(
        ["season", *books], [[season, *map(str, by.values())] for season, by in seasons.items()]
    )


def _figure_lines(card: Mapping[str, Any]) -> Iterator[str]:
    yield "## Figures"
    yield ""
    rows = []
    for part, scores in card["scores"].items():
        for who, score in scores.items():
            slope = (
                "{value:.2f} [{low:.2f}, {high:.2f}]".format_map(score["slope"]) if score["slope"] else "-"
            )
            bias = " ".join(f"{100 * x:+.1f}" for x in score["bias"])
            near = [_estimate(score["close"]), _estimate(score["divergence"])]
            rows.append([part, who, str(score["n"]), f"{score['log_loss']:.4f}", *near, slope, bias])
    head = ["matches of", "forecaster", "n", "log loss", "less the close's", "KL(close‖forecast)", "slope",
            "too likely by, points (home draw away)"]  # fmt: skip
    yield from _table(head, rows)
    worse = ", ".join(card["worse_than_early_odds"]) or "none"
    yield f"Leagues where with_odds is worse than the market's early odds beyond chance: {worse}."
    yield ""


def _goal_lines(goals: Mapping[str, Any]) -> Iterator[str]:
    rows = [
        [part, who, str(score["n"]), f"{score['log_loss']:.4f}", _estimate(score["close"]),
         _estimate(score["divergence"]), f"{100 * score['bias']:+.1f}"]
        for part, scores in goals.items()
        for who, score in scores.items()
    ]  # fmt: skip
    if not rows:
        return
    yield "## Three goals or more"
    yield ""
    yield "Taught by fair closing totals as the outcome is by fair closes; by early ones where none are."
    yield ""
    head = ["matches of", "forecaster", "n", "log loss", "less the close's", "KL(close‖forecast)",
            "too likely by, points"]  # fmt: skip
    yield from _table(head, rows)


def _bet_lines(bets: Mapping[str, Any]) -> Iterator[str]:
    yield "## Value bets at the best single book's price, commission paid"
    yield ""
    rows = [[part, str(b["n"]), _line_value(b), str(b["suspect"])] for part, b in bets.items() if b["n"]]
    yield from _table(["matches of", "bets", "closing-line value", "suspect prices"], rows)


def _class_lines(classes: Mapping[str, Any]) -> Iterator[str]:
    rows = [
        [part, name, str(b["n"]), _line_value(b)]
        for part, figures in classes.items()
        for name, b in figures["by_class"].items()
        if b["n"]
    ]
    if rows:
        yield from _table(["matches of", "class", "bets", "closing-line value"], rows)


def _line_value(bets: Mapping[str, Any]) -> str:
    return f"{bets['closing_line_value']:+.1%} [{bets['low']:+.1%}, {bets['high']:+.1%}]"


def _member_lines(card: Mapping[str, Any]) -> Iterator[str]:
    yield "## Members and features"
    yield ""
    rows = [
        [variant, *(f"{by[name]['weight']:.3f} ({by[name]['earned']:+.3f})" for name in MEMBERS)]
        for variant, by in card["members"].items()
    ]
    yield from _table(["weight (earned)", *MEMBERS], rows)
    groups = card["features"]
    rows = [
        [group, str(count), *(f"{card['importance'][v].get(group, 0.0):.0%}" for v in VARIANTS)]
        for group, count in groups.items()
    ]
    yield from _table(["feature group", "features", *VARIANTS], rows)


def _limit_lines(card: Mapping[str, Any]) -> Iterator[str]:
    limits, gates = card["drift_limits"], card["gates"]
    yield "## Limits"
    yield ""
    yield (
        f"It counts as drifting when, over {limits['window']} settled matches, accuracy fell by "
        f"{100 * limits['accuracy_drop']:.0f} points and {limits['standard_errors']:g} standard errors; "
        f"a feature as shifted from a population stability index of {limits['features_shifted']}."
    )
    yield ""
    yield gates["beside_production"]
    if gates["objections"]:
        yield f"Released in spite of: {' '.join(gates['objections'])} Reason: {gates['forced']}"
    yield ""
    yield "Not for:"
    yield ""
    yield from (f"- {use}" for use in card["not_for"])


def _estimate(against: Mapping[str, Any] | None) -> str:
    if against is None:
        return "-"
    return f"{against['difference']:+.4f} [{against['low']:+.4f}, {against['high']:+.4f}]"


def _table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"
    yield ""
