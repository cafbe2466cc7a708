"""Files and folders appear whole or not at all, survive a power cut, and disk errors name the path."""

from __future__ import annotations

import ast
import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sabiscore.errors import DiskUnavailable
from sabiscore.files import UNFINISHED, new_folder, replacing, write_atomically

ROOT = Path(__file__).parents[3]
DISK_FULL, DISK_QUOTA, READ_ONLY = errno.ENOSPC, errno.EDQUOT, errno.EROFS


def test_content_replaces_what_was_there_and_everybody_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "production"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [*path.parent.iterdir()] == [path]


def fail_half_way(path: Path, error: BaseException) -> None:
    with replacing(path) as part:
        part.write_bytes(b"half of the n")
        assert path.read_bytes() == b"old"
        raise error


@pytest.mark.parametrize("error", [OSError(DISK_FULL, "full"), ValueError("no number"), KeyboardInterrupt()])
def test_any_failure_keeps_the_old_content_and_removes_the_temporary_file(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "production"
    write_atomically(path, b"old")
    with pytest.raises((DiskUnavailable, ValueError, KeyboardInterrupt)):
        fail_half_way(path, error)
    assert path.read_bytes() == b"old"
    assert [*tmp_path.iterdir()] == [path]


def test_a_full_disk_is_named_with_the_path(tmp_path: Path) -> None:
    path = tmp_path / "coming.json"
    with pytest.raises(DiskUnavailable) as raised, replacing(path), Path("/dev/full").open("wb", 0) as full:
        full.write(b"x")
    assert str(raised.value) == f"The disk is full: {path} could not be written."
    assert "Free some space" in raised.value.hint
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (DISK_QUOTA, "The disk quota is used up: {path} could not be written."),
        (READ_ONLY, "{path} could not be written: Read-only file system."),
        (errno.EACCES, "{path} could not be written: Permission denied."),
        (errno.EIO, "{path} could not be written: Input/output error."),
    ],
)
def test_a_disk_error_says_what_is_wrong(tmp_path: Path, code: int, sentence: str) -> None:
    path = tmp_path / "coming.json"
    with pytest.raises(DiskUnavailable) as raised, replacing(path):
        raise OSError(code, os.strerror(code))
    assert str(raised.value) == sentence.format(path=path)
    assert raised.value.hint


def test_a_file_in_the_place_of_the_folder_is_a_disk_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_bytes(b"")
    with pytest.raises(DiskUnavailable, match=r"home/models/production could not be written"):
        write_atomically(tmp_path / "home" / "models" / "production", b"1.0.0")


def test_errors_of_the_network_pass_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError), replacing(tmp_path / "backup"):
        raise ConnectionResetError(errno.ECONNRESET, "reset")


def test_two_writers_never_share_a_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "production"
    contents = [bytes([number]) * 100_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(write_atomically, path, content) for content in contents * 5]:
            future.result()
            assert path.read_bytes() in contents
    assert [*tmp_path.iterdir()] == [path]


def test_the_file_is_synced_before_it_is_renamed_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "production"
    synced: list[tuple[str, bool]] = []
    fsync = os.fsync

    def recording(handle: int) -> None:
        synced.append((str(Path(f"/proc/self/fd/{handle}").readlink()), path.exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", recording)
    write_atomically(path, b"1.0.0")
    (part, renamed_before), folder = synced
    assert part.startswith(str(tmp_path / UNFINISHED))
    assert not renamed_before
    assert folder == (str(tmp_path), True)


def test_a_folder_appears_with_all_its_files_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "models" / "1.0.0"
    with pytest.raises(DiskUnavailable, match="The disk is full"), new_folder(path):
        raise OSError(DISK_FULL, "full")
    assert not [*path.parent.iterdir()]
    with new_folder(path, scratch=tmp_path) as part:
        (part / "model.onnx").write_bytes(b"graph")
        assert not path.exists()
        assert part.parent.parent == tmp_path
    assert (path / "model.onnx").read_bytes() == b"graph"
    assert path.stat().st_mode & 0o777 == 0o755
    with pytest.raises(FileExistsError), new_folder(path):
        pass
    assert [*tmp_path.iterdir()] == [path.parent]


def test_no_other_module_replaces_files_by_hand() -> None:
    by_hand = {"mkstemp", "mkdtemp", "fsync", "NamedTemporaryFile", "renames"}
    found = {
        f"{path.relative_to(ROOT)}: {node.attr}"
        for folder in ("layers/core/python", "functions", "infra", "model_export")
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts and "rigs" not in path.parts and path.name != "files.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in by_hand
    }
    assert not found
