"""``sabiscore edge``: the whole chain of production on this machine, for people to ask and to break."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from infra.cli.options import Simulated
from infra.cli.serve import DEFAULT_PORT, Data, Port, prepared
from infra.local.data_dirs import data_dir_settings

if TYPE_CHECKING:
    from infra.cli.progress import Steps
    from infra.local.edge import LocalEdge
    from sabiscore.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Adds this module's command."""
    app.command()(edge)


def edge(data: Data = None, simulated: Simulated = False, port: Port = DEFAULT_PORT) -> None:
    """Serves through the whole chain: the Worker in workerd, a Redis that all share, the functions.

    Serves what `sabiscore run` published, real data before simulated; where there is nothing, or with
    --data, does what `sabiscore run` does first. The Worker listens on --port of 127.0.0.1, all others on
    free ports. What each part logs stands behind its name. Ctrl+C ends everything.
    """
    from infra.cli.progress import Steps
    from infra.local.cloud import reserve
    from infra.local.edge import local_edge
    from infra.rigs.part import loud

    # Asked for first: nobody should wait minutes to learn that the port is taken.
    reserve(port).close()
    steps = Steps()
    settings = _served_settings(data, simulated, steps)
    match = _some_match(settings)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        steps.say("Starting Redis, the functions and the Worker.")
        with local_edge(settings.data_dir, port, loud) as chain:
            typer.echo(introduction(chain, match))
            threading.Event().wait()
    except KeyboardInterrupt:
        steps.say("Everything has ended.")


def _served_settings(data: Path | None, simulated: bool, steps: Steps) -> Settings:
    """Where there is something to serve."""
    from sabiscore.publication.publish import COMING, read

    real, other = data_dir_settings("real"), data_dir_settings("simulated")
    if data is None and simulated:
        return other
    found = [data_dir for data_dir in (real, other) if (data_dir.publication / COMING).exists()]
    if data is not None or not found:
        return prepared(data, None, steps)
    published = read(found[0].publication)
    steps.say(
        f"Serving what was published at {published.published_at:%Y-%m-%d %H:%M} UTC, {published.kind} data."
    )
    return found[0]


def _some_match(settings: Settings) -> str:
    """The id of a match that is served; raises NothingPublished where there is none."""
    from sabiscore.publication.publish import read

    return next(iter(read(settings.publication).served), "none")


def introduction(chain: LocalEdge, match: str) -> str:
    """What a person who has just started ``chain`` needs to know."""
    command = sys.argv[0] if Path(sys.argv[0]).name == "sabiscore" else "sabiscore"
    insight = f"{chain.url}/api/v1/insights/{match}"
    return f"""
  {"worker":<10} {chain.url:<24} process {chain.worker.pid}
  {"functions":<10} {chain.functions.url:<24} process {chain.functions.pid}
  {"upstash":<10} {chain.shared.url:<24} process {chain.shared.rest.pid}
  {"redis":<10} {f"127.0.0.1:{chain.shared.redis_port}":<24} process {chain.shared.server.pid}

Ask twice, and see in Cache-Status which tier answered, in Age how old the answer is:
  curl -i {insight}
Ask whether it is still the same, with the ETag of the first answer (304):
  curl -i -H 'If-None-Match: "…"' {insight}
Past the Worker, to the functions and the shared cache:
  curl -i {insight.replace(chain.url, chain.functions.url)}
Put it out of date everywhere, as a signed call:
  SABISCORE_REVALIDATE_SECRET={chain.secret} \\
    {command} revalidate --url {chain.url} --match {match}
Enter its room with any client of WebSockets, and say ping:
  ws{chain.url.removeprefix("http")}/ws/edge/{match}
Turn Redis and the functions off, read on, and turn them on again:
  kill -STOP {chain.shared.server.pid} {chain.functions.pid}
  kill -CONT {chain.shared.server.pid} {chain.functions.pid}

Serving {chain.url}  (Ctrl+C ends everything)"""
