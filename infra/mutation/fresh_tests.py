"""A plugin for pytest: tests as mutants want them.

Hypothesis does the same each time, briefly and without shrinking; and nothing that was computed before a
change was made is taken for what the changed code computes.
"""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, Phase, settings

PROFILE = "mutants"

settings.register_profile(
    PROFILE,
    database=None,
    deadline=None,
    derandomize=True,
    max_examples=5,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Empties what functions of ours keep: a mutant is begun in a copy of a process that was used."""
    ours = [module for name, module in sys.modules.items() if name.partition(".")[0] == "sabiscore"]
    for module in ours:
        for value in list(vars(module).values()):
            if hasattr(value, "cache_clear"):
                value.cache_clear()
