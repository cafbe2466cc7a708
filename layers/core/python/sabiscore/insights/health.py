"""Whether this process could answer, and from what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeVar

from sabiscore.cache.last_good import Holder
from sabiscore.clock import Clock
from sabiscore.errors import NothingPublished, SabiScoreError
from sabiscore.observability.log import log

T = TypeVar("T")

CheckStatus = Literal["pass", "warn", "fail"]
CheckName = Literal[
    "publication", "bundle", "calibration", "states", "record", "days",
    "supplements", "rollback", "bucket", "database", "redis", "freshness", "kind", "settings", "edge",
]  # fmt: skip
"""What health may speak of; docs/operations.md says what each means."""
Status = Literal["ok", "degraded", "unavailable"]

PUBLICATION_LIFE_S = 24 * 3600


class PublicationView(Protocol):
    """The part of a publication that health speaks of."""

    @property
    def as_of(self) -> datetime: ...
    @property
    def rehearsal(self) -> bool: ...
    @property
    def kind(self) -> str: ...


class BundleView(Protocol):
    """The part of a bundle that health speaks of."""

    @property
    def version(self) -> str: ...
    @property
    def kind(self) -> str: ...


class PointerView(Holder[BundleView], Protocol):
    """The bundle that a pointer names."""

    def fallen(self) -> str | None:
        """Why the one before it was taken back by the system itself; None if it was not."""
        ...


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One thing that answers are made from; ``warn``: an older copy of it serves."""

    name: CheckName
    status: CheckStatus
    detail: str


@dataclass(frozen=True, slots=True)
class HealthResult:
    """All checks. ``degraded``: answers are given, but not from what should be there."""

    status: Status
    checks: tuple[HealthCheck, ...]
    bundle: str | None
    as_of: datetime | None
    age_s: int | None

    def plain(self) -> dict[str, Any]:
        """The report in JSON's own types."""
        as_of = self.as_of.isoformat() if self.as_of else None
        return {**asdict(self), "checks": [asdict(check) for check in self.checks], "as_of": as_of}

    def with_check(self, check: HealthCheck) -> HealthResult:
        """The report with one check more, and the status that follows."""
        checks = (*self.checks, check)
        return replace(self, checks=checks, status=_status(checks))


class HealthReporter(Protocol):
    """What tells of health."""

    def report(self) -> HealthResult:
        """What is there now."""
        ...


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """The health of a process with a setting that cannot be used: nothing is answered until it is mended."""

    detail: str

    def report(self) -> HealthResult:
        """The setting, and nothing else: without settings nobody knows where to look."""
        checks = (HealthCheck("settings", "fail", self.detail),)
        return HealthResult(status="unavailable", checks=checks, bundle=None, as_of=None, age_s=None)


@dataclass(frozen=True, slots=True)
class WithOlderSettings:
    """The health of a process that answers by older settings than it should, and why."""

    health: HealthReporter
    detail: str

    def report(self) -> HealthResult:
        """What is there now, and that warning."""
        return self.health.report().with_check(HealthCheck("settings", "warn", self.detail))


class Health:
    """Looks at the publication and the bundle that answers are made from.

    ``shared`` says what is wrong with the place that they are copied from, None when nothing is. ``files``
    are what else is read, by name: where one of them cannot be used the rest is answered, so it is a warning.
    ``probes`` say why a dependency cannot be used, None where it can: what was published serves without them.
    """

    def __init__(
        self,
        publications: Holder[PublicationView],
        models: PointerView,
        clock: Clock,
        corrections: Holder[object],
        shared: Callable[[], str | None] = lambda: None,
        *,
        files: Mapping[CheckName, Holder[object]] = MappingProxyType({}),
        probes: Mapping[CheckName, Callable[[], str | None]] = MappingProxyType({}),
    ) -> None:
        self._publications = publications
        self._models = models
        self._clock = clock
        self._corrections = corrections
        self._shared = shared
        self._files = files
        self._probes = probes
        self._logged: dict[str, str] = {}

    def report(self) -> HealthResult:
        """What is there now; a copy that was refused while an older one serves is a warning."""
        publication, published = self._look("publication", self._publications)
        model, released = self._look("bundle", self._models)
        checks = [published, released, self._look("calibration", self._corrections)[1]]
        if publication is not None:
            checks += [self._beside(name, holder) for name, holder in self._files.items()]
        fallen = self._models.fallen()
        if fallen is not None:
            checks.append(HealthCheck("rollback", "warn", f"A newer bundle was taken back: {fallen}."))
        behind = self._shared()
        if behind is not None:
            checks.append(HealthCheck("bucket", "warn", behind))
        checks += [_probed(name, probe()) for name, probe in self._probes.items()]
        age_s = None
        if publication is not None:
            now = publication.as_of if publication.rehearsal else self._clock.now()
            age_s = max(0, int((now.astimezone(UTC) - publication.as_of).total_seconds()))
            if age_s > PUBLICATION_LIFE_S:
                checks.append(HealthCheck("freshness", "warn", f"The publication is {age_s} seconds old."))
            if model is not None and model.kind != publication.kind:
                detail = f"The matches are {publication.kind}, the bundle is of {model.kind} ones."
                checks.append(HealthCheck("kind", "fail", detail))
        return HealthResult(
            status=_status(checks),
            checks=tuple(checks),
            bundle=model.version if model else None,
            as_of=publication.as_of if publication else None,
            age_s=age_s,
        )

    def _beside(self, name: CheckName, holder: Holder[object]) -> HealthCheck:
        """What to say of a file that only some answers need."""
        _, check = self._look(name, holder)
        return replace(check, status="warn") if check.status == "fail" else check

    def _look(self, name: CheckName, holder: Holder[T]) -> tuple[T | None, HealthCheck]:
        """What ``holder`` gives, and what to say of it: anybody may read that, so no path is named."""
        try:
            value = holder.get()
        except NothingPublished as error:
            self._log(name, error)
            return None, HealthCheck(name, "fail", f"There is no {name} yet.")
        except SabiScoreError as error:
            self._log(name, error)
            return None, HealthCheck(name, "fail", f"The {name} cannot be used ({type(error).__name__}).")
        if holder.refused is not None:
            self._log(name, holder.refused)
            kind = type(holder.refused).__name__
            return value, HealthCheck(
                name, "warn", f"An older {name} serves; the newest was refused ({kind})."
            )
        return value, HealthCheck(name, "pass", f"The {name} is verified.")

    def _log(self, name: str, error: SabiScoreError) -> None:
        """Writes each new reason to the log once, in full."""
        if self._logged.get(name) != str(error):
            self._logged[name] = str(error)
            log().warning("the %s was refused: %s", name, error)


def _probed(name: CheckName, problem: str | None) -> HealthCheck:
    """What to say of a dependency with this ``problem``."""
    if problem is None:
        return HealthCheck(name, "pass", f"The {name} answers.")
    return HealthCheck(name, "warn", f"The {name} {problem}; what was published serves without it.")


def _status(checks: Sequence[HealthCheck]) -> Status:
    found = {check.status for check in checks}
    return "unavailable" if "fail" in found else "degraded" if "warn" in found else "ok"
