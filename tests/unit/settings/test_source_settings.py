"""Keys, feeds and quotas of sources as settings: checked at start, quoted never."""

from __future__ import annotations

from pathlib import Path

import pytest

from sabiscore.bootstrap.job_context import open_sources
from sabiscore.clock import SystemClock
from sabiscore.errors import BadSetting
from sabiscore.settings import read_settings
from sabiscore.sources.registry import declare


def test_only_what_is_asked_for_and_set_is_given() -> None:
    settings = read_settings({"A_KEY": " abcdefgh ", "B_KEY": "", "C_KEY": "ijklmnop"})
    assert settings.of_sources(["A_KEY", "B_KEY", "D_KEY"]) == {"A_KEY": "abcdefgh"}
    assert "abcdefgh" not in repr(settings)


@pytest.mark.parametrize("value", ["c4n4", "c4n4ry\nX: y", "c4n4ryé", "c4n4ry" * 400, "c4n4ry\x00x"])
def test_what_is_no_key_is_refused_and_not_quoted(value: str) -> None:
    with pytest.raises(BadSetting, match="A_KEY") as caught:
        read_settings({"A_KEY": value}).of_sources(["A_KEY"])
    assert "c4n4" not in f"{caught.value}{caught.value.hint}"


def test_quotas_are_read() -> None:
    settings = read_settings({"SABISCORE_QUOTAS": "the-odds-api.com=20000/month, espn.com=50/day,"})
    assert settings.quotas == {"the-odds-api.com": (20_000, "month"), "espn.com": (50, "day")}
    assert read_settings({}).quotas == {}


@pytest.mark.parametrize("name", [source.provider.name for source in declare({})])
def test_a_quota_can_be_written_for_every_source_by_its_name(name: str) -> None:
    assert read_settings({"SABISCORE_QUOTAS": f"{name}=7500/day"}).quotas == {name: (7500, "day")}


def test_the_form_that_a_refused_quota_recommends_is_accepted(tmp_path: Path) -> None:
    environ = {"SABISCORE_HOME": str(tmp_path)}
    with pytest.raises(BadSetting) as refused:
        read_settings({**environ, "SABISCORE_QUOTAS": "bad"})
    advised = str(refused.value.hint).removeprefix("Write it like ").removesuffix(".")
    settings = read_settings({**environ, "SABISCORE_QUOTAS": advised})
    assert len(settings.quotas) == 2
    with open_sources(settings, SystemClock()):
        """Refuses a quota of a source that does not exist."""


@pytest.mark.parametrize("text", ["x", "x=1", "x=1/year", "x=0/day", "x=-1/day", "x=1e3/day", "X Y=1/day"])
def test_quotas_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="SABISCORE_QUOTAS"):
        read_settings({"SABISCORE_QUOTAS": text})


def test_how_much_is_kept_is_read() -> None:
    assert read_settings({}).keep_replies_mb == 0
    assert read_settings({"SABISCORE_KEEP_REPLIES_MB": "64"}).keep_replies_mb == 64
    with pytest.raises(BadSetting, match="SABISCORE_KEEP_REPLIES_MB"):
        read_settings({"SABISCORE_KEEP_REPLIES_MB": "lots"})


@pytest.mark.parametrize(("text", "share"), [("0", 0.0), ("0.25", 0.25), ("1", 1.0), ("1.0", 1.0)])
def test_the_challengers_share_is_from_none_to_all(text: str, share: float) -> None:
    assert read_settings({}).challenger_share == 0.5
    assert read_settings({"SABISCORE_CHALLENGER_SHARE": text}).challenger_share == share


@pytest.mark.parametrize("text", ["", "1.1", "-0.5", "half", "50%", "nan", "0.1234567", "1e-1"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="SABISCORE_CHALLENGER_SHARE"):
        read_settings({"SABISCORE_CHALLENGER_SHARE": text})
