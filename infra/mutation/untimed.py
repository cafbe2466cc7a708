"""A plugin for pytest: Hypothesis as mutants want it, the same each time, brief and without shrinking."""

from __future__ import annotations

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
