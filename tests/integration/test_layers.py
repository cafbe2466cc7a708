"""Layers import after pruning, weigh what they may, and come out the same bytes every time (L5)."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from infra.lambda_runtime.event import event
from infra.lambda_runtime.image import image
from infra.lambda_runtime.image import testable as target_here
from infra.lambda_runtime.sandbox import first_answer
from infra.layers.archive import pack
from infra.layers.build import LIMIT_BYTES, Layer, build, build_core, digest_of, folder_of
from infra.layers.check import check_imports, check_prediction, top_level
from infra.layers.prune import prune
from infra.layers.release import release
from infra.layers.target import DEPLOYED, needed_interpreter
from infra.project import ROOT
from sabiscore.errors import BadPublication, Untrusted
from tests.support.data_dirs import MATCH_ID, made_up_data_dir


@pytest.fixture(scope="module")
def layers() -> dict[str, Layer]:
    return {layer.name: layer for layer in build(target_here())}


@pytest.fixture(scope="module")
def python() -> Path:
    return needed_interpreter(target_here())


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def test_each_layer_imports_with_nothing_but_layers_in_reach(layers: dict[str, Layer], python: Path) -> None:
    runtime, inference, store = layers["runtime"], layers["inference"], layers["store"]
    assert "starlette" in check_imports(python, runtime.python)
    assert check_imports(python, inference.python) == ("numpy", "onnxruntime")
    assert check_imports(python, layers["formats"].python) == ("arro3.core", "arro3.io", "resvg_py")
    assert {"alembic", "psycopg", "sqlalchemy", "stamina", "tzdata"} <= set(
        check_imports(python, store.python, [runtime.python])
    )
    assert check_imports(python, layers["accounts"].python, [runtime.python, store.python]) == (
        "_argon2_cffi_bindings",
        "argon2",
        "jwt",
    )
    assert check_imports(python, layers["core"].python, [runtime.python, inference.python]) == ("sabiscore",)


def test_the_inference_layer_predicts(layers: dict[str, Layer], python: Path, tmp_path: Path) -> None:
    check_prediction(python, layers["inference"].python, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_layer_that_lost_something_it_imports_is_untrusted(python: Path, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole/__init__.py").write_text("import pruned_by_mistake\n")
    with pytest.raises(Untrusted, match="No module named 'pruned_by_mistake'") as refused:
        check_imports(python, tmp_path)
    assert "prune.py" in refused.value.hint


def test_a_function_with_every_layer_stays_within_its_limit(layers: dict[str, Layer]) -> None:
    assert sum(layer.unzipped_bytes for layer in layers.values()) <= LIMIT_BYTES


@pytest.mark.parametrize("name", ["core", "runtime", "inference", "formats", "store", "accounts"])
def test_every_source_is_shipped_compiled_and_the_compiled_file_is_used_unchecked(
    layers: dict[str, Layer], name: str
) -> None:
    shipped = set(names(layers[name].archive))
    tag = f"cpython-{target_here().python.replace('.', '')}"
    with zipfile.ZipFile(layers[name].archive) as opened:
        for source in (entry for entry in shipped if entry.endswith(".py")):
            folder, _, module = source.rpartition("/")
            compiled = f"{folder}/__pycache__/{module.removesuffix('.py')}.{tag}.pyc"
            assert compiled in shipped
            assert opened.read(compiled)[4:8] == b"\x01\0\0\0"  # PEP 552: hash-based, unchecked


@pytest.mark.parametrize("name", ["core", "runtime", "inference", "formats", "store", "accounts"])
def test_nothing_but_the_import_path_is_shipped(layers: dict[str, Layer], name: str) -> None:
    for entry in names(layers[name].archive):
        assert entry.startswith("python/")
        assert not {"tests", "docs", "bin", "include"} & set(entry.split("/"))
        assert not entry.endswith((".pyi", ".h", ".a", ".lock"))


def test_packages_keep_their_metadata(layers: dict[str, Layer]) -> None:
    shipped = names(layers["runtime"].archive)
    assert any(entry.endswith("dist-info/METADATA") and "pydantic-" in entry for entry in shipped)


def test_no_path_of_the_building_machine_is_shipped(layers: dict[str, Layer]) -> None:
    with zipfile.ZipFile(layers["core"].archive) as opened:
        for entry in opened.namelist():
            assert str(ROOT).encode() not in opened.read(entry)


def test_building_again_builds_nothing() -> None:
    assert all(layer.reused for layer in build(target_here()))


def test_a_damaged_archive_is_built_again_to_the_same_bytes(
    layers: dict[str, Layer], python: Path, tmp_path: Path
) -> None:
    beside = (layers["runtime"].python, layers["inference"].python)
    first = build_core(python, tmp_path, beside)
    first.archive.write_bytes(first.archive.read_bytes()[:-1])
    again = build_core(python, tmp_path, beside)
    assert not again.reused
    assert again.sha256 == first.sha256 == layers["core"].sha256


def test_pruning_removes_what_it_names_and_leaves_the_rest(tmp_path: Path) -> None:
    for path in (
        "a/tests/test_a.py",
        "a/a.pyi",
        "a/a.py",
        "bin/a",
        "a-1.dist-info/METADATA",
        "numpy/f2py/x.py",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x = 1\n")
    assert prune(tmp_path) == 6 * 4
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"a/a.py", "a-1.dist-info/METADATA"}
    assert top_level(tmp_path) == ()


def test_archives_do_not_depend_on_times_or_order_of_writing(tmp_path: Path) -> None:
    made = []
    for folder, order in ((tmp_path / "one", ["a", "b"]), (tmp_path / "two", ["b", "a"])):
        folder.mkdir()
        for name in order:
            (folder / name).write_text(name)
        pack(folder, tmp_path / f"{folder.name}.zip")
        made.append((tmp_path / f"{folder.name}.zip").read_bytes())
    assert made[0] == made[1]


def test_the_release_layer_says_when_nothing_is_published(tmp_path: Path) -> None:
    assert release(tmp_path / "home", tmp_path) is None
    assert names(tmp_path / "release.zip") == ["sabiscore/README"]


def test_the_release_layer_holds_what_is_served_and_nothing_else_of_the_home_folder(tmp_path: Path) -> None:
    data_dir = made_up_data_dir(tmp_path / "home")
    (data_dir / "archive").mkdir()
    (data_dir / "archive/seasons.npz").write_text("not served")
    assert release(data_dir, tmp_path) == "1.0.0"
    shipped = [re.sub(r"-[0-9a-f]{16}", "", name) for name in names(tmp_path / "release.zip")]
    assert shipped == [
        "sabiscore/models/1.0.0/baseline.npy",
        "sabiscore/models/1.0.0/edge_graph.bin",
        "sabiscore/models/1.0.0/manifest.json",
        "sabiscore/models/1.0.0/model.onnx",
        "sabiscore/models/1.0.0/probes.npz",
        "sabiscore/models/1.0.0/states.npz",
        "sabiscore/models/production",
        "sabiscore/publication/coming.json",
        "sabiscore/publication/states.npz",
    ]


def test_a_function_serves_from_the_unpacked_release_layer(tmp_path: Path) -> None:
    release(made_up_data_dir(tmp_path / "home"), tmp_path)
    with zipfile.ZipFile(tmp_path / "release.zip") as opened:
        opened.extractall(tmp_path / "opt")
    environ = {"SABISCORE_HOME": str(tmp_path / "opt/sabiscore")}
    asked = event("GET", f"/api/v1/insights/{MATCH_ID}")
    assert first_answer(image(), "functions/insights.handler", asked, environ).status == 200


def test_a_broken_publication_is_not_shipped(tmp_path: Path) -> None:
    data_dir = made_up_data_dir(tmp_path / "home")
    coming = data_dir / "publication/coming.json"
    coming.write_text(coming.read_text().replace("arsenal", "chelsea"))
    with pytest.raises(BadPublication):
        release(data_dir, tmp_path)
    assert not (tmp_path / "release.zip").exists()


def test_inputs_are_distinguished_by_content(tmp_path: Path) -> None:
    assert digest_of(ROOT / "pyproject.toml") != digest_of(ROOT / "serverless.yml")
    assert folder_of(DEPLOYED).name == f"{DEPLOYED.runtime}-{DEPLOYED.architecture}"
