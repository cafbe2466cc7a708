"""A made-up home in a bucket, and readers of it: processes' worth of functions over homes of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from infra.rigs.made_up import AS_OF, MATCH_ID, made_up_bundle, made_up_data_dir, publish_priced
from sabiscore.bootstrap.health import health_app
from sabiscore.bootstrap.http_apps import insights_app, revalidate_app
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import FixedClock
from sabiscore.settings import Settings, read_settings
from sabiscore.sync.factory import sync_of
from sabiscore.sync.session import DataDirSync
from tests.support.buckets import environ_of
from tests.support.served import Client

READ = f"/api/v1/insights/{MATCH_ID}"


@dataclass
class Reader:
    """The functions of one instance, and the clock that they go by."""

    settings: Settings
    clock: FixedClock

    def __post_init__(self) -> None:
        bootstrap = Bootstrap(self.settings, self.clock)
        self.insights = Client(insights_app(bootstrap))
        self.health = Client(health_app(bootstrap))
        self.revalidate = Client(revalidate_app(bootstrap))

    def later(self, seconds: float) -> None:
        """So much time goes by."""
        self.clock.at += timedelta(seconds=seconds)

    def price(self) -> float:
        """What the insight says of the home win's odds."""
        answer = self.insights.get(READ)
        assert answer.status_code == 200, answer.text
        return float(answer.json()["markets"][0]["prices"][0]["odds"])

    def bundle(self) -> Any:
        """The version that health names."""
        return self.health.get("/health").json()["bundle"]

    def checks(self) -> dict[str, str]:
        """Status by check, of ``/health``."""
        return {check["name"]: check["status"] for check in self.health.get("/health").json()["checks"]}


@dataclass
class Fleet:
    """Homes below ``folder`` that share ``place`` of the S3 at ``url``."""

    folder: Path
    url: str
    place: str

    def environ(self, name: str, url: str = "") -> dict[str, str]:
        environment = {"SABISCORE_HOME": str(self.folder / name), "SABISCORE_BUCKET": f"s3://{self.place}"}
        return {**environment, **environ_of(url or self.url)}

    def settings(self, name: str, url: str = "") -> Settings:
        return read_settings(self.environ(name, url))

    def data_sync(self, name: str = "writer") -> DataDirSync:
        def refuse(error: Exception) -> None:
            raise error

        found = sync_of(self.settings(name), refuse)
        assert found is not None
        return found

    def begin(self) -> None:
        """A home with bundle 1.0.0 and a publication whose home win costs 1.8, taken to the bucket."""
        made_up_data_dir(self.folder / "writer")
        self.data_sync().push()

    def publish(self, home_win: float) -> None:
        """Another publication, taken to the bucket."""
        publish_priced(self.folder / "writer", (home_win, 3.7, 4.6))
        self.data_sync().push()

    def release(self) -> None:
        """The next bundle, promoted and taken to the bucket."""
        made_up_bundle(self.folder / "writer")
        self.data_sync().push()

    def reader(self, name: str, url: str = "", more: dict[str, str] | None = None) -> Reader:
        settings = read_settings({**self.environ(name, url), **(more or {})})
        return Reader(settings, FixedClock(AS_OF))
