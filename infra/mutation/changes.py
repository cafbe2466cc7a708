"""What a mutant changes, in words that stay the same while the lines around it move."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SHORTEST = 16
"""A change is told with so much of the expression around it that it can be found again."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Change:
    """``text`` is what stood there and what stands there now; ``wording``: nothing but a reader's text."""

    function: str
    text: str
    wording: bool


class Changes:
    """The changes that mutmut wrote into the files below ``sources``, each file read once."""

    def __init__(self, sources: Path) -> None:
        self._sources = sources
        self._functions: dict[str, dict[str, Function]] = {}

    def of(self, mutant: str) -> Change:
        """The change of ``mutant``, named like ``sabiscore.domain.roots.x_root__mutmut_3``."""
        module, _, mangled = mutant.rpartition(".")
        functions = self._in(module)
        stem = mangled.partition("__mutmut_")[0]
        before, after = functions[f"{stem}__mutmut_orig"], functions[mangled]
        return Change(f"{module}.{plain_name(stem)}", change_text(before, after), is_wording(before, after))

    def _in(self, module: str) -> dict[str, Function]:
        if module not in self._functions:
            path = self._sources.joinpath(*module.split(".")).with_suffix(".py")
            tree = ast.parse(path.read_text())
            self._functions[module] = {
                node.name: node for node in ast.walk(tree) if isinstance(node, Function)
            }
        return self._functions[module]


def plain_name(mangled: str) -> str:
    """The name in the source of what mutmut calls ``mangled``.

    >>> plain_name("x_root"), plain_name("xǁBucketsǁspend")
    ('root', 'Buckets.spend')
    """
    return mangled[2:].replace("ǁ", ".")


def change_text(before: Function, after: Function) -> str:
    """The smallest part of ``before`` that differs, an arrow, and what ``after`` has in its place.

    >>> parsed = lambda text: ast.parse(text).body[0]
    >>> change_text(parsed("def f(n): return g(n + 1, 2)"), parsed("def f(n): return g(n - 1, 2)"))
    'return g(n + 1, 2) → return g(n - 1, 2)'
    """
    path = list(_differing(before, after))
    old, new = path.pop()
    while len(ast.unparse(old)) < SHORTEST and path and isinstance(path[-1][0], _AROUND):
        old, new = path.pop()
    return f"{_one_line(old)} → {_one_line(new)}"


def _one_line(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _differing(old: ast.AST, new: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """The pairs on the way from the whole to the one place that differs, as far as both have it."""
    yield old, new
    if isinstance(old, Function) and isinstance(new, Function):
        new.name = old.name
    if type(old) is not type(new):
        return
    pairs = [pair for pair in _children(old, new) if pair is None or ast.dump(pair[0]) != ast.dump(pair[1])]
    if len(pairs) == 1 and pairs[0] is not None:
        yield from _differing(*pairs[0])


def _children(old: ast.AST, new: ast.AST) -> Iterator[tuple[ast.AST, ast.AST] | None]:
    """Pairs of parts that can be told by themselves; None for a difference that only the whole can tell."""
    for field in old._fields:
        mine, theirs = getattr(old, field, None), getattr(new, field, None)
        if isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
            parts = zip(mine, theirs, strict=True)
        else:
            parts = zip([mine], [theirs], strict=True)
        for part, other in parts:
            if isinstance(part, _TELLABLE) and isinstance(other, _TELLABLE):
                yield part, other
            elif _dump(part) != _dump(other):
                yield None


_AROUND = (ast.expr, ast.keyword, ast.comprehension, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return)
_TELLABLE = (
    *(ast.expr, ast.stmt, ast.keyword, ast.arguments, ast.arg, ast.comprehension),
    *(ast.ExceptHandler, ast.withitem, ast.match_case),
)


def _dump(part: object) -> object:
    if isinstance(part, list):
        return [_dump(each) for each in part]
    return ast.dump(part) if isinstance(part, ast.AST) else part


def is_wording(before: Function, after: Function) -> bool:
    """Whether nothing differs but the wording of a text of two words or more: a message, not a key.

    >>> parsed = lambda text: ast.parse(text).body[0]
    >>> is_wording(parsed('def f(): g("is void", "b")'), parsed('def f(): g("XXis voidXX", "b")'))
    True
    >>> is_wording(parsed('def f(): g("is void", "b")'), parsed('def f(): g("is void", "B")'))
    False
    """
    return _without_wording(before) == _without_wording(after)


def _without_wording(function: Function) -> str:
    copy = _Blank().visit(ast.parse(ast.unparse(function)))
    copy.body[0].name = ""
    return ast.dump(copy)


class _Blank(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        prose = isinstance(node.value, str) and len(node.value.split()) > 1
        return ast.Constant("…") if prose else node
