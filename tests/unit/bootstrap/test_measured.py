"""What CloudWatch hears of a handler's calls: all of them, a good cold start with the call after it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from sabiscore.bootstrap.measured import measured


class Broke(Exception):
    """What a handler raises."""


def handler_of(*results: int | type[Broke]) -> Callable[[Any, Any], Any]:
    """A measured handler whose calls end so, in turn."""
    coming = iter(results)

    def handle(_event: Any, _context: Any) -> Any:
        result = next(coming)
        if isinstance(result, int):
            return {"statusCode": result}
        raise result

    return measured(handle, "insights")


def heard(capsys: pytest.CaptureFixture[str]) -> list[dict[str, float]]:
    """The counts of each line that was written since the last look."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    names = ("ColdStart", "Answers", "ServerErrors", "Uncaught")
    return [{name: sum(line[name]) for name in names if name in line} for line in lines]


def test_a_good_cold_start_is_told_with_the_call_after_it(capsys):
    handle = handler_of(200, 304, 200)
    handle({}, None)
    assert heard(capsys) == []
    handle({}, None)
    assert heard(capsys) == [{"ColdStart": 1, "Answers": 2, "ServerErrors": 0}]
    handle({}, None)
    assert heard(capsys) == [{"ColdStart": 0, "Answers": 1, "ServerErrors": 0}]


def test_a_cold_start_that_failed_is_told_at_once(capsys):
    handler_of(503)({}, None)
    assert heard(capsys) == [{"ColdStart": 1, "Answers": 1, "ServerErrors": 1}]


@pytest.mark.parametrize("before", [(), (200, 200)])
def test_what_was_raised_is_told_and_raised(capsys, before):
    handle = handler_of(*before, Broke)
    for _ in before:
        handle({}, None)
    heard(capsys)
    with pytest.raises(Broke):
        handle({}, None)
    assert heard(capsys) == [{"ColdStart": int(not before), "Answers": 0, "ServerErrors": 0, "Uncaught": 1}]


def test_a_good_cold_start_imports_nothing_to_tell():
    code = (
        "import sys; from sabiscore.bootstrap.measured import measured; "
        "measured(lambda event, context: {'statusCode': 200}, 'insights')({}, None); "
        "sys.exit('aws_lambda_powertools' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
