"""The model in use: follows a pointer, and keeps a good bundle when the next one is bad."""

from __future__ import annotations

from pathlib import Path

from sabiscore.cache.file_stamp import Stamp, stamp
from sabiscore.cache.last_good import LastGood
from sabiscore.errors import BadBundle, NothingPublished, SabiScoreError
from sabiscore.inference.bundle import Bundle, read_bundle
from sabiscore.inference.pointer import current, read_changes, standing
from sabiscore.inference.predict import OnnxModel

Stamps = tuple[Stamp | None, ...]


class Loader:
    """Serves the bundle that ``pointer`` names in the folder ``registry``."""

    def __init__(self, registry: Path, schema: str, pointer: str = "production") -> None:
        self._registry = registry
        self._schema = schema
        self._pointer = pointer
        self._models: LastGood[OnnxModel] = LastGood(
            load=lambda: self._load(current(registry, pointer)),
            stamp=lambda: (stamp(registry / pointer), self._changed()),
            fallback=self._fallback,
            keep_trying=True,
        )
        self._loaded_from: Stamps = ()

    @property
    def degraded(self) -> str | None:
        """Why another bundle serves than the one that the pointer names, for the health page; else None."""
        model, error = self._models.value, self._models.refused
        if model is None or error is None:
            return None
        return f"Bundle {model.version} serves instead of the {self._pointer} one: {error}"

    def model(self) -> OnnxModel:
        """The model to predict with, reloaded when the pointer or a file has changed since the last call.

        A bad bundle leaves the loaded one serving; with none loaded yet, the one that was in use
        before it. Raises NothingPublished or BadBundle when there is nothing good to serve.
        """
        return self._models.get()

    def _fallback(self, error: SabiScoreError) -> OnnxModel | None:
        """The newest good bundle below the top of the pointer's stack; None where there is none."""
        if isinstance(error, NothingPublished):
            return None
        for version in reversed(standing(read_changes(self._registry / self._pointer))[:-1]):
            try:
                return self._load(self._registry / version)
            except BadBundle:
                continue
        return None

    def _load(self, folder: Path) -> OnnxModel:
        loaded = self._models.value
        bundle = read_bundle(folder, self._schema)
        self._loaded_from = _stamps(bundle)
        return loaded if loaded is not None and loaded.bundle == bundle else OnnxModel(bundle)

    def _changed(self) -> Stamps:
        """The stamps of the loaded bundle's files where they are not those that it was loaded from."""
        loaded = self._models.value
        now = () if loaded is None else _stamps(loaded.bundle)
        return () if now == self._loaded_from else now


def _stamps(bundle: Bundle) -> Stamps:
    return tuple(stamp(path) for path in bundle.paths)
