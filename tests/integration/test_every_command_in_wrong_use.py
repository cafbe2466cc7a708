"""Every command × every kind of wrong use, made from the commands that there are: none may be left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click
import pytest
import stamina
from typer.main import get_command

from infra.cli import app
from infra.cli.error_messages import INTERRUPTED
from tests.integration.test_wrong_use import SECRET, is_a_sentence, no_network
from tests.support.command import Sabiscore, Said
from tests.support.local_world import World

__all__ = ["no_network"]

ANSWERED, REFUSED, UNAVAILABLE = 0, 2, 3
UNSOUND = 1
CLOUDS = "infra.deploy.factory.clouds_of"
SETTINGS = "infra.local.data_dirs.read_settings"


@dataclass(frozen=True, kw_only=True)
class Use:
    """How a command is written, and how it ends: in an empty folder, without a network.

    ``interrupted_at`` is what it calls early on, where Ctrl+C is pressed.
    """

    words: str
    no_folder: int
    no_network: int
    interrupted_at: str = SETTINGS


USES: Mapping[str, Use] = {
    "run": Use(words="--data /nowhere --no-serve", no_folder=REFUSED, no_network=REFUSED),
    "up": Use(words="--port 0", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "bench": Use(
        words="--data /nowhere",
        no_folder=REFUSED,
        no_network=REFUSED,
        interrupted_at="infra.bench.spine.figures",
    ),
    "deploy": Use(words="--stage test", no_folder=REFUSED, no_network=REFUSED, interrupted_at=CLOUDS),
    "deploy init": Use(
        words="--stage test",
        no_folder=REFUSED,
        no_network=REFUSED,
        interrupted_at="infra.deploy.factory.stores",
    ),
    "deploy status": Use(words="--stage test", no_folder=REFUSED, no_network=REFUSED, interrupted_at=CLOUDS),
    "deploy pull": Use(
        words="--stage test",
        no_folder=REFUSED,
        no_network=REFUSED,
        interrupted_at="infra.deploy.aws.Aws.stack",
    ),
    "deploy rollback": Use(
        words="--stage test", no_folder=REFUSED, no_network=REFUSED, interrupted_at=CLOUDS
    ),
    "deploy remove": Use(
        words="--stage test --yes", no_folder=REFUSED, no_network=REFUSED, interrupted_at=CLOUDS
    ),
    "edge": Use(words="--data /nowhere --port 0", no_folder=REFUSED, no_network=REFUSED),
    "ingest": Use(words="--data /nowhere", no_folder=REFUSED, no_network=REFUSED),
    "simulate": Use(
        words="--to /dev/null/nowhere",
        no_folder=UNAVAILABLE,
        no_network=UNAVAILABLE,
        interrupted_at="infra.local.seasons.simulate_into",
    ),
    "clean": Use(words="--yes", no_folder=ANSWERED, no_network=ANSWERED),
    "train": Use(words="", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "evaluate": Use(
        words="--data /nowhere --test 2425",
        no_folder=REFUSED,
        no_network=REFUSED,
        interrupted_at="infra.local.evaluation.evaluate_folder",
    ),
    "rehearse": Use(words="--data /nowhere", no_folder=REFUSED, no_network=REFUSED),
    "predict": Use(words="epl Arsenal Chelsea", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "cron": Use(words="stats", no_folder=ANSWERED, no_network=UNAVAILABLE),
    "events": Use(words="", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "revalidate": Use(
        words="--tag odds --url https://edge.example.com",
        no_folder=UNAVAILABLE,
        no_network=UNAVAILABLE,
        interrupted_at="httpx.post",
    ),
    "restore": Use(words="", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "verify": Use(
        words="https://edge.example.com",
        no_folder=UNSOUND,
        no_network=UNSOUND,
        interrupted_at="httpx.Client",
    ),
    "cost": Use(
        words="--readers 1e6",
        no_folder=ANSWERED,
        no_network=ANSWERED,
        interrupted_at="infra.cost.prices.read_prices",
    ),
    "sources": Use(words="", no_folder=ANSWERED, no_network=ANSWERED),
    "stats": Use(words="epl", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "models list": Use(words="", no_folder=ANSWERED, no_network=ANSWERED),
    "models show": Use(words="1.0.0", no_folder=REFUSED, no_network=REFUSED),
    "models compare": Use(words="1.0.0 1.1.0", no_folder=REFUSED, no_network=REFUSED),
    "models watch": Use(words="", no_folder=ANSWERED, no_network=ANSWERED),
    "models promote": Use(words="1.0.0", no_folder=REFUSED, no_network=REFUSED),
    "models rollback": Use(words="", no_folder=REFUSED, no_network=REFUSED),
    "models archive": Use(words="1.0.0", no_folder=REFUSED, no_network=REFUSED),
    "ledger verify": Use(words="", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "ledger show": Use(words="", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "ledger export": Use(words="--to /dev/null/nowhere", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "webhooks add": Use(
        words="https://hooks.example.com/goals", no_folder=UNAVAILABLE, no_network=UNAVAILABLE
    ),
    "webhooks list": Use(words="", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "webhooks remove": Use(words="whk_none", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "webhooks test": Use(words="whk_none", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "push keys": Use(
        words="",
        no_folder=ANSWERED,
        no_network=ANSWERED,
        interrupted_at="sabiscore.net.web_push.new_keys",
    ),
    "accounts list": Use(words="", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "accounts reset": Use(words="reader@example.com", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "accounts role": Use(words="reader@example.com reader", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "accounts delete": Use(words="reader@example.com", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "push status": Use(words="", no_folder=UNAVAILABLE, no_network=UNAVAILABLE),
    "sync pull": Use(words="", no_folder=REFUSED, no_network=REFUSED),
    "sync push": Use(words="", no_folder=REFUSED, no_network=REFUSED),
    "sync status": Use(words="", no_folder=REFUSED, no_network=REFUSED),
}
WRONG: Mapping[str, Mapping[str, str]] = {
    "league": dict.fromkeys(("league", "leagues", "ask"), "nowhere") | {"division": "E9"},
    "team": dict.fromkeys(("home", "away"), "Nobody United"),
    "date": dict.fromkeys(("date", "as_of", "today", "test", "season"), "twenty"),
    "match": {"match": "no such match"},
}
"""Kind of wrong use → the parameters that are of it → a value that none of them takes."""
TAKEN = {
    ("ledger show", "match"): ANSWERED,  # nothing is sealed for it
    ("events", "match"): ANSWERED,  # nothing happened in it
    ("revalidate", "match"): REFUSED,
}
"""What does not end as a refusal does, or not for the usual reason."""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that is not hidden, by how it is called."""
    root = get_command(app)
    assert isinstance(root, click.Group) or hasattr(root, "commands")
    for name, command in root.commands.items():
        inner = getattr(command, "commands", None)
        alone = {"": command} if not inner or command.invoke_without_command else {}
        for below, found in {**alone, **(inner or {})}.items():
            if not command.hidden and not found.hidden:
                yield f"{name} {below}".strip(), found


COMMANDS = dict(commands())


def misuses() -> Iterator[tuple[str, str, str]]:
    """(command, kind, parameter) of each value that can be wrong."""
    for name, command in COMMANDS.items():
        for kind, values in WRONG.items():
            yield from ((name, kind, p.name) for p in command.params if p.name in values)


def words_of(name: str) -> list[str]:
    return [*name.split(), *USES[name].words.split()]


def misused(name: str, kind: str, parameter: str) -> list[str]:
    """The words of the command with a wrong value for ``parameter``."""
    command, value = COMMANDS[name], WRONG[kind][parameter]
    (found,) = (p for p in command.params if p.name == parameter)
    words = words_of(name)
    if found.param_type_name == "argument":
        arguments = [p.name for p in command.params if p.param_type_name == "argument"]
        words[len(name.split()) + arguments.index(parameter)] = value
        return words
    if found.opts[0] in words:
        words[words.index(found.opts[0]) + 1] = value
        return words
    return [*words, found.opts[0], value]


def ended(said: Said, code: int) -> None:
    """With that code: an answer, or one sentence."""
    if code == ANSWERED:
        assert said.code == ANSWERED, said
    elif "Error: " in said.err:
        is_a_sentence(said, code)
    else:
        assert (said.code, bool(said.out.strip())) == (code, True), said


def test_every_command_has_its_row() -> None:
    assert USES.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", list(USES))
def test_no_folder(sabiscore: Sabiscore, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if name == "revalidate":
        monkeypatch.delenv("SABISCORE_REVALIDATE_SECRET", raising=False)
        ended(sabiscore(*words_of(name)), REFUSED)
        return
    with stamina.set_testing(True, attempts=1):
        said = sabiscore(*words_of(name))
    assert said.code in (USES[name].no_folder, USES[name].no_network), said


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", list(USES))
def test_no_network(sabiscore: Sabiscore, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SABISCORE_REVALIDATE_SECRET", SECRET)
    with stamina.set_testing(True, attempts=1):
        ended(sabiscore(*words_of(name)), USES[name].no_network)


@pytest.mark.parametrize(("name", "kind", "parameter"), list(misuses()))
def test_a_wrong_value_is_refused(
    sabiscore: Sabiscore,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    kind: str,
    parameter: str,
) -> None:
    monkeypatch.setenv("SABISCORE_REVALIDATE_SECRET", SECRET)
    words = misused(name, kind, parameter)
    words = [str(world.folder) if word == "/nowhere" else word for word in words]
    if any(p.name == "simulated" for p in COMMANDS[name].params):
        words.append("--simulated")
    if (name, kind) == ("revalidate", "match"):
        words = ["revalidate", "--match", WRONG[kind][parameter], "--tag", "odds"]
    said = sabiscore(*words, data_dir=Path(world.environ["SABISCORE_HOME"]))
    ended(said, TAKEN.get((name, kind), REFUSED))


@pytest.mark.parametrize("name", list(USES))
def test_a_missing_value_is_refused(sabiscore: Sabiscore, name: str) -> None:
    for parameter in COMMANDS[name].params:
        if parameter.name != "help" and not getattr(parameter, "is_flag", False):
            if parameter.opts[0] == "--json":  # where it names a file; errors are JSON there as elsewhere
                said = sabiscore(*words_of(name), "--json")
                assert json.loads(said.err)["error"]["exit_code"] == said.code == REFUSED
            elif parameter.param_type_name == "option":
                is_a_sentence(sabiscore(*words_of(name), parameter.opts[0]), REFUSED)
            elif parameter.required:
                is_a_sentence(sabiscore(*name.split()), REFUSED)


@pytest.mark.parametrize("name", list(USES))
def test_ctrl_c(sabiscore: Sabiscore, world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def interrupt(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setenv("SABISCORE_REVALIDATE_SECRET", SECRET)
    monkeypatch.setattr(USES[name].interrupted_at, interrupt)
    words = [str(world.folder) if word == "/nowhere" else word for word in words_of(name)]
    simulated = ["--simulated"] if any(p.name == "simulated" for p in COMMANDS[name].params) else []
    said = sabiscore(*words, *simulated)
    assert (said.code, said.err.splitlines()[-1]) == (INTERRUPTED, "Error: Interrupted.")
