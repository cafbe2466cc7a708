"""What a mutant changes is said in words that stay the same while lines move, and wording is none of it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from infra.mutation.changes import Change, Changes, change_text, is_wording

MUTATED = """
class Bucket:
    async def xǁBucketǁtake__mutmut_orig(self, reader):
        if self.left > 0 and reader:
            raise Refused("no more is left", name="left")
        return self.left - 1

    async def xǁBucketǁtake__mutmut_1(self, reader):
        if self.left >= 0 and reader:
            raise Refused("no more is left", name="left")
        return self.left - 1

    async def xǁBucketǁtake__mutmut_2(self, reader):
        if self.left > 0 and reader:
            raise Refused("XXno more is leftXX", name="left")
        return self.left - 1

def x_half__mutmut_orig(n):
    return n // 2

def x_half__mutmut_1(n):
    return n / 2
"""


@pytest.fixture
def changes(tmp_path: Path) -> Changes:
    (tmp_path / "sabiscore").mkdir()
    (tmp_path / "sabiscore" / "bucket.py").write_text(MUTATED)
    return Changes(tmp_path)


def test_a_change_names_its_function_and_what_stands_there_now(changes: Changes) -> None:
    taken = changes.of("sabiscore.bucket.xǁBucketǁtake__mutmut_1")
    assert taken == Change(
        "sabiscore.bucket.Bucket.take",
        "self.left > 0 and reader → self.left >= 0 and reader",
        wording=False,
    )
    assert changes.of("sabiscore.bucket.x_half__mutmut_1").text == "return n // 2 → return n / 2"


def test_a_message_put_in_other_words_is_wording(changes: Changes) -> None:
    assert changes.of("sabiscore.bucket.xǁBucketǁtake__mutmut_2").wording


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("x = f(a, b)", "x = f(a)", "x = f(a, b) → x = f(a)"),
        ("x = 1", "x = None", "x = 1 → x = None"),
        ("x += 1", "x -= 1", "x += 1 → x -= 1"),
        ("call(key='a short text of it')", "call(key='XX')", "'a short text of it' → 'XX'"),
        ("for x in y:\n  break", "for x in y:\n  return", "break → return"),
        ("x = [i for i in y if not i]", "x = [i for i in y if i]", "for i in y if not i → for i in y if i"),
    ],
)  # fmt: skip
def test_the_smallest_part_that_can_be_found_again_is_shown(before: str, after: str, text: str) -> None:
    assert change_text(function(before), function(after)) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f('one two')", "f(None)"),
        ("f('one two', 1)", "f('XXone twoXX', 2)"),
        ("f('key')", "f('KEY')"),
        ("f(' ')", "f('XX XX')"),
    ],
)
def test_whatever_else_changes_is_no_wording(before: str, after: str) -> None:
    assert not is_wording(function(before), function(after))


def function(body: str) -> ast.FunctionDef:
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    (parsed,) = ast.parse(f"def f():\n{indented}").body
    assert isinstance(parsed, ast.FunctionDef)
    return parsed
