"""The model in use: follows a pointer, and never lets go of a good bundle for a bad one."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from sabiscore.errors import BadBundle, NothingPublished
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.pointer import current, read_changes, standing
from sabiscore.inference.predict import OnnxModel


class Loader:
    """Serves the bundle that ``pointer`` names in the folder ``registry``.

    ``degraded`` is None when that bundle is the one serving, else a sentence for the health page.
    """

    def __init__(self, registry: Path, schema: str, pointer: str = "production") -> None:
        self.degraded: str | None = None
        self._registry = registry
        self._schema = schema
        self._pointer = pointer
        self._model: OnnxModel | None = None
        self._seen: tuple[int, int] | None = None
        self._lock = Lock()

    def model(self) -> OnnxModel:
        """The model to predict with, reloaded when the pointer has moved since the last call.

        A bad bundle leaves the loaded one serving; with none loaded yet, the one that was in use
        before it. Raises NothingPublished or BadBundle when there is nothing good to serve.
        """
        with self._lock:
            seen = self._look()
            if self._model is None or seen != self._seen:
                self._model = self._follow()
                self._seen = seen
            return self._model

    def _look(self) -> tuple[int, int] | None:
        """What changes with every move of the pointer, read without opening it."""
        try:
            found = (self._registry / self._pointer).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _follow(self) -> OnnxModel:
        try:
            model = self._load(current(self._registry, self._pointer))
        except (BadBundle, NothingPublished) as error:
            model = self._model or self._fallback(error)
            self.degraded = f"Bundle {model.version} serves instead of the {self._pointer} one: {error}"
        else:
            self.degraded = None
        return model

    def _fallback(self, error: BadBundle | NothingPublished) -> OnnxModel:
        """The newest good bundle below the top of the pointer's stack; raises ``error`` if none is."""
        if isinstance(error, NothingPublished):
            raise error
        for version in reversed(standing(read_changes(self._registry / self._pointer))[:-1]):
            try:
                return self._load(self._registry / version)
            except BadBundle:
                continue
        raise error

    def _load(self, folder: Path) -> OnnxModel:
        if self._model is not None and self._model.bundle.folder == folder:
            return self._model
        return OnnxModel(read_bundle(folder, self._schema))
