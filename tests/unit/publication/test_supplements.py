"""Files beside the publication: found by name, believed only as they were written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sabiscore.errors import BadPublication
from sabiscore.publication.matchday import (
    Matchday,
    MatchLife,
    SealSummary,
    SettledEntry,
    last_matchday,
    matchday_file,
    read_matchday,
)
from sabiscore.publication.supplements import (
    KEPT,
    MATCHDAY,
    SUPPLEMENTS_DIR,
    SUPPLEMENTS_FILE,
    encode_parts,
    last_supplements,
    part_of,
    put_supplements,
    read_supplements,
)
from tests.support.served import KICKOFF, NOW, match

MATCH = replace(match("arsenal", "chelsea"), prices={}, lines={}, priced_at=None)
SEAL = SealSummary(seq=3, hash="ab" * 32, sealed_at=NOW, stage="day", bundle="1.0.0", p=(0.5, 0.3, 0.2))
PLAYED = MatchLife(
    match=replace(MATCH, goals=(2, 1)),
    status="finished",
    source="espn.com",
    known_at=KICKOFF + timedelta(hours=2),
    seals=(SEAL,),
    settled=SettledEntry(4, "cd" * 32, KICKOFF + timedelta(hours=3)),
)


def test_what_was_put_is_read_and_names_that_were_not_given_stay(tmp_path: Path) -> None:
    put_supplements(tmp_path, {"system": (b"{}", "json")})
    put_supplements(tmp_path, {"prices": (b"a", "jsonl")})
    found = read_supplements(tmp_path)
    assert {name: file.read() for name, file in found.files.items()} == {"system": b"{}", "prices": b"a"}


def test_the_same_content_is_the_same_list(tmp_path: Path) -> None:
    first = put_supplements(tmp_path, {"system": (b"{}", "json")})
    written = (tmp_path / SUPPLEMENTS_FILE).stat().st_mtime_ns
    assert put_supplements(tmp_path, {"system": (b"{}", "json")}) == first
    assert (tmp_path / SUPPLEMENTS_FILE).stat().st_mtime_ns == written


def test_old_files_go_and_those_of_other_names_stay(tmp_path: Path) -> None:
    put_supplements(tmp_path, {"prices": (b"p", "jsonl")})
    for turn in range(5):
        put_supplements(tmp_path, {"system": (str(turn).encode(), "json")})
    names = [path.name.partition("-")[0] for path in (tmp_path / SUPPLEMENTS_DIR).iterdir()]
    assert sorted(names) == ["prices", *["system"] * KEPT]
    assert read_supplements(tmp_path).files["system"].read() == b"4"


def test_what_was_altered_is_refused(tmp_path: Path) -> None:
    file = put_supplements(tmp_path, {"system": (b"{}", "json")}).files["system"]
    file.path.write_bytes(b"{ }")
    with pytest.raises(BadPublication, match="altered"):
        file.read()
    file.path.unlink()
    with pytest.raises(BadPublication, match="cannot be read"):
        file.read()


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"digest": "0", "supplements": {}}', b'{"a":' * 5000],
)
def test_a_list_that_is_none_is_refused_and_written_anew(tmp_path: Path, data: bytes) -> None:
    (tmp_path / SUPPLEMENTS_FILE).write_bytes(data)
    with pytest.raises(BadPublication):
        read_supplements(tmp_path)
    holder = last_supplements(tmp_path)
    assert holder.get().files == {}
    with pytest.raises(BadPublication, match="cannot be found"):
        holder.get().file("prices")
    assert holder.refused is not None
    put_supplements(tmp_path, {"system": (b"{}", "json")})
    assert "system" in holder.get().files


def test_a_list_cannot_name_a_file_elsewhere(tmp_path: Path) -> None:
    text = (tmp_path / SUPPLEMENTS_FILE).as_posix()
    put_supplements(tmp_path, {"system": (b"{}", "json")})
    plain = Path(text).read_text().replace("system-", "../system-")
    from json import dumps, loads

    from sabiscore.publication.digest import digest_of

    body = loads(plain)["supplements"]
    Path(text).write_text(dumps({"digest": digest_of(body), "supplements": body}))
    with pytest.raises(BadPublication, match="none of ours"):
        read_supplements(tmp_path)


def test_parts_are_read_one_by_one() -> None:
    data = encode_parts({"epl": {"é": [1, 2]}, "laliga": []})
    assert (part_of(data, "epl"), part_of(data, "laliga"), part_of(data, "serie-a")) == (
        {"é": [1, 2]},
        [],
        None,
    )
    with pytest.raises(BadPublication):
        part_of(data[:-3], "laliga")


def test_a_life_is_read_as_it_was_written(tmp_path: Path) -> None:
    other = MatchLife(match=replace(match("man-united", "tottenham"), prices={}, lines={}, priced_at=None))
    found = put_supplements(tmp_path, {MATCHDAY: matchday_file([other, PLAYED])})
    assert read_matchday(found).lives == {PLAYED.match.id: PLAYED, other.match.id: other}


def test_lives_in_another_order_are_the_same_file() -> None:
    other = MatchLife(match=match("man-united", "tottenham"))
    assert matchday_file([other, PLAYED]) == matchday_file([PLAYED, other])
    assert PLAYED.digest != replace(PLAYED, status="awarded").digest


def test_a_matchday_that_cannot_be_read_leaves_the_last_good_one(tmp_path: Path) -> None:
    holder = last_matchday(last_supplements(tmp_path))
    assert holder.get() == Matchday()
    put_supplements(tmp_path, {MATCHDAY: matchday_file([PLAYED])})
    assert list(holder.get().lives) == [PLAYED.match.id]
    put_supplements(tmp_path, {MATCHDAY: (b'{"format": 1, "matches": [{}]}', "json")})
    assert list(holder.get().lives) == [PLAYED.match.id]
    assert holder.refused is not None
