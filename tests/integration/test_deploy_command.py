"""``sabiscore deploy`` as an operator uses it: prepared once, planned, run, and read by a program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from infra.cli.error_messages import INTERRUPTED
from infra.deploy.preparation import SIGNING, names, setting_of
from infra.project import ROOT
from infra.rigs.cloudflare_api import ACCOUNT
from infra.verification.findings import Finding
from sabiscore.settings import SECRET, read_settings
from tests.support.command import Sabiscore, Said
from tests.support.deployments import UPSTASH, Rehearsal, rehearsal

REFUSED, UNSOUND = 2, 1
DATABASE = "postgresql://user:pass-of-tests@db.example.com/sabiscore"
LATE = Finding("schedules", "cron/cleanup has never run.", "Wait.")
DEAD = Finding("address", "/health did not answer.", "Check the address.")


@pytest.fixture
def accounts(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    """Empty accounts, and an operator who has signed in to both."""
    with rehearsal(s3, tmp_path, monkeypatch, f"t{uuid4().hex[:12]}") as running:
        yield running


@pytest.fixture
def said(sabiscore: Sabiscore, accounts: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Sabiscore:
    """Runs a command of `sabiscore deploy` for the stage; no secret is ever in what it writes."""
    monkeypatch.setattr("infra.deploy.factory.clouds_of", lambda *_: accounts.clouds)

    def run(*words: str) -> Said:
        found = sabiscore("deploy", *words, "--stage", accounts.deployment.stage, data_dir=accounts.data_dir)
        assert not [secret for secret in accounts.secrets() if secret in found.out + found.err]
        return found

    return run


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What is found at the deployed address; empty at first."""
    found: list[Finding] = []

    def look(_url: str, *, later: Sequence[str] = ()) -> list[Finding]:
        return found

    monkeypatch.setattr("infra.cli.deploy.polled", look)
    monkeypatch.setattr("infra.cli.deploy.findings_at", look)
    return found


def give(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_what_is_needed_is_stored_once(
    said: Sabiscore, accounts: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, **UPSTASH, DATABASE_URL=DATABASE, SABISCORE_PUSH_CONTACT="mailto:push@example.com")
    first = json.loads(said("init", "--account", ACCOUNT, "--json").out)
    stored = accounts.parameters.values()
    assert first["changed"]
    assert sorted([*first["stored"], *first["generated"]]) == sorted(stored)
    assert set(first["generated"]) == {
        "EDGE_SECRET", "REVALIDATE_SECRET", "CRON_SECRET", "ACCOUNT_SECRET",
        "PUSH_PUBLIC_KEY", "PUSH_PRIVATE_KEY",
    }  # fmt: skip
    assert SECRET.fullmatch(stored["EDGE_SECRET"])
    assert len({stored[name] for name in SIGNING}) == len(SIGNING)
    settings = read_settings({setting_of(name): value for name, value in stored.items()})
    assert settings.push_private_key
    second = json.loads(said("init", "--json").out)
    assert (second["changed"], second["found"]) == (False, sorted(stored))
    assert accounts.parameters.values() == stored
    assert "Nothing changed." in said("init").out


def test_every_parameter_is_encrypted(said: Sabiscore, accounts: Rehearsal) -> None:
    said("init", "--account", ACCOUNT)
    found = accounts.clouds.aws.client("ssm").get_parameters_by_path(Path=accounts.deployment.parameters)
    assert {parameter["Type"] for parameter in found["Parameters"]} == {"SecureString"}


def test_a_value_that_functions_could_not_start_with_is_refused_before_anything_is_stored(
    said: Sabiscore, accounts: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("DATABASE_URL", "sqlite:///here.db"),
        ("UPSTASH_REDIS_REST_URL", "http://10.0.0.1"),
        ("SABISCORE_EDGE_SECRET", "short"),
    ):
        with monkeypatch.context() as patched:
            patched.setenv(name, value)
            refused = said("init", "--account", ACCOUNT)
        assert refused.code == REFUSED
        assert name in refused.err
        assert value not in refused.err
    assert accounts.parameters.values() == {}


def test_a_given_value_that_differs_is_named_and_what_is_stored_stays(
    said: Sabiscore, accounts: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, DATABASE_URL=DATABASE)
    said("init", "--account", ACCOUNT)
    give(monkeypatch, DATABASE_URL=f"{DATABASE}2")
    assert "--replace DATABASE_URL" in said("init").out
    assert accounts.parameters.values()["DATABASE_URL"] == DATABASE
    assert said("init", "--replace", "DATABASE_URL").code == 0
    assert accounts.parameters.values()["DATABASE_URL"] == f"{DATABASE}2"


def test_a_replaced_signing_secret_is_followed_by_the_last(said: Sabiscore, accounts: Rehearsal) -> None:
    said("init", "--account", ACCOUNT)
    before = accounts.parameters.values()["EDGE_SECRET"]
    said("init", "--replace", "EDGE_SECRET")
    new, last = accounts.parameters.values()["EDGE_SECRET"].split()
    assert (last, new != before) == (before, True)
    said("init", "--replace", "EDGE_SECRET")
    assert accounts.parameters.values()["EDGE_SECRET"].split()[1:] == [new]


def test_replacing_with_nothing_is_refused(said: Sabiscore) -> None:
    assert said("init", "--replace", "DATABASE_URL").code == REFUSED
    assert said("init", "--replace", "NO_SUCH_NAME").code == REFUSED


def test_init_asks_for_what_functions_read() -> None:
    declared = yaml.safe_load((ROOT / "serverless.yml").read_text(encoding="utf-8").replace("!GetAtt", ""))
    own = [function.get("environment", {}) for function in declared["functions"].values()]
    lists = [declared["custom"]["shared_secrets"], *(each.get("SABISCORE_SECRET_NAMES", "") for each in own)]
    read = {name for each in lists for name in each.split() if not name.startswith("$")}
    assert set(names()) == read


def test_deploying_before_an_account_is_known_says_what_to_do(
    sabiscore: Sabiscore, accounts: Rehearsal
) -> None:
    refused = sabiscore("deploy", "--stage", accounts.deployment.stage, data_dir=accounts.data_dir)
    assert refused.code == REFUSED
    assert "sabiscore deploy init --account" in refused.err


def test_a_plan_then_a_deployment_then_nothing(
    said: Sabiscore, accounts: Rehearsal, seen: list[Finding]
) -> None:
    said("init", "--account", ACCOUNT)
    steps = json.loads(said("--plan", "--json").out)["steps"]
    assert [step["step"] for step in steps if step["is_done"]] == ["migrations"]
    assert accounts.calls("osls") == []
    first = json.loads(said("--json").out)
    assert (first["changed"], first["sound"]) == (True, True)
    assert first["functions"] == accounts.clouds.stack().origin
    assert first["edge"] == f"https://{accounts.deployment.name}.tests.workers.dev"
    second = said()
    assert second.code == 0
    assert second.out.splitlines()[0] == "Nothing changed."
    assert "Nothing would change." in said("status").out


def test_going_back_and_taking_down_are_reported(
    said: Sabiscore, accounts: Rehearsal, seen: list[Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    said("init", "--account", ACCOUNT)
    said()
    before = accounts.api.deployed(accounts.deployment.name).id
    said("init", "--replace", "EDGE_SECRET")
    said()
    assert json.loads(said("rollback", "--json").out) == {"functions": "100", "worker": before}
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    assert said("remove").code == INTERRUPTED
    assert accounts.api.workers
    assert json.loads(said("remove", "--yes", "--json").out) == {"removed": ["worker", "functions"]}
    assert said("remove", "--yes").out == "There was nothing to remove.\n"


def test_what_is_unsound_is_said_and_a_job_whose_time_has_not_come_is_not_waited_for(
    said: Sabiscore, seen: list[Finding]
) -> None:
    said("init", "--account", ACCOUNT)
    seen.append(LATE)
    late = said()
    assert (late.code, LATE.cause in late.out) == (0, True)
    seen.append(DEAD)
    dead = said()
    assert (dead.code, DEAD.cause in dead.out) == (UNSOUND, True)


def test_what_is_unsound_goes_back_where_that_is_wanted(
    said: Sabiscore, accounts: Rehearsal, seen: list[Finding]
) -> None:
    said("init", "--account", ACCOUNT)
    seen.append(DEAD)
    first = said("--or-rollback")
    assert (first.code, "Not taken back" in first.err, DEAD.cause in first.out) == (UNSOUND, True, True)
    before = accounts.api.deployed(accounts.deployment.name).id
    said("init", "--replace", "EDGE_SECRET")
    second = said("--or-rollback", "--json")
    assert second.code == UNSOUND
    assert json.loads(second.out)["went_back"] == {"functions": "100", "worker": before}
    unchanged = said("--json")
    assert json.loads(unchanged.out)["went_back"] is None


def test_a_machine_that_did_not_publish_takes_what_the_fleet_has(
    said: Sabiscore, accounts: Rehearsal, sabiscore: Sabiscore, tmp_path: Path
) -> None:
    said("init", "--account", ACCOUNT)
    early = said("pull")
    assert (early.code, "is not deployed" in early.err) == (3, True)
    said()
    stage, fresh = accounts.deployment.stage, tmp_path / "fresh"
    pulled = sabiscore("deploy", "pull", "--stage", stage, "--json", data_dir=fresh)
    assert set(json.loads(pulled.out)["files"]) == {"models/production", "publication/coming.json"}
    (graph,) = (fresh / "models").rglob("*.onnx")
    for path in (fresh / "publication/coming.json", graph):
        published = accounts.data_dir / path.relative_to(fresh)
        assert path.read_bytes() == published.read_bytes()
    assert json.loads(said("pull", "--json").out) == {"files": []}


def test_a_failed_step_is_named_with_its_cause(
    said: Sabiscore, accounts: Rehearsal, seen: list[Finding]
) -> None:
    said("init", "--account", ACCOUNT)
    (accounts.folder / "broken").touch()
    failed = said()
    assert failed.code == 3
    assert re.search(r"^functions +did not end", failed.err, re.MULTILINE)
    assert "the stack refused" in failed.err


@pytest.mark.parametrize(
    "words", [["--region", "nowhere"], ["--param", "quotas"], ["--stage", "No/Stage"], ["--stage", "x"]]
)
def test_what_names_no_deployment_is_refused(
    sabiscore: Sabiscore, accounts: Rehearsal, words: list[str]
) -> None:
    stage = [] if "--stage" in words else ["--stage", accounts.deployment.stage]
    assert sabiscore("deploy", *words, *stage).code == REFUSED


def test_a_deployment_without_a_stage_is_refused(sabiscore: Sabiscore) -> None:
    assert sabiscore("deploy").code == REFUSED
    assert sabiscore("deploy", "status").code == REFUSED
