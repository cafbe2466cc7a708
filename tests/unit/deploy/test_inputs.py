"""Equal inputs have equal digests, and each input that changes is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.deploy.inputs import functions_digest, worker_digest


def with_bundle(folder: Path, content: str) -> Path:
    (folder / "models").mkdir(parents=True)
    (folder / "models/production").write_text(content)
    return folder


def test_the_functions_digest_follows_parameters_options_and_the_bundle(tmp_path: Path) -> None:
    old, new = with_bundle(tmp_path / "old", "1.0.0"), with_bundle(tmp_path / "new", "1.1.0")
    digests = [
        functions_digest({"EDGE_SECRET": 1}, (), old),
        functions_digest({"EDGE_SECRET": 2}, (), old),
        functions_digest({"EDGE_SECRET": 1}, ("tracing=true",), old),
        functions_digest({"EDGE_SECRET": 1}, (), new),
        functions_digest({"EDGE_SECRET": 1}, (), tmp_path / "empty"),
    ]
    assert len(set(digests)) == len(digests)
    assert functions_digest({"EDGE_SECRET": 1}, (), old) == digests[0]


def test_a_publication_is_no_reason_to_deploy_again(tmp_path: Path) -> None:
    data_dir = with_bundle(tmp_path, "1.0.0")
    before = functions_digest({}, (), data_dir)
    (data_dir / "publication").mkdir()
    (data_dir / "publication/coming.json").write_text("{}")
    assert functions_digest({}, (), data_dir) == before


def test_the_worker_digest_follows_its_origin_and_its_secrets() -> None:
    first = worker_digest({"EDGE_SECRET": 1}, {"ORIGIN": "https://a.example.com"})
    assert first != worker_digest({"EDGE_SECRET": 2}, {"ORIGIN": "https://a.example.com"})
    assert first != worker_digest({"EDGE_SECRET": 1}, {"ORIGIN": "https://b.example.com"})


@pytest.mark.parametrize("changed", ["serverless.yml", "functions/health.py"])
def test_a_changed_source_of_the_functions_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    before = functions_digest({}, (), tmp_path)
    read = Path.read_bytes

    def edited(path: Path) -> bytes:
        return read(path) + (b"#" if path.as_posix().endswith(changed) else b"")

    monkeypatch.setattr(Path, "read_bytes", edited)
    assert functions_digest({}, (), tmp_path) != before
