"""Reliability F13: on a full or read-only disk every command says so, and works once there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.conftest import sabiscore
from tests.support.command import Sabiscore, Said
from tests.support.local_world import World, train_small

__all__ = ["sabiscore"]

UNAVAILABLE = 3
SIZE_MB = 128
LEFT_KB = (0, 100, 600)
TEMPORARY = (".unfinished-*", ".writing-*", ".states-*", ".shelf-??*-*", "tmp*")
SHORT = {
    "ingest": ("ingest", "--data", "{seasons}", "--simulated"),
    "promote": ("models", "promote", "{version}", "--simulated"),
    "challenger": ("models", "promote", "{version}", "--as", "challenger", "--simulated"),
    "simulate": ("simulate", "--to", "{disk}/seasons", "--today", "2026-03-14", "--division", "E0"),
    **{f"cron {job}": ("cron", job, "--simulated") for job in ("odds", "stats", "calibrate", "cleanup")},
}
LONG = {
    "train": ("train", "--simulated"),
    "run": ("run", "--data", "{seasons}", "--no-serve"),
}


@dataclass(frozen=True)
class SmallDisk:
    """A disk of its own, with a copy of the world's data folder on it."""

    path: Path
    world: World

    @property
    def data_dir(self) -> Path:
        """SABISCORE_HOME; the simulated one lies beside it."""
        return self.path / "home" / "real"

    def leave(self, kilobytes: int) -> None:
        """Fills the disk up to that."""
        free = os.statvfs(self.path)
        filled = max(0, free.f_bavail * free.f_frsize - (kilobytes << 10))
        with self.filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, filled) if filled else None

    @property
    def filler(self) -> Path:
        return self.path / "filler"

    def read_only(self, *, on: bool) -> None:
        mode = "remount,ro" if on else "remount,rw"
        subprocess.run(["mount", "-o", mode, str(self.path)], check=True)

    def unfinished(self) -> list[Path]:
        """Temporary files that somebody left."""
        return [found for pattern in TEMPORARY for found in self.path.rglob(pattern)]

    def command(self, words: tuple[str, ...]) -> list[str]:
        places = {
            "seasons": str(self.world.folder),
            "version": self.world.ready.version,
            "disk": str(self.path),
        }
        return [word.format(**places) for word in words]


@pytest.fixture
def disk(tmp_path: Path, world: World) -> Iterator[SmallDisk]:
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(path)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"A small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        small = SmallDisk(path, world)
        shutil.copytree(world.settings.data_dir, small.data_dir.with_name("simulated"))
        yield small
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


@pytest.fixture(autouse=True)
def _small_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def train(
        past: object, settings: object, *, leagues: object = None, forced: object = None, **more: object
    ) -> str:
        return train_small(past, settings, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("infra.local.training.train", train)


def says_so(said: Said, disk: SmallDisk) -> None:
    """One sentence names the disk, and nothing speaks of a database server."""
    assert said.code == UNAVAILABLE, said
    wrote = said.out + said.err
    assert str(disk.path) in wrote
    assert "disk is full" in wrote or "could not be written" in wrote
    assert "DATABASE_URL" not in wrote


@pytest.mark.parametrize("left", LEFT_KB)
@pytest.mark.parametrize("name", SHORT)
def test_on_a_full_disk_a_command_says_so_and_works_once_there_is_room(
    sabiscore: Sabiscore, disk: SmallDisk, name: str, left: int
) -> None:
    _filled(sabiscore, disk, SHORT[name], left)


@pytest.mark.parametrize("name", LONG)
def test_so_do_those_that_train(sabiscore: Sabiscore, disk: SmallDisk, name: str) -> None:
    _filled(sabiscore, disk, LONG[name], 100)


def _filled(sabiscore: Sabiscore, disk: SmallDisk, words: tuple[str, ...], left: int) -> None:
    command = disk.command(words)
    disk.leave(left)
    said = sabiscore(*command, data_dir=disk.data_dir)
    if said.code:
        says_so(said, disk)
    assert disk.unfinished() == []
    disk.filler.unlink()
    assert sabiscore(*command, data_dir=disk.data_dir).code == 0
    assert sabiscore("ledger", "verify", "--simulated", data_dir=disk.data_dir).code == 0


@pytest.mark.parametrize("name", [*SHORT, *LONG])
def test_in_a_read_only_folder_a_command_says_so(sabiscore: Sabiscore, disk: SmallDisk, name: str) -> None:
    command = disk.command({**SHORT, **LONG}[name])
    disk.read_only(on=True)
    try:
        says_so(sabiscore(*command, data_dir=disk.data_dir), disk)
    finally:
        disk.read_only(on=False)
    assert disk.unfinished() == []


@pytest.mark.parametrize("command", ["status", "pull", "push"])
def test_a_read_only_folder_cannot_be_shared_either(
    sabiscore: Sabiscore, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for name, value in {
        "SABISCORE_BUCKET": "s3://bucket/home",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nobody",
    }.items():
        monkeypatch.setenv(name, value)
    disk.read_only(on=True)
    try:
        says_so(sabiscore("sync", command, data_dir=disk.data_dir.with_name("simulated")), disk)
    finally:
        disk.read_only(on=False)
