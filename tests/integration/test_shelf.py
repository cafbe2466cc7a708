"""The home in a bucket: fetched and put back whole, by one after the other, whoever dies in between."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.rigs.faults import fault_proxy
from sabiscore.errors import BadShelf, JobLost, ShelfUnavailable
from sabiscore.settings import Settings, read_settings
from sabiscore.shelf import index
from sabiscore.shelf.home import turn
from sabiscore.shelf.mirror import Mirror
from sabiscore.shelf.objects import S3Objects
from sabiscore.shelf.watch import EVERY_MS, LATE_MS, Watch
from tests.buckets import ADDRESS, CREDENTIALS, Bucket, bucket

PART = "publication"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with bucket() as made:
        yield made


@pytest.fixture
def objects(s3: Bucket) -> S3Objects:
    return S3Objects(ADDRESS, s3.endpoint)


def home(folder: Path, files: dict[str, str], part: str = PART) -> Path:
    for name, text in files.items():
        path = folder / part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def held(folder: Path, part: str = PART) -> dict[str, str]:
    found = sorted((folder / part).rglob("*")) if (folder / part).exists() else []
    return {path.relative_to(folder / part).as_posix(): path.read_text() for path in found if path.is_file()}


FIRST = {"coming.json": "one", "states-1.npz": "states one"}
SECOND = {"coming.json": "two", "states-2.npz": "states two"}


def test_what_one_puts_down_another_has_and_what_left_is_gone(objects: S3Objects, tmp_path: Path) -> None:
    one, other = home(tmp_path / "one", FIRST), tmp_path / "other"
    assert Mirror(one, objects).push(PART) == 2
    assert Mirror(other, objects).pull(PART) == 2
    assert held(other) == FIRST
    assert Mirror(other, objects).pull(PART) == 0
    shutil.rmtree(other / PART)
    home(other, SECOND)
    assert Mirror(other, objects).push(PART) == 2
    assert Mirror(one, objects).pull(PART) == 2
    assert held(one) == SECOND


def test_two_who_changed_different_files_both_count(objects: S3Objects, tmp_path: Path) -> None:
    one, other = home(tmp_path / "one", FIRST), tmp_path / "other"
    Mirror(one, objects).push(PART)
    Mirror(other, objects).pull(PART)
    home(one, {"record.json": "of one"})
    home(other, {"calibration.json": "of the other"})
    assert (Mirror(one, objects).push(PART), Mirror(other, objects).push(PART)) == (1, 1)
    for folder in (one, other):
        Mirror(folder, objects).pull(PART)
        assert held(folder) == FIRST | {"record.json": "of one", "calibration.json": "of the other"}


def test_of_two_who_changed_the_same_file_the_second_is_told_and_changes_nothing(
    objects: S3Objects, tmp_path: Path
) -> None:
    one, other = home(tmp_path / "one", FIRST), tmp_path / "other"
    Mirror(one, objects).push(PART)
    Mirror(other, objects).pull(PART)
    home(one, SECOND), home(other, {"coming.json": "three"})
    Mirror(one, objects).push(PART)
    with pytest.raises(JobLost, match=r"another coming\.json"):
        Mirror(other, objects).push(PART)
    assert Mirror(other, objects).pull(PART) > 0
    assert held(other)["coming.json"] == "two"
    home(other, {"coming.json": "mine"})
    assert Mirror(other, objects).push(PART, over=True) == 1
    Mirror(one, objects).pull(PART)
    assert held(one)["coming.json"] == "mine"


def test_what_could_not_be_put_back_stays_until_it_can(objects: S3Objects, tmp_path: Path) -> None:
    one, other = home(tmp_path / "one", FIRST), tmp_path / "other"
    Mirror(one, objects).push(PART)
    Mirror(other, objects).pull(PART)
    home(one, {"coming.json": "not put back yet"})
    home(other, {"record.json": "of the other"})
    Mirror(other, objects).push(PART)
    Mirror(one, objects).pull(PART)
    assert held(one) == FIRST | {"coming.json": "not put back yet", "record.json": "of the other"}
    Mirror(one, objects).push(PART)
    Mirror(other, objects).pull(PART)
    assert held(other)["coming.json"] == "not put back yet"


class Dying(S3Objects):
    """Dies at the call number ``at`` that writes."""

    def __init__(self, s3: Bucket, at: int) -> None:
        super().__init__(ADDRESS, s3.endpoint)
        self.left = at

    def _ask(self, name, expected, **told):  # type: ignore[no-untyped-def]
        if name.startswith("put"):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
        return super()._ask(name, expected, **told)


@pytest.mark.parametrize("at", range(4))
def test_whoever_is_killed_between_two_uploads_leaves_readers_one_whole_publication(
    s3: Bucket, objects: S3Objects, tmp_path: Path, at: int
) -> None:
    one, reader = home(tmp_path / "one", FIRST), tmp_path / "reader"
    Mirror(one, objects).push(PART)
    shutil.rmtree(one / PART)
    home(one, SECOND)
    done = at == 3
    try:
        Mirror(one, Dying(s3, at)).push(PART)
    except KeyboardInterrupt:
        assert not done
    Mirror(reader, objects).pull(PART)
    assert held(reader) == (SECOND if done else FIRST)
    Mirror(one, objects).push(PART)
    Mirror(reader, objects).pull(PART)
    assert held(reader) == SECOND


def test_bytes_that_are_not_what_their_name_says_are_refused_and_the_old_ones_stay(
    objects: S3Objects, tmp_path: Path
) -> None:
    one, reader = home(tmp_path / "one", FIRST), tmp_path / "reader"
    Mirror(one, objects).push(PART)
    Mirror(reader, objects).pull(PART)
    home(one, SECOND)
    Mirror(one, objects).push(PART)
    (spoilt,) = (
        listed.key for listed in objects.every("files/") if objects.get(listed.key).data == b"states two"
    )  # type: ignore[union-attr]
    objects.put(spoilt, b"states tvo")
    with pytest.raises(BadShelf, match="states-2"):
        Mirror(reader, objects).pull(PART)
    assert held(reader) == FIRST


@pytest.mark.parametrize("path", ["../models/production", "/etc/passwd", "a/../../b", ""])
def test_an_index_never_leads_out_of_its_part(path: str) -> None:
    with pytest.raises(BadShelf):
        index.read(index.write({path: "0" * 64}))


names = st.dictionaries(st.sampled_from("abcde"), st.sampled_from("123"), max_size=5)


@given(names, names)
def test_who_puts_back_alone_puts_back_exactly_what_it_has(
    base: dict[str, str], mine: dict[str, str]
) -> None:
    assert index.merged(base, mine, base) == mine
    assert index.merged(base, base, mine) == mine
    assert index.merged(base, mine, mine) == mine


@pytest.mark.parametrize("fault", ["refuse", "black_hole", "500_html", "garbage"])
def test_a_bucket_that_fails_leaves_what_is_here(
    s3: Bucket, objects: S3Objects, tmp_path: Path, fault: str
) -> None:
    reader = home(tmp_path / "reader", FIRST)
    Mirror(home(tmp_path / "one", SECOND), objects).push(PART)
    with fault_proxy(s3.port) as proxy:
        proxy.fault = fault
        began = time.monotonic()
        with pytest.raises(ShelfUnavailable):
            Mirror(reader, S3Objects(ADDRESS, f"http://127.0.0.1:{proxy.port}")).pull(PART)
        assert time.monotonic() - began < 20
    assert held(reader) == FIRST


def test_bytes_that_nothing_names_are_swept_after_two_days(objects: S3Objects, tmp_path: Path) -> None:
    one = home(tmp_path / "one", FIRST)
    Mirror(one, objects).push(PART)
    shutil.rmtree(one / PART)
    home(one, SECOND)
    Mirror(one, objects).push(PART)
    now = datetime.now(UTC)
    assert Mirror(one, objects).sweep(now) == 0
    assert Mirror(one, objects).sweep(now + timedelta(days=3)) == 2
    assert Mirror(tmp_path / "reader", objects).pull(PART) == 2


class Hands:
    """A clock that is set by hand, in milliseconds."""

    def __init__(self) -> None:
        self.at = 1_000_000

    def __call__(self) -> int:
        return self.at


def test_requests_look_once_a_minute_and_serve_what_is_here_meanwhile(
    objects: S3Objects, tmp_path: Path
) -> None:
    writer, reader, now, looks = home(tmp_path / "writer", FIRST), tmp_path / "reader", Hands(), []
    mirror = Mirror(reader, objects)
    watch = Watch(
        reader,
        home(tmp_path / "seed", {"coming.json": "deployed"}),
        lambda: looks.append(mirror.pull(PART)),
        now,
    )
    watch.look()
    assert held(reader) == {"coming.json": "deployed"}
    Mirror(writer, objects).push(PART)
    now.at += EVERY_MS - 1
    watch.look()
    assert len(looks) == 1
    now.at += 1
    watch.look()
    assert (len(looks), held(reader)) == (2, FIRST)
    assert watch.warning() is None


def test_a_bucket_that_is_away_is_told_of_and_forgiven(tmp_path: Path) -> None:
    now, away = Hands(), True

    def fetch() -> None:
        if away:
            raise ShelfUnavailable("The bucket did not answer.")

    watch = Watch(tmp_path, None, fetch, now)
    watch.look()
    assert watch.warning() == "The bucket was last read never. The bucket did not answer."
    away = False
    now.at += EVERY_MS
    watch.look()
    assert watch.warning() is None
    now.at += LATE_MS + 1
    assert watch.warning() == "The bucket was last read 300 s ago."


def test_a_look_that_takes_long_goes_on_behind(tmp_path: Path) -> None:
    def fetch() -> None:
        time.sleep(1.6)

    watch = Watch(tmp_path, None, fetch, Hands())
    began = time.monotonic()
    watch.look()
    waited = time.monotonic() - began
    watch.look()
    assert 0.9 < waited < 1.5
    assert time.monotonic() - began < waited + 0.2


def settings(s3: Bucket, folder: Path) -> Settings:
    return read_settings({"SABISCORE_HOME": str(folder), **s3.environ})


def test_a_turn_begins_where_the_last_one_ended_wherever_that_was(s3: Bucket, tmp_path: Path) -> None:
    first, second = settings(s3, tmp_path / "first"), settings(s3, tmp_path / "second")
    with turn(first):
        home(first.home, FIRST), home(first.home, {"production": "1.0.0"}, "models")
    with turn(second):
        assert held(second.home) == FIRST
        assert held(second.home, "models") == {"production": "1.0.0"}
        home(second.home, {"record.json": "more"})
    with turn(first):
        assert held(first.home)["record.json"] == "more"
    with turn(replace(first, bucket=None, home=tmp_path / "alone")):
        assert not (tmp_path / "alone").exists()
