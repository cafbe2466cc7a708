"""Every command in wrong use: a sentence, its exit code, with --json a line of JSON, never a traceback."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest
import stamina

from infra.cli.error_messages import INTERRUPTED
from sabiscore.publication.publish import read
from tests.support.command import Sabiscore, Said
from tests.support.local_world import World

SECRET = "whsec_" + "cmV2YWxz" * 4
REFUSED, UNAVAILABLE = 2, 3

NO_FOLDER = [
    (("ingest", "--data", "/nowhere"), REFUSED),
    (("evaluate", "--data", "/nowhere", "--test", "2425"), REFUSED),
    (("rehearse", "--data", "/nowhere"), REFUSED),
    (("run", "--data", "/nowhere", "--no-serve"), REFUSED),
    (("bench", "--data", "/nowhere"), REFUSED),
    (("edge", "--data", "/nowhere", "--port", "0"), REFUSED),
    (("simulate", "--to", "/dev/null/nowhere"), UNAVAILABLE),
    (("ledger", "verify"), UNAVAILABLE),
    (("ledger", "show"), UNAVAILABLE),
    (("ledger", "export", "--to", "/dev/null/nowhere"), UNAVAILABLE),
    (("events",), UNAVAILABLE),
    (("stats", "epl"), UNAVAILABLE),
    (("train",), UNAVAILABLE),
    (("up", "--port", "0"), UNAVAILABLE),
    (("predict", "epl", "Arsenal", "Chelsea"), UNAVAILABLE),
    (("models", "show", "1.0.0"), REFUSED),
    (("models", "compare", "1.0.0", "1.1.0"), REFUSED),
    (("models", "promote", "1.0.0"), REFUSED),
    (("models", "rollback"), REFUSED),
    (("models", "archive", "1.0.0"), REFUSED),
    (("sync", "status"), REFUSED),
    (("sync", "pull"), REFUSED),
    (("sync", "push"), REFUSED),
]
WRONG_LEAGUE = [
    ("predict", "nowhere", "A", "B"),
    ("stats", "nowhere"),
    ("train", "--league", "nowhere"),
    ("sources", "--ask", "nowhere"),
    ("evaluate", "--data", "{there}", "--test", "2425", "--league", "nowhere"),
    ("rehearse", "--data", "{there}", "--league", "nowhere"),
    ("simulate", "--to", "{there}/new", "--division", "E9"),
]
WRONG_DATE = [
    ("predict", "epl", "A", "B", "--date", "soon"),
    ("run", "--as-of", "2025-02-30", "--no-serve"),
    ("train", "--as-of", "yesterday"),
    ("simulate", "--to", "{there}/new", "--today", "14.03.2026"),
    ("evaluate", "--data", "{there}", "--test", "twenty"),
    ("rehearse", "--data", "{there}", "--season", "twenty"),
]
WRONG_NAME = [
    ("cron", "dance"),
    ("events", "--kind", "dance"),
    ("models", "promote", "one"),
    ("dance",),
    ("models", "dance"),
    ("up", "--dance"),
]
MISSING_VALUE = [
    ("predict", "epl"),
    ("stats",),
    ("cron",),
    ("ingest",),
    ("evaluate", "--test", "2425"),
    ("evaluate", "--data"),
    ("simulate",),
    ("ledger", "export"),
    ("ledger", "show", "--last", "none"),
    ("models", "show"),
    ("models", "compare", "1.0.0"),
    ("revalidate",),
    ("rehearse", "--weeks", "0"),
    ("up", "--port", "many"),
    ("events", "--last", "0"),
]
WITH_JSON = [
    ("predict", "nowhere", "A", "B"),
    ("predict", "epl", "A", "B"),
    ("predict", "epl"),
    ("stats", "epl"),
    ("cron", "dance"),
    ("ledger", "verify"),
    ("ledger", "show"),
    ("events",),
    ("train",),
    ("models", "show", "1.0.0"),
    ("models", "compare", "1.0.0", "1.1.0"),
    ("sources", "--ask", "nowhere"),
    ("sync", "status"),
    ("ingest", "--data", "/nowhere"),
    ("rehearse", "--data", "/nowhere"),
    ("bench", "--data", "/nowhere"),
    ("revalidate", "--tag", "odds"),
]
INTERRUPTIBLE = [
    ("predict", "epl", "Arsenal", "Chelsea"),
    ("stats", "epl"),
    ("cron", "odds"),
    ("ledger", "verify"),
    ("ledger", "show"),
    ("events",),
    ("train",),
    ("up", "--port", "0"),
    ("models", "list"),
    ("models", "rollback"),
    ("sources",),
    ("sync", "status"),
    ("clean",),
]


def used(sabiscore: Sabiscore, there: Path, command: Sequence[str]) -> Said:
    return sabiscore(*(word.format(there=there) for word in command))


def is_a_sentence(said: Said, code: int) -> None:
    assert said.code == code, said.err
    lines = said.err.splitlines()
    errors = [number for number, line in enumerate(lines) if line.startswith("Error: ")]
    assert len(errors) == 1
    assert lines[errors[0] + 1].startswith("  "), "no hint"
    assert lines[errors[0]].rstrip()[-1] in ".?"


@pytest.mark.parametrize(
    ("command", "code"), NO_FOLDER, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_no_folder(sabiscore: Sabiscore, tmp_path: Path, command: tuple[str, ...], code: int) -> None:
    is_a_sentence(used(sabiscore, tmp_path, command), code)


@pytest.mark.parametrize("command", [*WRONG_LEAGUE, *WRONG_DATE, *WRONG_NAME, *MISSING_VALUE], ids=" ".join)
def test_wrong_values_are_refused(
    sabiscore: Sabiscore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("SABISCORE_REVALIDATE_SECRET", SECRET)
    (tmp_path / "E0_2425.csv").write_text("Div,Date\n")
    is_a_sentence(used(sabiscore, tmp_path, command), REFUSED)


@pytest.mark.parametrize("command", WITH_JSON, ids=" ".join)
def test_with_json_an_error_is_one_line_of_json_and_no_answer(
    sabiscore: Sabiscore, tmp_path: Path, command: tuple[str, ...]
) -> None:
    said = used(sabiscore, tmp_path, (*command, "--json"))
    error = json.loads(said.err)["error"]
    assert sorted(error) == ["candidates", "exit_code", "hint", "message", "type"]
    assert error["exit_code"] == said.code != 0
    assert error["message"]
    assert error["hint"]
    assert said.out == ""


@pytest.mark.parametrize("command", INTERRUPTIBLE, ids=" ".join)
def test_ctrl_c_ends_every_command_with_a_word(
    sabiscore: Sabiscore, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("infra.local.data_dirs.read_settings", interrupt)
    said = sabiscore(*command)
    assert (said.code, said.err.splitlines()[-1]) == (INTERRUPTED, "Error: Interrupted.")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is resolved, and nothing is tried again."""

    def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)


@pytest.mark.usefixtures("no_network")
def test_without_a_network_nothing_is_a_bare_log_line(
    sabiscore: Sabiscore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SABISCORE_REVALIDATE_SECRET", SECRET)
    with stamina.set_testing(True, attempts=2):
        stats = sabiscore("cron", "stats")
        assert (stats.code, "did not answer" in stats.out) == (UNAVAILABLE, True)
        asked = sabiscore("sources", "--ask", "epl")
        assert asked.code == 0
        called = sabiscore(
            "revalidate", "--match", "epl-2526-arsenal-chelsea", "--url", "https://edge.example.com"
        )
        is_a_sentence(called, UNAVAILABLE)
    assert "stamina" not in stats.out + stats.err + asked.out + asked.err + called.err


def test_a_pairing_in_the_wrong_place_or_on_a_wrong_day_is_refused_with_what_is_known(
    sabiscore: Sabiscore, world: World
) -> None:
    data_dir = Path(world.environ["SABISCORE_HOME"])
    publication = read(world.settings.publication)
    match = next(match for match in publication.served.values() if match.league == "epl")
    other = next(team for team in publication.rosters["epl"] if team not in (match.home, match.away))
    pairing = ("predict", "epl", match.home, other, "--simulated", "--date")
    far = sabiscore(*pairing, "2035-01-01", data_dir=data_dir)
    is_a_sentence(far, REFUSED)
    assert "too far off" in far.err
    busy = sabiscore(*pairing, match.day.isoformat(), data_dir=data_dir)
    is_a_sentence(busy, REFUSED)
    assert f"plays another match on {match.day}" in busy.err
    gone = sabiscore("predict", "epl", "Luton", other, "--simulated", data_dir=data_dir)
    is_a_sentence(gone, REFUSED)
    assert "Luton Town does not play in epl this season" in gone.err
    elsewhere = sabiscore(
        "predict", "epl", publication.rosters["laliga"][0], other, "--simulated", data_dir=data_dir
    )
    is_a_sentence(elsewhere, REFUSED)
    assert "but in laliga" in elsewhere.err


def test_clean_that_is_answered_no_removes_nothing_and_is_no_failure(
    sabiscore: Sabiscore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir = tmp_path / "home" / "real"
    data_dir.mkdir(parents=True)
    monkeypatch.setattr("builtins.input", lambda *_: "n")
    monkeypatch.setattr("typer._click.termui.visible_prompt_func", lambda *_: "n")
    said = sabiscore("clean", data_dir=data_dir)
    assert (said.code, "Nothing was removed." in said.out, data_dir.is_dir()) == (0, True, True)


def test_old_spellings_are_understood_for_a_release(sabiscore: Sabiscore, tmp_path: Path) -> None:
    is_a_sentence(sabiscore("ingest", "--from", tmp_path / "nowhere"), REFUSED)
    assert sabiscore("cron", "calibrate").code == 0
    for command in (("ledger", "show", "epl-2526-a-b"), ("ledger", "show", "--match", "epl-2526-a-b")):
        said = sabiscore(*command)
        assert (said.code, "Nothing is sealed for epl-2526-a-b yet." in said.out) == (0, True)
    assert "--from" not in sabiscore("ingest", "--help").out
