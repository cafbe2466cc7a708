"""The walk-forward evaluation of a folder of season files, with the names that the files use."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cli.progress import Steps
from infra.local.data_dirs import data_dir_settings, kind_of
from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.league import SERVED
from sabiscore.domain.match import season_start_year
from sabiscore.errors import BadSeasonFile, BadSetting, Refused
from sabiscore.files import write_atomically
from sabiscore.history import season_name
from sabiscore.identity.leagues import find_league
from sabiscore.inference.manifest import is_version
from sabiscore.settings import read_settings

if TYPE_CHECKING:
    from model_export.evaluate import Evaluation
    from model_export.held_out import HeldOut, Paired

Names = Mapping[tuple[str, str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """An evaluation, and the teams' names as the season files spell them, by division and season."""

    evaluation: Evaluation
    names: Names


def evaluate_folder(
    folder: Path, tests: Sequence[str], leagues: Sequence[str] | None, steps: Steps
) -> EvaluationResult:
    """Predicts the seasons ``tests`` of ``leagues`` from the files in ``folder``; keeps nothing.

    Raises BadSetting for what is no season, BadSeasonFile for a folder without usable files.
    """
    years = [_start_year(test) for test in tests]
    chosen = tuple(find_league(name) for name in leagues) if leagues else SERVED
    _require_files(folder, years)  # before seconds of imports and minutes of reading
    from infra.local.run import history_of, ingest_folder
    from model_export.evaluate import evaluate
    from model_export.samples import samples

    with tempfile.TemporaryDirectory() as scratch:
        data_dir = Path(scratch)
        settings = replace(
            read_settings({}), data_dir=data_dir, database_url=f"sqlite:///{data_dir / 'store.db'}"
        )
        report = ingest_folder(folder, settings, kind_of(folder), steps)
        if not report.useful:
            raise BadSeasonFile(report.failed[0].error, hint=report.failed[0].hint)
        for failed in report.failed:
            steps.say(f"Left out: {failed.error}")
        history = history_of(settings, played=True)
    for year in years:
        if not (history.season == year).any():
            raise Refused(
                f"There are no matches of season {season_name(year)} in {folder}.",
                hint=f"Its newest season is {season_name(int(history.season.max()))}.",
            )
    history = history.take(history.season <= max(years))
    with steps.step("Replaying the seasons"):
        table, _ = samples(history, chosen)
    with steps.step("Predicting") as at:
        evaluation = evaluate(table, years, at).evaluation
    return EvaluationResult(evaluation, _names(folder, [season_name(year) for year in years]))


def _start_year(test: str) -> int:
    if not re.fullmatch(r"\d{4}", test) or (int(test[:2]) + 1) % 100 != int(test[2:]):
        raise BadSetting(f"{test[:20]!r} is no season.", hint="Write 2024/25 as --test 2425.")
    return season_start_year(test)


def _require_files(folder: Path, years: Sequence[int]) -> None:
    """Raises Refused for a year of ``years`` in which, by their names, no season of the files begins."""
    seasons = sorted({season for path in _season_paths(folder) if (season := _season_of(path))})
    for year in years:
        if season_name(year) not in seasons:
            newest = max(seasons, key=season_start_year, default="none")
            raise Refused(
                f"There are no matches of season {season_name(year)} in {folder}.",
                hint=f"Its newest season is {newest}.",
            )


def _season_paths(folder: Path) -> Sequence[Path]:
    from sabiscore.seasons.ingest import season_files_in

    return season_files_in(folder)[0]


def _season_of(path: Path) -> str | None:
    from sabiscore.sources.football_data_names import is_fixtures, read_file_name

    try:
        return None if is_fixtures(path.name) else read_file_name(path.as_posix()).season
    except BadSeasonFile:
        return None  # reported when the folder is read


def _names(folder: Path, seasons: Sequence[str]) -> Names:
    """Slug → name of every file of ``seasons``, by division and season."""
    from sabiscore.seasons.ingest import season_files_in
    from sabiscore.sources.football_data import FootballData
    from sabiscore.sources.football_data_names import is_fixtures, read_file_name

    found = {}
    for path in season_files_in(folder)[0]:
        if is_fixtures(path.name):
            continue
        try:
            target = read_file_name(path.as_posix())
            if target.season in seasons:
                parsed = FootballData().parse(path.as_posix(), path.read_bytes())
                found[target.league.division, target.season] = parsed.names
        except BadSeasonFile:
            continue  # reported when the folder was read
    return found


def held_out_of(bundle: str, kind: DataKind) -> HeldOut:
    """The held-out forecasts of ``bundle``: a version of the registry, or a folder.

    Raises Refused when there is no such bundle or it keeps none, BadBundle when it cannot be read.
    """
    from model_export.held_out import read_held_out

    folder = Path(bundle)
    if not folder.is_dir():
        folder = data_dir_settings(kind).registry / bundle
        if not is_version(bundle) or not folder.is_dir():
            raise Refused(f"There is no bundle {bundle[:40]!r}.", hint="See `sabiscore models list`.")
    return read_held_out(folder)


def report_of(evaluation: Evaluation, paired: Mapping[str, Paired] | None) -> dict[str, object]:
    """The report as JSON, with the comparison where there is one."""
    report = evaluation.to_json()
    if paired is not None:
        report["compared"] = {variant: asdict(both) for variant, both in paired.items()}
    return report


def write_report(path: Path, report: Mapping[str, object]) -> None:
    """Writes the report as JSON, whole or not at all."""
    write_atomically(path, (json.dumps(report, indent=2, allow_nan=False) + "\n").encode())
