"""Which Python layers are built for, and what is said when it is not on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.layers.target import DEPLOYED, Target, here, interpreter, needed_interpreter
from sabiscore.errors import Unavailable


def test_platforms_are_named_as_uv_names_them() -> None:
    assert Target("3.13", "x86_64").platform == "x86_64-manylinux_2_28"
    assert Target("3.13", "arm64").platform == "aarch64-manylinux_2_28"
    assert Target("3.13", "arm64").runtime == "python3.13"


def test_the_deployed_runtime_has_a_glibc_that_loads_our_wheels() -> None:
    major, minor = DEPLOYED.python.split(".")
    assert (int(major), int(minor)) >= (3, 12)  # Amazon Linux 2023; 3.11 is on glibc 2.26


def test_this_process_can_run_what_is_built_for_it() -> None:
    found = interpreter(here())
    assert found is not None
    assert found.exists()


def test_another_architecture_or_version_is_asked_for_by_name() -> None:
    other = "arm64" if here().architecture == "x86_64" else "x86_64"
    assert interpreter(Target(here().python, other)) is None
    with pytest.raises(Unavailable, match=r"python9\.9") as missing:
        needed_interpreter(Target("9.9", here().architecture))
    assert "uv python install 9.9" in missing.value.hint


def test_a_shim_that_does_not_start_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "python9.9"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert interpreter(Target("9.9", here().architecture)) is None
