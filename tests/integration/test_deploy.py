"""A deployment from empty accounts: order, interruption, nothing twice, no secret where it can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from infra.deploy.run import StepDone, plan, run
from infra.deploy.steps import Step, steps
from infra.deploy.tools import EDGE, Tools
from infra.deploy.worker_steps import WORKER_SECRETS
from sabiscore.errors import Unavailable
from tests.integration.conftest import new_database
from tests.support.deployments import UPSTASH, Rehearsal, rehearsal

ORDER = ["address", "layers", "functions", "bucket", "migrations", "worker"]


@pytest.fixture
def empty(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    """Empty accounts, of which only `init` has been run."""
    with rehearsal(s3, tmp_path, monkeypatch, f"t{uuid4().hex[:12]}") as running:
        running.prepare()
        yield running


def deploy(rehearsed: Rehearsal) -> dict[str, str]:
    """Outcome by step, in the order in which they ended."""
    return {done.step: done.outcome for done in run(rehearsed.steps(), nobody, nobody)}


def changed(outcomes: dict[str, str]) -> list[str]:
    """The steps that changed something."""
    return [name for name, outcome in outcomes.items() if outcome == "changed"]


def nobody(_: object) -> None:
    """Hears of steps."""


def test_everything_is_deployed_in_order_and_connected(empty: Rehearsal) -> None:
    outcomes = deploy(empty)
    assert list(outcomes) == ORDER
    assert changed(outcomes) == [name for name in ORDER if name != "migrations"]
    stack = empty.clouds.stack()
    worker, values = empty.api.deployed(empty.deployment.name), empty.parameters.values()
    assert worker.bindings["ORIGIN"]["text"] == stack.origin
    assert values["EDGE_URL"] == f"https://{empty.deployment.name}.tests.workers.dev"
    for name in ("EDGE_SECRET", *UPSTASH):
        assert worker.bindings[name] == {"name": name, "type": "secret_text", "text": values[name]}
    (osls,) = empty.calls("osls")
    assert osls["words"] == ["deploy", "--force", "--stage", empty.deployment.stage, "--region", "eu-west-1"]
    assert empty.built == [empty.data_dir]


def test_the_worker_asks_the_edge_models_worker_where_an_option_names_it(empty: Rehearsal) -> None:
    clouds = replace(
        empty.clouds, options=("edge-model-url=https://sabiscore-edge-model.tests.workers.dev/",)
    )
    run(steps(clouds), nobody, nobody)
    found = empty.api.deployed(empty.deployment.name).bindings["ORIGIN"]["text"]
    assert found == "https://sabiscore-edge-model.tests.workers.dev"
    assert all(step.is_done() for step in steps(clouds))
    assert not all(step.is_done() for step in steps(empty.clouds))


def test_the_second_run_changes_nothing(empty: Rehearsal) -> None:
    deploy(empty)
    calls = len(empty.api.calls)
    assert changed(deploy(empty)) == []
    assert (len(empty.calls("osls")), len(empty.calls("wrangler")), len(empty.built)) == (1, 1, 1)
    assert {call.split()[0] for call in empty.api.calls[calls:]} == {"GET"}
    assert all(step.is_done for step in plan(empty.steps()))


def test_a_plan_names_every_step_and_changes_nothing(empty: Rehearsal) -> None:
    planned = plan(empty.steps())
    assert [step.step for step in planned] == ORDER
    assert [step.step for step in planned if step.is_done] == ["migrations"]
    assert (empty.calls("osls"), empty.calls("wrangler"), empty.api.workers) == ([], [], {})
    assert "EDGE_URL" not in empty.parameters.values()


def test_an_empty_database_gets_the_tables_of_this_version_once(
    empty: Rehearsal, postgres_server: object
) -> None:
    empty.parameters.put("DATABASE_URL", new_database(str(postgres_server)))
    (migrations,) = (step for step in empty.steps() if step.name == "migrations")
    assert not migrations.is_done()
    migrations.run()
    assert migrations.is_done()


@dataclass(frozen=True)
class Interrupted:
    """A step after which somebody presses Ctrl+C: it is done, and nobody has heard of it yet."""

    step: Step

    @property
    def name(self) -> str:
        return self.step.name

    @property
    def changes(self) -> str:
        return self.step.changes

    def is_done(self) -> bool:
        return self.step.is_done()

    def run(self) -> None:
        self.step.run()
        raise KeyboardInterrupt


@pytest.mark.parametrize("at", [name for name in ORDER if name != "migrations"])
def test_interrupted_after_a_step_the_next_run_goes_on(empty: Rehearsal, at: str) -> None:
    interrupted = [Interrupted(step) if step.name == at else step for step in empty.steps()]
    with pytest.raises(KeyboardInterrupt):
        run(interrupted, nobody, nobody)
    outcomes = deploy(empty)
    before = [name for name in ORDER[: ORDER.index(at) + 1] if name != "layers"]
    assert {outcomes[name] for name in before} == {"unchanged"}
    assert (len(empty.calls("osls")), len(empty.calls("wrangler"))) == (1, 1)
    assert changed(deploy(empty)) == []


def test_interrupted_before_what_was_deployed_is_noted_it_is_deployed_again(
    empty: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("infra.deploy.parameters.Records.keep", interrupt)
        with pytest.raises(KeyboardInterrupt):
            deploy(empty)
    assert deploy(empty)["functions"] == "changed"
    assert changed(deploy(empty)) == []


def test_a_failure_says_why_without_secrets_and_the_next_run_finishes(empty: Rehearsal) -> None:
    ended: list[StepDone] = []
    (empty.folder / "broken").touch()
    with pytest.raises(Unavailable, match="the stack refused") as caught:
        run(empty.steps(), nobody, ended.append)
    assert not [secret for secret in empty.secrets() if secret in str(caught.value)]
    assert [done.step for done in ended] == ["address", "layers"]
    (empty.folder / "broken").unlink()
    assert deploy(empty)["worker"] == "changed"


def test_a_rotated_secret_deploys_both_anew(empty: Rehearsal) -> None:
    deploy(empty)
    empty.parameters.put("EDGE_SECRET", new := "whsec_" + "bmV3" * 11)
    outcomes = deploy(empty)
    assert {name for name, outcome in outcomes.items() if outcome == "changed"} == {
        "layers",
        "functions",
        "worker",
    }
    assert empty.api.deployed(empty.deployment.name).bindings["EDGE_SECRET"]["text"] == new


@pytest.mark.parametrize("fault", ["no ORIGIN", "no secret"])
def test_a_worker_that_lacks_what_was_sent_is_found_although_wrangler_succeeds(
    empty: Rehearsal, fault: str
) -> None:
    empty.api.fault = fault
    with pytest.raises(Unavailable, match=r"ORIGIN|EDGE_SECRET"):
        deploy(empty)
    empty.api.fault = ""
    assert deploy(empty)["worker"] == "changed"


def test_a_deployment_that_changed_nothing_is_found_although_wrangler_succeeds(empty: Rehearsal) -> None:
    deploy(empty)
    empty.parameters.put("EDGE_SECRET", "whsec_" + "bmV3" * 11)
    empty.api.fault = "nothing"
    with pytest.raises(Unavailable, match="what was there before"):
        deploy(empty)
    empty.api.fault = ""
    assert changed(deploy(empty)) == ["worker"]


def test_a_worker_that_somebody_else_deployed_is_deployed_again(empty: Rehearsal) -> None:
    deploy(empty)
    name = empty.deployment.name
    empty.api.release(name, empty.api.deployed(name))
    assert deploy(empty)["worker"] == "changed"


def test_no_secret_is_in_an_argument_or_a_file_and_no_program_gets_more_than_it_needs(
    empty: Rehearsal,
) -> None:
    deploy(empty)
    secrets = empty.secrets()
    for program in ("osls", "wrangler"):
        for call in empty.calls(program):
            assert not [secret for secret in secrets if secret in " ".join(call["words"])]
    (osls,), (wrangler,) = empty.calls("osls"), empty.calls("wrangler")
    assert not [name for name in osls["environ"] if name.startswith("CLOUDFLARE_")]
    assert not [name for name in wrangler["environ"] if name.startswith("AWS_")]
    for environ in (osls["environ"], wrangler["environ"]):
        stored = empty.parameters.values().items()
        assert not {value for name, value in stored if name != "EDGE_URL"} & {*environ.values()}


def test_the_pinned_wrangler_sends_the_worker_its_origin_and_secrets_and_writes_none_down(
    empty: Rehearsal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "own"))
    pinned = replace(empty.tools, wrangler=Tools().wrangler)
    found = steps(replace(empty.clouds, tools=pinned))
    run(found, nobody, nobody)
    worker, values = empty.api.deployed(empty.deployment.name), empty.parameters.values()
    assert worker.bindings["ORIGIN"]["text"] == empty.clouds.stack().origin
    assert {name: worker.bindings[name]["text"] for name in WORKER_SECRETS} == {
        name: values[name] for name in WORKER_SECRETS
    }
    assert {worker.bindings[name]["type"] for name in WORKER_SECRETS} == {"secret_text"}
    assert worker.bindings["ENTRIES"]["namespace_id"] in empty.api.namespaces.values()
    assert {"PURGES", "ROOMS", "ASSETS", "PAGE_PATHS"} <= worker.bindings.keys()
    written = [*(tmp_path / "own").rglob("*"), *(EDGE / ".wrangler").rglob("*"), *(EDGE / "dist").rglob("*")]
    texts = [path.read_bytes() for path in written if path.is_file()]
    assert not [secret for secret in empty.secrets() for text in texts if secret.encode() in text]
    assert [step.name for step in found if not step.is_done()] == []


def test_two_stages_share_nothing(
    empty: Rehearsal, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(empty)
    (tmp_path / "other").mkdir()
    with rehearsal(s3, tmp_path / "other", monkeypatch, f"u{uuid4().hex[:12]}") as other:
        other.prepare()
        deploy(other)
        assert other.clouds.stack().bucket != empty.clouds.stack().bucket
        assert other.parameters.values()["EDGE_SECRET"] != empty.parameters.values()["EDGE_SECRET"]
