"""Settings from the store of secrets: who asks, when again, and what serves while it gives nothing."""

from __future__ import annotations

import os

import pytest

from sabiscore.bootstrap.current import CurrentBootstrap
from sabiscore.bootstrap.stored_secrets import (
    COOL_DOWN_S,
    FIRST_READ_S,
    OLDER_COOL_DOWN_S,
    READ_AGAIN_S,
    SECRETS_LIFE_S,
    StoredSecrets,
    parameters_of,
)
from sabiscore.errors import BadSetting, SecretsUnavailable
from sabiscore.observability.log import log_bad_setting
from sabiscore.settings import Settings, read_settings
from tests.support.parameters import PATH, MemoryParameters, asking

OLD, NEW = "old-secret-of-thirty-letters--", "new-secret-of-thirty-letters--"
AWAY = SecretsUnavailable("The store of secrets is away.", hint="Wait.")


class Process:
    """A process that asks for its settings, with a store and a clock that a test turns."""

    def __init__(self, environ: dict[str, str], **values: str) -> None:
        self.store = MemoryParameters({f"{PATH}/{name}": value for name, value in values.items()})
        self.now = 1_000_000.0
        self.made = 0
        self.settings = CurrentBootstrap(
            self._settings,
            environ=environ,
            secrets=lambda: StoredSecrets(self.store.read, lambda: self.now),
        )

    def _settings(self, environ) -> Settings:
        self.made += 1
        return read_settings(environ)

    @property
    def cron_secrets(self) -> tuple[str, ...]:
        return self.settings().cron_secrets

    def rotate(self, value: str | None) -> None:
        self.store.values.pop(f"{PATH}/CRON_SECRET", None)
        if value is not None:
            self.store.values[f"{PATH}/CRON_SECRET"] = value


def process(**more: str) -> Process:
    return Process({**asking("CRON_SECRET", "DATABASE_URL"), **more}, CRON_SECRET=OLD)


@pytest.fixture(autouse=True)
def new_log():
    log_bad_setting.cache_clear()
    yield
    log_bad_setting.cache_clear()


def test_a_parameter_is_a_setting():
    held = asking("CRON_SECRET", "DATABASE_URL", "UPSTASH_REDIS_REST_TOKEN", "SABISCORE_RAPIDAPI_KEY")
    assert parameters_of(held) == {
        f"{PATH}/CRON_SECRET": "SABISCORE_CRON_SECRET",
        f"{PATH}/DATABASE_URL": "DATABASE_URL",
        f"{PATH}/UPSTASH_REDIS_REST_TOKEN": "UPSTASH_REDIS_REST_TOKEN",
        f"{PATH}/SABISCORE_RAPIDAPI_KEY": "SABISCORE_RAPIDAPI_KEY",
    }


@pytest.mark.parametrize(
    ("environ", "setting"),
    [
        ({"SABISCORE_SECRETS": "sabiscore"}, "SABISCORE_SECRETS"),
        ({"SABISCORE_SECRETS": "/a b"}, "SABISCORE_SECRETS"),
        ({"SABISCORE_SECRETS": "/sabiscore/test"}, "SABISCORE_SECRET_NAMES"),
        ({**asking("CRON_SECRET"), "SABISCORE_SECRET_NAMES": "CRON-SECRET"}, "SABISCORE_SECRET_NAMES"),
    ],
)
def test_what_names_no_parameters_is_refused_by_name(environ, setting):
    with pytest.raises(BadSetting) as refused:
        parameters_of(environ)
    assert refused.value.setting == setting


def test_one_read_brings_what_is_there_and_nothing_enters_the_environment():
    started = process()
    assert started.cron_secrets == (OLD,)
    assert started.settings().database_url.startswith("sqlite:")  # there is no such parameter
    assert started.store.reads == [((f"{PATH}/CRON_SECRET", f"{PATH}/DATABASE_URL"), FIRST_READ_S)]
    assert OLD not in os.environ.values()
    assert OLD not in repr(started.settings())


def test_without_a_store_nothing_is_asked_and_settings_are_made_once():
    started = Process({"SABISCORE_CRON_SECRET": NEW})
    assert (started.cron_secrets, started.cron_secrets) == ((NEW,), (NEW,))
    started.now += 10 * SECRETS_LIFE_S
    assert started.cron_secrets == (NEW,)
    assert (started.store.reads, started.made) == ([], 1)


@pytest.mark.parametrize("name", ["SABISCORE_CRON_SECRET", "CRON_SECRET"])
@pytest.mark.filterwarnings("ignore:CRON_SECRET is now:FutureWarning")
def test_the_environment_wins_and_that_is_announced_by_name(name, caplog):
    caplog.set_level("INFO")
    started = process(**{name: NEW})
    assert started.cron_secrets == (NEW,)
    started.now += SECRETS_LIFE_S
    assert started.cron_secrets == (NEW,)
    assert {names for names, _ in started.store.reads} == {(f"{PATH}/DATABASE_URL",)}
    (line,) = caplog.records
    assert line.settings == ["SABISCORE_CRON_SECRET"]
    assert NEW not in str(line.__dict__)


def test_what_the_environment_holds_whole_is_not_asked_for():
    started = process(SABISCORE_CRON_SECRET=NEW, DATABASE_URL="sqlite:///x.db")
    assert started.cron_secrets == (NEW,)
    started.now += SECRETS_LIFE_S
    assert started.cron_secrets == (NEW,)
    assert started.store.reads == []


def test_a_rotated_secret_is_read_when_the_old_is_a_quarter_of_an_hour_old():
    started = process()
    assert started.cron_secrets == (OLD,)
    started.rotate(f"{NEW} {OLD}")
    started.now += SECRETS_LIFE_S - 1
    assert started.cron_secrets == (OLD,)
    started.now += 1
    assert started.cron_secrets == (NEW, OLD)
    started.rotate(NEW)
    started.now += SECRETS_LIFE_S
    assert started.cron_secrets == (NEW,)
    assert [deadline_s for _, deadline_s in started.store.reads] == [FIRST_READ_S, READ_AGAIN_S, READ_AGAIN_S]


def test_a_deleted_secret_is_not_set_any_more():
    started = process()
    assert started.cron_secrets == (OLD,)
    started.rotate(None)
    started.now += SECRETS_LIFE_S
    assert started.cron_secrets == ()


def test_what_was_not_rotated_keeps_what_serves():
    started = process()
    first = started.settings()
    started.now += SECRETS_LIFE_S
    assert started.settings() is first
    assert (len(started.store.reads), started.made) == (2, 1)


def test_a_clock_that_is_set_back_does_not_put_the_next_read_off():
    started = process()
    assert started.cron_secrets == (OLD,)
    started.rotate(NEW)
    started.now -= 86_400
    assert started.cron_secrets == (NEW,)


def test_a_store_that_gives_nothing_is_left_alone_and_asked_again(caplog):
    started = process()
    started.store.failure = AWAY
    for _ in range(3):
        with pytest.raises(SecretsUnavailable, match="is away") as met:
            started.settings()
        assert met.value.hint == "Wait."
    assert len(started.store.reads) == 1
    assert [line.getMessage() for line in caplog.records] == ["the secrets could not be read"]
    started.store.failure = None
    with pytest.raises(SecretsUnavailable):
        started.settings()
    started.now += COOL_DOWN_S
    assert started.cron_secrets == (OLD,)
    assert (len(started.store.reads), started.settings.trouble()) == (2, None)


def test_older_values_serve_while_the_store_gives_nothing_and_that_is_reported():
    started = process()
    assert started.cron_secrets == (OLD,)
    assert started.settings.trouble() is None
    started.store.failure = AWAY
    started.rotate(NEW)
    started.now += SECRETS_LIFE_S
    for _ in range(3):
        assert started.cron_secrets == (OLD,)
    assert len(started.store.reads) == 2
    assert started.settings.trouble() == (
        "The store of secrets does not answer; the settings of 900 seconds ago serve."
    )
    started.store.failure = None
    started.now += OLDER_COOL_DOWN_S
    assert started.cron_secrets == (NEW,)
    assert started.settings.trouble() is None


def test_a_secret_that_cannot_be_used_is_refused_and_read_again_before_long():
    started = Process(asking("CRON_SECRET"), CRON_SECRET="short")
    for _ in range(3):
        with pytest.raises(BadSetting) as refused:
            started.settings()
        assert refused.value.setting == "SABISCORE_CRON_SECRET"
        started.now += COOL_DOWN_S / 4
    assert len(started.store.reads) == 1
    started.rotate(NEW)
    started.now += COOL_DOWN_S / 4
    assert started.cron_secrets == (NEW,)


def test_a_rotation_to_what_cannot_be_used_leaves_the_former_secret(caplog):
    started = process()
    assert started.cron_secrets == (OLD,)
    started.rotate("short")
    started.now += SECRETS_LIFE_S
    for _ in range(3):
        assert started.cron_secrets == (OLD,)
        started.now += COOL_DOWN_S
    assert started.settings.trouble() == (
        "The new value of SABISCORE_CRON_SECRET cannot be used; the former settings serve."
    )
    (line,) = caplog.records
    assert (line.setting, "short" in str(line.__dict__)) == ("SABISCORE_CRON_SECRET", False)
    started.rotate(OLD)
    started.now += COOL_DOWN_S
    assert started.cron_secrets == (OLD,)
    assert started.settings.trouble() is None
