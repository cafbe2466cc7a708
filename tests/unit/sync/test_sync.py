"""Homes that share a bucket: what one takes there another brings, whole, verified, and nobody's is lost."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from model_export.registry import Registry
from sabiscore.clock import FixedClock
from sabiscore.errors import BucketUnavailable, CorruptObject, JobLost, Refused
from sabiscore.inference.pointer import current
from sabiscore.insights.stored_track_record import EMPTY, put_track_record, read_track_record
from sabiscore.ledger.chain import GENESIS
from sabiscore.publication.corrections import LearnedCorrection, put_corrections, read_corrections
from sabiscore.publication.daily_anchors import LedgerDay, add_day, read_days
from sabiscore.publication.digest import digest_of
from sabiscore.publication.publish import read
from sabiscore.publication.supplements import put_supplements, read_supplements
from sabiscore.sync.contents import CALIBRATION, COMING, PRODUCTION, RECORD
from sabiscore.sync.follower import Follower
from sabiscore.sync.known_versions import FILE
from sabiscore.sync.session import DataDirSync, sync_session
from tests.support.buckets import MemoryBucket, fail, nothing, opening
from tests.support.ensembles import SCHEMA, release
from tests.support.served import MATCHES, NOW, put


class Home:
    """A home and its way to the bucket; ``warned`` is what could not be brought."""

    def __init__(self, folder: Path, bucket: MemoryBucket) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.publication = folder / "publication"
        self.registry = Registry(folder / "models", SCHEMA, FixedClock(NOW))
        self.warned: list[Exception] = []
        self.data_sync = DataDirSync(folder, opening(bucket), self.warned.append)

    def publish(self, n: int = len(MATCHES)) -> str:
        """The digest of a publication of ``n`` matches, with states of its own."""
        states = f"states {n} of {self.folder.name}".encode()
        return put(self.publication, MATCHES[:n], save_states=lambda path: path.write_bytes(states)).digest

    def train(self, scratch: Path, matches: int = 100) -> str:
        return self.registry.add(release(scratch, schema=SCHEMA, matches=matches)).name


@pytest.fixture
def bucket() -> MemoryBucket:
    return MemoryBucket()


@pytest.fixture
def homes(tmp_path: Path, bucket: MemoryBucket) -> tuple[Home, Home]:
    return Home(tmp_path / "one", bucket), Home(tmp_path / "two", bucket)


def test_all_that_is_shared_comes_over(homes: tuple[Home, Home], tmp_path: Path) -> None:
    first, two = homes
    digest = first.publish()
    first.registry.promote(first.train(tmp_path, 100))
    first.registry.promote(first.train(tmp_path, 200))
    put_corrections(first.publication, {"1.0.0": LearnedCorrection(n=7)})
    put_track_record(first.publication, EMPTY)
    day = LedgerDay("2025-08-15", 0, GENESIS, {}, {})
    add_day(first.publication, day)
    kept = (
        "away/bets/a.jsonl.gz",
        "away/prices/b.jsonl.gz",
        "backups/2025-08-15.jsonl.gz",
        "archive/s/c.npz",
    )
    for path in (*kept, "checkpoints/20300-aa.npz", "checkpoints/20314-bb.npz"):
        (first.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (first.folder / path).write_bytes(path.encode())
    first.data_sync.push()
    two.data_sync.pull()
    assert read(two.publication).digest == digest
    assert current(two.folder / "models").name == "1.1.0"
    assert read_corrections(two.publication).of("1.0.0").n == 7
    assert read_track_record(two.publication) == read_track_record(first.publication)
    assert read_days(two.publication) == (day,)
    assert two.registry.rollback() == "1.0.0", "what a rollback goes back to is there too"
    there = {path.relative_to(two.folder).as_posix() for path in two.folder.rglob("*") if path.is_file()}
    assert "away/bets/a.jsonl.gz" in there, "the record counts bets that were put away"
    assert "checkpoints/20314-bb.npz" in there
    assert not there & {*kept[1:], "checkpoints/20300-aa.npz"}, "nobody needs these"
    assert two.data_sync.archives("s", ["c", "gone"]) == ["archive/s/c.npz"]
    assert two.warned == []


def test_small_supplements_come_with_the_list_that_names_them(homes: tuple[Home, Home]) -> None:
    first, two = homes
    first.publish()
    put_supplements(first.publication, {"matchday": (b"{}", "json"), "prices": (b"[]", "jsonl")})
    first.data_sync.push()
    two.data_sync.pull()
    found = read_supplements(two.publication).files
    assert found["matchday"].read() == b"{}"
    assert not found["prices"].path.exists(), "it is brought when something is asked of it"


def test_a_large_supplement_is_brought_when_it_is_asked_for(
    homes: tuple[Home, Home], bucket: MemoryBucket
) -> None:
    first, two = homes
    file = put_supplements(first.publication, {"prices": (b"[]", "jsonl")}).files["prices"]
    first.publish()
    first.data_sync.push()
    two.data_sync.pull()
    follower = Follower(two.folder, opening(bucket), FixedClock(NOW), two.warned.append)
    path = f"publication/supplements/{file.path.name}"
    asyncio.run(follower.bring([path]))
    assert (two.folder / path).read_bytes() == b"[]"
    bucket.calls.clear()
    asyncio.run(follower.bring([path]))
    assert (bucket.calls, two.warned) == ([], []), "it is here"


def test_what_cannot_be_brought_is_warned_of_and_answers_go_on(
    homes: tuple[Home, Home], bucket: MemoryBucket
) -> None:
    first, _ = homes
    bucket.before = fail
    follower = Follower(first.folder, opening(bucket), FixedClock(NOW), first.warned.append)
    asyncio.run(follower.bring(["publication/supplements/prices-0000000000000000.jsonl"]))
    assert [type(error) for error in first.warned] == [BucketUnavailable]


def test_what_did_not_change_is_neither_sent_nor_asked_for_again(
    homes: tuple[Home, Home], bucket: MemoryBucket, tmp_path: Path
) -> None:
    first, two = homes
    first.publish()
    first.registry.promote(first.train(tmp_path))
    assert len(first.data_sync.push()) == 12
    assert first.data_sync.push() == []
    assert [verb for verb, _ in bucket.calls].count("put") == 12
    assert two.data_sync.pull()
    bucket.calls.clear()
    assert two.data_sync.pull() == []
    assert {key for verb, key in bucket.calls if verb == "get"} == {
        *(f"publication/{name}.json" for name in ("coming", "record", "calibration", "days", "supplements")),
        "models/production",
        "models/challenger",
    }


def test_files_go_before_what_names_them(
    homes: tuple[Home, Home], bucket: MemoryBucket, tmp_path: Path
) -> None:
    first, _ = homes
    first.publish()
    first.registry.promote(first.train(tmp_path))
    first.data_sync.push()
    order = [key for verb, key in bucket.calls if verb == "put"]
    place = {key: order.index(key) for key in order}
    (states,) = (key for key in order if "states-" in key)
    assert place[states] < place[COMING]
    of_bundle = [key for key in order if key.startswith("models/1.0.0/")]
    assert of_bundle[-1] == "models/1.0.0/manifest.json"
    assert place["models/1.0.0/manifest.json"] < place[PRODUCTION]


def test_whoever_was_overtaken_does_not_overwrite(homes: tuple[Home, Home]) -> None:
    path_status, two = homes
    path_status.publish(6)
    path_status.data_sync.push()
    two.data_sync.pull()
    first = path_status.publish(5)
    two.publish(4)
    put_corrections(two.publication, {"1.0.0": LearnedCorrection(n=7)})
    path_status.data_sync.push()
    with pytest.raises(JobLost, match=r"replaced publication/coming\.json"):
        two.data_sync.push()
    assert two.data_sync.push() == [], "it is told once"
    path_status.data_sync.pull()
    assert read(path_status.publication).digest == first
    assert read_corrections(path_status.publication).of("1.0.0").n == 7, "what nobody else wrote got there"
    two.data_sync.pull()
    assert read(two.publication).digest == first


def test_two_jobs_that_write_different_files_do_not_disturb_each_other(homes: tuple[Home, Home]) -> None:
    first, two = homes
    first.publish(6)
    put_corrections(first.publication, {})
    first.data_sync.push()
    with sync_session(first.data_sync), sync_session(two.data_sync):
        digest = first.publish(5)
        put_corrections(two.publication, {"1.0.0": LearnedCorrection(n=7)})
    for synced in homes:
        synced.data_sync.pull()
        assert read(synced.publication).digest == digest
        assert read_corrections(synced.publication).of("1.0.0").n == 7


def test_a_run_that_failed_takes_nothing_there(homes: tuple[Home, Home], bucket: MemoryBucket) -> None:
    first, _ = homes

    def broken() -> None:
        with sync_session(first.data_sync):
            first.publish()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert bucket.objects == {}
    with sync_session(first.data_sync):
        pass
    assert COMING in bucket.objects, "the next one takes it"


def test_in_the_middle_of_a_run_what_others_published_is_brought(homes: tuple[Home, Home]) -> None:
    first, two = homes
    first.publish(6)
    first.data_sync.push()
    with sync_session(first.data_sync):
        with sync_session(two.data_sync):
            digest = two.publish(5)
        assert first.data_sync.catch_up() == [COMING]
        assert read(first.publication).digest == digest
        first.publish(4)


@pytest.mark.parametrize("look_first", [True, False])
def test_a_look_of_the_same_home_does_not_hide_from_a_run_that_it_was_overtaken(
    homes: tuple[Home, Home], bucket: MemoryBucket, look_first: bool
) -> None:
    first, two = homes
    first.publish(1)
    first.data_sync.push()
    clock = FixedClock(NOW)
    follower = Follower(first.folder, opening(bucket), clock, first.warned.append)

    def overtaken() -> None:
        with sync_session(first.data_sync):
            with sync_session(two.data_sync):
                two.publish(3)
            steps = [lambda: asyncio.run(follower.follow()), lambda: first.publish(2)]
            for step in steps if look_first else reversed(steps):
                step()

    with pytest.raises(JobLost):
        overtaken()
    clock.at += timedelta(minutes=1)
    asyncio.run(follower.follow())
    assert len(read(first.publication).matches) == 3
    assert not first.warned


def test_a_bundle_of_a_version_that_is_taken_is_refused(homes: tuple[Home, Home], tmp_path: Path) -> None:
    first, two = homes
    assert first.train(tmp_path, 100) == two.train(tmp_path, 200) == "1.0.0"
    first.data_sync.push()
    with pytest.raises(JobLost, match=r"another models/1\.0\.0/manifest\.json") as lost:
        two.data_sync.push()
    assert "sync pull" in lost.value.hint


def test_bundles_that_nothing_points_at_come_for_a_person(homes: tuple[Home, Home], tmp_path: Path) -> None:
    first, two = homes
    first.train(tmp_path, 100)
    first.data_sync.push()
    assert two.data_sync.pull() == []
    assert two.data_sync.everything() == ["models/1.0.0"]
    assert two.train(tmp_path, 200) == "1.1.0"


@pytest.mark.parametrize("key", [COMING, RECORD, CALIBRATION, PRODUCTION, "states", "manifest", "model"])
def test_what_was_altered_is_refused_and_the_old_stays(
    homes: tuple[Home, Home], bucket: MemoryBucket, tmp_path: Path, key: str
) -> None:
    first, two = homes
    old = first.publish(6)
    first.registry.promote(first.train(tmp_path, 100))
    put_track_record(first.publication, EMPTY)
    put_corrections(first.publication, {})
    first.data_sync.push()
    two.data_sync.pull()
    new = first.publish(5)
    first.registry.promote(first.train(tmp_path, 200))
    put_track_record(first.publication, EMPTY.model_copy(update={"sealed": 3}))
    put_corrections(first.publication, {"1.0.0": LearnedCorrection(n=7)})
    first.data_sync.push()
    newest = {
        "states": read(first.publication).states.relative_to(first.folder).as_posix(),
        "manifest": "models/1.1.0/manifest.json",
        "model": "models/1.1.0/model.onnx",
    }.get(key, key)
    bucket.spoil(newest)
    two.data_sync.pull()
    (refused,) = two.warned
    assert newest in str(refused)
    assert read(two.publication).digest == (old if key in (COMING, "states") else new)
    assert current(two.folder / "models").name == (
        "1.0.0" if key in (PRODUCTION, "manifest", "model") else "1.1.0"
    )
    assert read_track_record(two.publication).record.sealed == (0 if key == RECORD else 3)
    assert read_corrections(two.publication).of("1.0.0").n == (0 if key == CALIBRATION else 7)
    assert not [path for path in two.folder.rglob(".*") if path.is_dir()], "nothing unfinished is left"
    damaged = [first.path for first in two.data_sync.status() if first.state == "damaged there"]
    assert damaged == ([key] if key in (COMING, RECORD, CALIBRATION, PRODUCTION) else [])

    first.data_sync.push(again=True)
    two.warned.clear()
    two.data_sync.pull()
    assert (two.warned, current(two.folder / "models").name) == ([], "1.1.0")
    assert read(two.publication).digest == read(first.publication).digest


def lost(bucket: MemoryBucket, path: str) -> None:
    """Somebody deletes ``path`` in the bucket."""
    del bucket.objects[path]


def test_a_pointer_that_the_bucket_lost_is_written_anew_when_asked(
    homes: tuple[Home, Home], bucket: MemoryBucket, tmp_path: Path
) -> None:
    first, two = homes
    digest = first.publish()
    first.registry.promote(first.train(tmp_path, 100))
    put_corrections(first.publication, {"1.0.0": LearnedCorrection(n=7)})
    first.data_sync.push()
    whole = set(bucket.objects)
    for path in (COMING, PRODUCTION, CALIBRATION):
        lost(bucket, path)
    assert _states(first) == dict.fromkeys((COMING, PRODUCTION, CALIBRATION), "missing there")
    assert first.data_sync.push() == [], "nothing changed here, so nothing is looked at"
    assert set(first.data_sync.push(again=True)) >= {COMING, PRODUCTION, CALIBRATION}
    assert sorted(str(warning) for warning in first.warned) == [
        f"The bucket has lost {path}. It was written anew from this data folder."
        for path in sorted((COMING, PRODUCTION, CALIBRATION))
    ]
    assert set(bucket.objects) == whole
    two.data_sync.pull()
    assert read(two.publication).digest == digest
    assert current(two.folder / "models").name == "1.0.0"
    first.warned.clear()
    assert first.data_sync.push(again=True) == []
    assert first.warned == [], "it is mended"


def test_the_next_publication_takes_the_place_of_a_lost_one(
    homes: tuple[Home, Home], bucket: MemoryBucket
) -> None:
    first, two = homes
    first.publish(6)
    first.data_sync.push()
    lost(bucket, COMING)
    digest = first.publish(5)
    assert COMING in first.data_sync.push(), "an absence is nobody's publication"
    assert "has lost publication/coming.json" in str(first.warned)
    two.data_sync.pull()
    assert read(two.publication).digest == digest


def test_a_run_finds_a_pointer_lost_and_writes_it_anew(
    homes: tuple[Home, Home], bucket: MemoryBucket
) -> None:
    first, two = homes
    digest = first.publish(6)
    first.data_sync.push()
    lost(bucket, COMING)
    with sync_session(first.data_sync):
        pass
    assert "The next push writes it anew" in str(first.warned)
    two.data_sync.pull()
    assert read(two.publication).digest == digest


@pytest.mark.parametrize("at", ["before it looks", "after it looked"])
def test_over_a_lost_pointer_a_concurrent_writer_is_first(
    homes: tuple[Home, Home], bucket: MemoryBucket, at: str
) -> None:
    first, two = homes
    first.publish(6)
    first.data_sync.push()
    lost(bucket, COMING)
    theirs = two.publish(4)

    def write_first(verb: str, key: str) -> None:
        if (verb, key) == ("get" if at == "before it looks" else "put", COMING):
            bucket.before = nothing
            data = (two.folder / COMING).read_bytes()
            bucket.write(COMING, data)

    bucket.before = write_first
    if at == "before it looks":
        assert COMING not in first.data_sync.push(again=True)
    else:
        with pytest.raises(JobLost, match=r"replaced publication/coming\.json"):
            first.data_sync.push(again=True)
    assert bucket.objects[COMING][0] == (two.folder / COMING).read_bytes()
    assert json.loads(bucket.objects[COMING][0])["digest"] == theirs


@pytest.mark.parametrize(
    "text", ["[]", "{}", "null", '{"digest": "0", "publication": {}}', "\x00", "[" * 9_000]
)
def test_what_is_no_publication_is_refused_however_well_it_is_stored(
    homes: tuple[Home, Home], bucket: MemoryBucket, text: str
) -> None:
    first, two = homes
    digest = first.publish()
    first.data_sync.push()
    two.data_sync.pull()
    asyncio.run(bucket.put(COMING, text.encode()))
    two.data_sync.pull()
    (refused,) = two.warned
    assert isinstance(refused, CorruptObject)
    assert read(two.publication).digest == digest


def test_a_states_file_outside_the_publication_is_never_written(
    homes: tuple[Home, Home], bucket: MemoryBucket
) -> None:
    first, two = homes
    first.publish()
    body = json.loads((first.publication / "coming.json").read_bytes())["publication"]
    body["states"]["file"] = "../../escaped"
    whole = json.dumps({"digest": digest_of(body), "publication": body}).encode()
    asyncio.run(bucket.put(COMING, whole))
    two.data_sync.pull()
    assert isinstance(two.warned[0], CorruptObject)
    assert [verb for verb, key in bucket.calls if "escaped" in key] == []


def test_without_the_bucket_who_has_a_copy_works_on_and_who_has_none_does_not(
    homes: tuple[Home, Home], bucket: MemoryBucket
) -> None:
    first, two = homes
    first.publish()
    first.data_sync.push()
    bucket.before = fail
    first.data_sync.pull()
    assert [type(error) for error in first.warned] == [BucketUnavailable]
    with pytest.raises(BucketUnavailable):
        two.data_sync.pull()
    first.publish(4)
    with pytest.raises(BucketUnavailable):
        first.data_sync.push()
    bucket.before = nothing
    assert COMING in first.data_sync.push()


def test_an_empty_bucket_is_begun_by_the_first_who_pushes(homes: tuple[Home, Home]) -> None:
    first, two = homes
    assert first.data_sync.pull() == two.data_sync.pull() == []
    digest = first.publish()
    first.data_sync.push()
    two.publish(4)
    with pytest.raises(JobLost):
        two.data_sync.push()
    two.data_sync.pull()
    assert read(two.publication).digest == digest


def test_how_each_file_stands_is_reported(homes: tuple[Home, Home]) -> None:
    first, two = homes
    first.publish(6)
    assert _states(first) == {COMING: "newer here"}
    first.data_sync.push()
    assert (_states(first), _states(two)) == ({COMING: "same"}, {COMING: "newer there"})
    two.data_sync.pull()
    two.publish(5)
    two.data_sync.push()
    first.publish(4)
    assert _states(first) == {COMING: "both changed"}


def _states(synced: Home) -> dict[str, str]:
    return {first.path: first.state for first in synced.data_sync.status() if first.state != "nowhere"}


def test_a_memory_that_is_torn_is_an_empty_one(homes: tuple[Home, Home]) -> None:
    first, _ = homes
    first.publish()
    first.data_sync.push()
    for torn in ("", "[1", '{"a": 1}', '{"a": [1]}'):
        (first.folder / FILE).write_text(torn)
        assert COMING in first.data_sync.push()


def test_a_home_that_was_emptied_of_its_bucket_begins_it_anew(
    homes: tuple[Home, Home], bucket: MemoryBucket
) -> None:
    first, _ = homes
    first.publish()
    first.data_sync.push()
    bucket.objects.clear()
    first.data_sync.pull()
    assert len(first.data_sync.push(again=True)) == 2
    assert len(bucket.objects) == 2


def test_anywhere_between_two_uploads_readers_have_the_old_publication_whole(tmp_path: Path) -> None:
    for survives in range(30):
        bucket = MemoryBucket()
        first = Home(tmp_path / f"{survives}-one", bucket)
        old = first.publish(6)
        first.registry.promote(first.train(tmp_path, 100))
        first.data_sync.push()
        new = first.publish(5)
        first.registry.promote(first.train(tmp_path, 200))
        left = [survives]

        def dying(verb: str, key: str, left: list[int] = left) -> None:
            if verb == "put":
                left[0] -= 1
                if left[0] < 0:
                    raise KeyboardInterrupt

        bucket.before = dying
        died = False
        try:
            first.data_sync.push()
        except KeyboardInterrupt:
            died = True
        bucket.before = nothing
        two = Home(tmp_path / f"{survives}-two", bucket)
        two.data_sync.pull()
        assert two.warned == []
        assert read(two.publication).digest == (old if died else new)
        assert current(two.folder / "models").name in ("1.0.0", "1.1.0")
        first.data_sync.push()
        two.data_sync.pull()
        assert (read(two.publication).digest, two.warned) == (new, [])
        if not died:
            break
    assert survives == 12, "a bundle of nine files, a pointer, states and the publication"


def test_a_clock_is_no_part_of_it(homes: tuple[Home, Home], bucket: MemoryBucket) -> None:
    """Times in the bucket may be anything: what is newer is told by who replaced what."""
    first, two = homes
    first.publish(6)
    first.data_sync.push()
    two.data_sync.pull()
    digest = first.publish(5)
    first.data_sync.push()
    for key, (data, etag, sha256, at) in bucket.objects.items():
        bucket.objects[key] = (data, etag, sha256, at - timedelta(days=365))
    two.data_sync.pull()
    assert read(two.publication).digest == digest


def test_a_home_that_is_broken_is_not_taken_there(homes: tuple[Home, Home], bucket: MemoryBucket) -> None:
    first, _ = homes
    first.publish()
    read(first.publication).states.unlink()
    with pytest.raises(CorruptObject, match="cannot be used"):
        first.data_sync.push()
    assert COMING not in bucket.objects


def test_a_rehearsal_never_takes_the_place_of_what_is_none(homes: tuple[Home, Home]) -> None:
    first, two = homes
    put(first.publication, MATCHES, rehearsal=True)
    first.data_sync.push()
    digest = first.publish()
    first.data_sync.push()
    two.data_sync.pull()
    put(two.publication, MATCHES[:3], rehearsal=True)
    with pytest.raises(Refused, match="is a rehearsal"):
        two.data_sync.push()
    first.data_sync.pull()
    assert read(first.publication).digest == digest


def test_whoever_promotes_publishes_nothing_else(homes: tuple[Home, Home], tmp_path: Path) -> None:
    first, two = homes
    digest = first.publish(6)
    first.registry.promote(first.train(tmp_path, 100))
    first.data_sync.push()
    two.publish(5)
    two.data_sync.models()
    two.registry.promote(two.train(tmp_path, 200))
    assert two.data_sync.push_models()[-1] == PRODUCTION
    first.data_sync.pull()
    assert (read(first.publication).digest, first.registry.current()) == (digest, "1.1.0")
    assert len(read(two.publication).matches) == 5


def test_a_home_that_cannot_be_written_to_serves_on(tmp_path: Path, bucket: MemoryBucket) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    warned: list[Exception] = []
    follower = Follower(file / "home", opening(bucket), FixedClock(NOW), warned.append)
    asyncio.run(follower.follow())
    assert follower.trouble() == "The bucket has not answered yet; what came with the deployment serves."
    assert "cannot be written to" in str(warned[0])
