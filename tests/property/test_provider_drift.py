"""A provider changes its replies without notice: each field dropped, renamed, retyped; bytes spoilt (F8).

What holds: nothing but our errors, whose sentence begins with the provider's name, is raised; and no fact
appears that the unchanged reply did not hold. A fact may be missing, or know less.
"""

from __future__ import annotations

import copy
import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sabiscore.errors import BadAnswer, SabiScoreError, SourceBusy, SourceDenied
from sabiscore.sources.base import Reply
from tests.support.provider_replies import CASES, Case, real_cases

ALL = [*CASES, *real_cases()]
Path = tuple[Any, ...]


def parse(case: Case, data: bytes) -> Reply | None:
    """The reply, or None when it was refused as it should be."""
    refusal: SabiScoreError
    try:
        return case.parse(data)
    except (BadAnswer, SourceDenied, SourceBusy) as error:
        refusal = error
    assert str(refusal).startswith(case.provider.name), str(refusal)
    assert refusal.hint
    return None


def can_be_shown(reply: Reply | None) -> bool:
    """Whether both teams of every event have a name, of a length and of letters that a page bears."""
    names = [name for event in reply.events for name in (event.home, event.away)] if reply else []
    return all(name.isprintable() and 0 < len(name) <= 60 for name in names)


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every field of every object in ``value``."""
    inner: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for key, field_value in inner:
        if isinstance(value, dict):
            yield (*path, key)
        if isinstance(field_value, dict | list):
            yield from places(field_value, (*path, key))


def some_places(value: Any) -> Iterator[Path]:
    """The first two places of each shape: rows of one list are alike."""
    seen: Counter[Path] = Counter()
    for path in places(value):
        shape = tuple("" if isinstance(part, int) else part for part in path)
        seen[shape] += 1
        if seen[shape] <= 2:
            yield path


def facts_of(reply: Reply) -> Counter[str]:
    """What the reply says that it did not take, by reason."""
    return Counter(row.reason for row in reply.refused) + Counter(dict(reply.set_aside))


def changed(value: Any, path: Path, change: Callable[[dict[str, Any], str], None]) -> Any:
    """A copy of ``value`` with ``change`` made to the object that holds the last part of ``path``."""
    spoilt = copy.deepcopy(value)
    target = spoilt
    for key in path[:-1]:
        target = target[key]
    change(target, path[-1])
    return spoilt


def drop(target: dict[str, Any], key: str) -> None:
    del target[key]


def rename(target: dict[str, Any], key: str) -> None:
    target[key + "_v2"] = target.pop(key)


def retype(to: Any) -> Callable[[dict[str, Any], str], None]:
    def change(target: dict[str, Any], key: str) -> None:
        old = target[key]
        target[key] = str(old) if to is str else [old] if to is list else {"value": old} if to is dict else to

    return change


CHANGES = {
    "dropped": drop,
    "renamed": rename,
    "to text": retype(str),
    "in a list": retype(list),
    "in an object": retype(dict),
    "to null": retype(None),
    "to true": retype(True),
    "to a huge number": retype(1e308),
    "to minus one": retype(-1),
}


def knows_no_more(fact: Any, original: Any) -> bool:
    """Whether ``fact`` is ``original``, or the same with something unknown in place of something known."""
    if type(fact) is not type(original):
        return fact is None or fact is False
    if is_dataclass(fact):
        return all(
            knows_no_more(getattr(fact, field.name), getattr(original, field.name)) for field in fields(fact)
        )
    if isinstance(fact, Mapping):
        return all(key in original and original[key] == value for key, value in fact.items())
    if isinstance(fact, tuple) and fact and is_dataclass(fact[0]):
        return all(any(knows_no_more(field_value, other) for other in original) for field_value in fact)
    return bool(fact == original) or fact in ("", False)


def assert_nothing_new(reply: Reply, original: Reply) -> None:
    for kind in ("events", "facts"):
        for fact in getattr(reply, kind):
            assert any(knows_no_more(fact, other) for other in getattr(original, kind)), fact


JSON_CASES = [case for case in ALL if case.path.suffix == ".json"]


@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: case.id)
@pytest.mark.parametrize("change", CHANGES)
def test_no_changed_field_makes_a_fact_that_was_not_there(case: Case, change: str) -> None:
    original, value = case.parse(), json.loads(case.data)
    for path in some_places(value):
        if path[-1] in FREE and change in ("to minus one", "to true", "to text"):
            continue
        reply = parse(case, json.dumps(changed(value, path, CHANGES[change])).encode())
        if reply is None:
            continue
        assert_nothing_new(reply, original)
        if len(original.facts) + len(original.events) > len(reply.facts) + len(reply.events):
            assert facts_of(reply) - facts_of(original), path


FREE = frozenset(
    {"id", "hdp", "point", "selectionId", "marketId", "rank", "group", "points", "isMarketDataDelayed"}
)
"""Fields of which any other text, number or truth is as good: nobody could know."""


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.path.suffix == ".csv"], ids=lambda case: case.id
)
@pytest.mark.parametrize("how", ["dropped", "renamed", "emptied", "to text"])
def test_no_changed_column_makes_a_fact_that_was_not_there(case: Case, how: str) -> None:
    original = case.parse()
    header, *rows = list(csv.reader(io.StringIO(case.data.decode())))
    for column, name in enumerate(header):
        spoilt = [list(row) for row in (header, *rows)]
        if how == "renamed":
            spoilt[0][column] = name + "_v2"
        for row in spoilt if how == "dropped" else spoilt[1:]:
            if how == "dropped":
                del row[column]
            elif how != "renamed":
                row[column] = "" if how == "emptied" else "changed"
        text = io.StringIO()
        csv.writer(text).writerows(spoilt)
        reply = parse(case, text.getvalue().encode())
        if reply is not None and not (how == "to text" and name in ("home", "away")):
            assert_nothing_new(reply, original)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_spoilt_bytes_are_refused_by_name_or_read_as_they_were_meant(case: Case) -> None:
    data, original = case.data, case.parse()
    assert parse(case, b"\xef\xbb\xbf" + data) == original
    assert parse(case, data + b"\n") == original
    for spoilt in (b"", b"null", b"[]", b"{}", b"1", b'""', b"\xff\xfe", b"<!DOCTYPE html><p>busy</p>", b"["):
        reply = parse(case, spoilt)
        assert reply is None or not (reply.events or reply.facts)
    if case.path.suffix == ".json":
        for cut in range(1, len(data.rstrip()), max(1, len(data) // 50)):
            assert parse(case, data.rstrip()[:cut]) is None
        assert parse(case, b"[" * 100_000) is None
        assert parse(case, data.replace(b": 1", b": NaN", 1)) is None or b": 1" not in data
        assert parse(case, data.decode().replace("e", "é").encode("latin-1")) is None


@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: case.id)
def test_rows_that_come_twice_count_once(case: Case) -> None:
    original, value = case.parse(), json.loads(case.data)
    rows = (
        value
        if isinstance(value, list)
        else value.get("events") or value.get("response") or value.get("dates")
    )
    if not isinstance(rows, list) or not original.events:
        return
    rows += copy.deepcopy(rows)
    reply = case.parse(json.dumps(value).encode())
    assert (reply.events, reply.facts) == (original.events, original.facts)
    assert len(reply.refused) > len(original.refused)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.path.suffix == ".json"], ids=lambda case: case.id
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_stands_in_a_field_only_our_errors_come_of_it(case: Case, data: st.DataObject) -> None:
    value = json.loads(case.data)
    every = list(places(value))
    for path in data.draw(st.lists(st.sampled_from(every), min_size=1, max_size=3)):
        new = data.draw(ANYTHING)
        try:
            value = changed(value, path, lambda target, key, new=new: target.__setitem__(key, new))
        except (AttributeError, IndexError, KeyError, TypeError):
            continue  # an earlier change took this place away
    reply = parse(case, json.dumps(value).encode("utf-8", "surrogatepass"))
    assert can_be_shown(reply)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
@settings(max_examples=25)
@given(data=st.data())
def test_whatever_happens_to_bytes_only_our_errors_come_of_it(case: Case, data: st.DataObject) -> None:
    raw = bytearray(case.data)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert can_be_shown(parse(case, bytes(raw)))
