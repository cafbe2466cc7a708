"""No test says how fast anything is: a machine that does other work too would fail it.

Bounds of times and rates are in ``infra/bench`` and ``functions/edge/test/bench``: `make bench`, `make load`
and `make bench-edge` print them and end with an error when one is missed. A test that waits does so through
``tests/support/waiting.py``; a test of waiting itself brings its own clock, or the loop of
``tests/support/virtual_time.py``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
EDGE_TESTS = sorted((ROOT / "functions" / "edge" / "test").glob("*.ts"))
MAY_READ_A_STOPWATCH = {"tests/support/waiting.py"}

STOPWATCH = re.compile(
    r"\b(time\.(perf_counter|monotonic|process_time|thread_time)(_ns)?"
    r"|timeit\.\w+|resource\.getrusage|(loop|get_running_loop\(\)|get_event_loop\(\))\.time)\b"
)
WALL_CLOCK = re.compile(r"\b(time\.time(_ns)?|datetime\.(now|utcnow|today)|date\.today)$")
BENCH_FIGURE = re.compile(r"^(measure\w*|\w+_(s|ms|us|ns))$")
RECKONING = {"abs", "all", "any", "float", "int", "max", "median", "min", "round", "sorted", "sum"}
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
WHAT_TO_DO = "count calls, bring a clock of your own, or move the bound to infra/bench"

EDGE_STOPWATCH = re.compile(r"performance\.now|process\.(hrtime|cpuUsage)|assert[^\n]*Date\.now\(\)")


def complaints(source: str) -> list[str]:
    """What in a module of tests reads a stop-watch, or judges a time that was taken."""
    tree = ast.parse(source)
    figures = set(_figures_of_benches(tree))
    found = [f"line {line} reads {name}: {WHAT_TO_DO}" for line, name in _stopwatches(tree)]
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            found += [
                f"line {line}, {function.name}, judges a time: {WHAT_TO_DO}"
                for line in _judgements(function, figures)
            ]
    return found


def _stopwatches(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every stop-watch that is named, also by an import and in the text of a program."""
    for node in ast.walk(tree):
        named = ""
        if isinstance(node, ast.Attribute):
            named = ast.unparse(node)
        elif isinstance(node, ast.ImportFrom) and node.module in ("time", "timeit", "resource"):
            named = " ".join(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            named = node.value
        if match := STOPWATCH.search(named):
            yield node.lineno, match[0]


def _figures_of_benches(tree: ast.AST) -> Iterator[str]:
    """The names under which the module knows functions that measure."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("infra.bench"):
            yield from (alias.asname or alias.name for alias in node.names if BENCH_FIGURE.match(alias.name))


def _judgements(function: ast.AST, figures: set[str]) -> Iterator[int]:
    """Lines of asserts that compare, or ask the verdict of, what came from a clock or a bench."""
    taken = _names_of_times(function, figures)
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and any(
            _is_time(part, taken, figures) for part in _judged(node.test)
        ):
            yield node.lineno


def _judged(test: ast.expr) -> Iterator[ast.expr]:
    """What the assert puts in an order, and what it asks whether it holds."""
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and any(isinstance(op, ORDER) for op in node.ops):
            yield from (node.left, *node.comparators)
        elif isinstance(node, ast.Attribute) and node.attr == "holds":
            yield node.value


def _names_of_times(function: ast.AST, figures: set[str]) -> set[str]:
    """Names that hold what was read from a clock or measured by a bench, or was made of it."""
    assignments = [
        node for node in ast.walk(function) if isinstance(node, ast.Assign | ast.AugAssign | ast.NamedExpr)
    ]
    taken: set[str] = set()
    while True:
        found = {
            name.id
            for node in assignments
            if _is_time(node.value, taken, figures)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        }
        if found <= taken:
            return taken
        taken |= found


def _is_time(value: ast.AST, taken: set[str], figures: set[str]) -> bool:
    """Whether ``value`` is a time, or reckoned from one; what another function makes of a time is none."""
    if isinstance(value, ast.Name):
        return value.id in taken
    parts = list(ast.iter_child_nodes(value))
    if isinstance(value, ast.Call):
        called = ast.unparse(value.func)
        if called in figures or WALL_CLOCK.search(called):
            return True
        parts = [value.func] if called not in RECKONING else value.args
    return any(_is_time(part, taken, figures) for part in parts)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_test_judges_a_time(path):
    if str(path.relative_to(ROOT)) not in MAY_READ_A_STOPWATCH and path != Path(__file__):
        assert complaints(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", EDGE_TESTS, ids=lambda path: path.name)
def test_no_test_of_the_worker_judges_a_time(path):
    assert EDGE_STOPWATCH.search(path.read_text(encoding="utf-8")) is None, WHAT_TO_DO


@pytest.mark.parametrize(
    "body",
    [
        "began = time.perf_counter()",
        "from time import monotonic",
        "used = resource.getrusage(0).ru_utime",
        "ends = asyncio.get_running_loop().time() + 1",
        "PROGRAM = 'began = time.process_time()'",
        "began = time.time(); work(); assert time.time() - began < 1",
        "now = time.time(); gap = now - begun; assert abs(gap) <= 1.5",
        "assert datetime.now(UTC) - seen.at < timedelta(seconds=5)",
        "from infra.bench.hits import call_ms; assert any(call_ms(handler) <= 0.5 for _ in range(8))",
        "from infra.bench.cold_start import measure; found = measure(home); assert found.holds",
    ],
)
def test_what_judges_a_time_is_found(body):
    assert complaints(f"def test_it():\n    {body}")


@pytest.mark.parametrize(
    "body",
    [
        "persistently(work, monotonic=lambda: next(times)); assert waits[0] <= 2",
        "clock.at += 61; assert clock.now() - seen.at > timedelta(minutes=1)",
        "stored_at = time.time(); entry = made(stored_at); assert entry.hits >= 3",
        "assert run(story).now_s <= 0.2",
        "from infra.bench.cold_start import measure; assert [one.name for one in measure(home).figures]",
        "assert Check('L1', 'figure', 1, '≤', 2).holds",
    ],
)
def test_a_clock_of_the_test_s_own_is_no_stopwatch(body):
    assert complaints(f"def test_it():\n    {body}") == []
