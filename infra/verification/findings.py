"""What is wrong with a deployment, judged from its public answers: each finding has cause and remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from infra.verification.answers import FOREIGN_ORIGIN, HEALTH, LIST, PAGE, SYSTEM, Answers
from sabiscore.jobs.timetable import TIMETABLE

HEADERS = (
    "strict-transport-security",
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "x-request-id",
)
"""On every answer, of the Worker and of the functions."""
MOST_DRIFT = timedelta(seconds=60)
"""Between our clock and the deployment's. Signatures allow five minutes."""
GRACE = timedelta(minutes=10)
"""A run that is late by less may be under way, or published with the next."""
REHEARSAL = timedelta(days=1)
"""A publication whose clock was set back by more than this, by which health reckons then, is one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong: the part, what was seen, and what to do."""

    part: str
    cause: str
    remedy: str


def findings(answers: Answers) -> list[Finding]:
    """Everything that is wrong, causes before consequences; none for a sound deployment."""
    unreached = list(_unreached(answers))
    if unreached:
        return unreached
    return [finding for judge in _JUDGES for finding in judge(answers)]


def _unreached(answers: Answers) -> Iterator[Finding]:
    health = answers.of[HEALTH]
    if health.status == 0:
        yield Finding("address", f"{HEALTH} {health.reason}.", "Check the address, its DNS and certificate.")
    elif "checks" not in health.document():
        if _is_edge(health.headers):
            yield Finding(
                "origin",
                f"The Worker answers, and {HEALTH} behind it does not (status {health.status}).",
                "ORIGIN of the Worker is empty or wrong, or the functions are down: run sabiscore deploy, "
                "which sets it, and look at the functions' log.",
            )
        else:
            yield Finding(
                "functions",
                f"{HEALTH} answers {health.status} without a report of health.",
                "Look at the log of the health function, and whether the address is a SabiScore deployment.",
            )


def _checks(answers: Answers) -> Iterator[Finding]:
    """What health itself warns of."""
    for check in answers.of[HEALTH].document()["checks"]:
        if check["status"] != "pass":
            remedy = _REMEDIES.get(check["name"], "See docs/operations.md, Health, and the functions' log.")
            yield Finding(check["name"], check["detail"], remedy)


_REMEDIES: Mapping[str, str] = {
    "edge": "Both need the same EDGE_SECRET: sabiscore deploy brings the stored secret to both.",
    "redis": "Copy UPSTASH_REDIS_REST_URL and _TOKEN again from Upstash's console (sabiscore deploy init "
    "--replace UPSTASH_REDIS_REST_TOKEN), and deploy.",
    "database": "Check DATABASE_URL and whether the server runs; if it is lost: sabiscore restore.",
    "freshness": "Schedules do not publish: look at /api/v1/system and the log of cron/odds and cron/stats.",
    "publication": "Fill the bucket: sabiscore sync push; or run sabiscore cron stats.",
    "bundle": "Promote a bundle: sabiscore models promote VERSION, then sabiscore sync push.",
    "bucket": "Check SABISCORE_BUCKET, and whether the functions' role may read it.",
    "settings": "Mend the setting that is named, and deploy again; a parameter is read again by itself. For "
    "SABISCORE_SECRETS see docs/operations.md, Secrets.",
}


def _unsigned(answers: Answers) -> Iterator[Finding]:
    health = answers.of[HEALTH]
    names = {check["name"] for check in health.document()["checks"]}
    if _is_edge(health.headers) and not names & {"edge", "settings"}:
        yield Finding(
            "edge",
            "The Worker does not sign for its readers: they are limited as if they were one.",
            "Both need the same EDGE_SECRET: sabiscore deploy brings the stored secret to both.",
        )


def _answered(answers: Answers) -> Iterator[Finding]:
    for path in (SYSTEM, LIST, PAGE):
        answer = answers.of[path]
        if answer.status != 200:
            seen = answer.reason or f"answers {answer.status}"
            yield Finding(
                "answers", f"{path} {seen}.", "Look at what health says, and at the functions' log."
            )


def _headers(answers: Answers) -> Iterator[Finding]:
    for path, answer in answers.of.items():
        missing = [name for name in HEADERS if answer.status and name not in answer.headers]
        if missing:
            yield Finding(
                "headers",
                f"{path} lacks {', '.join(missing)}.",
                "Something between the Worker and its readers removes headers: look at the zone's rules.",
            )


def _cors(answers: Answers) -> Iterator[Finding]:
    allowed = answers.to_script.headers.get("access-control-allow-origin")
    if answers.origin == FOREIGN_ORIGIN:
        if allowed == FOREIGN_ORIGIN:
            yield Finding(
                "cors",
                "Scripts of any site that names itself may read answers.",
                "Something in front echoes the Origin header: set SABISCORE_CORS_ORIGINS and nothing else.",
            )
    elif allowed not in ("*", answers.origin):
        seen = f"only {allowed} may" if allowed else "none may"
        yield Finding(
            "cors",
            f"Scripts of {answers.origin} may not read answers: {seen}.",
            "Set SABISCORE_CORS_ORIGINS of the functions to it, and deploy again.",
        )


def _clock(answers: Answers) -> Iterator[Finding]:
    stated = _date(answers.of[HEALTH].headers.get("date"))
    if stated is not None and abs(stated - answers.at) > MOST_DRIFT:
        apart = (stated - answers.at).total_seconds()
        side = "ahead of" if apart > 0 else "behind"
        yield Finding(
            "clock",
            f"The deployment's clock is {abs(apart):.0f} s {side} this machine's.",
            "Set the clock of whichever is wrong (NTP): signatures are refused from five minutes on.",
        )


def _schedules(answers: Answers) -> Iterator[Finding]:
    board = answers.of[SYSTEM].document()
    if _is_rehearsal(answers) or not board:
        return
    rows = {row["name"]: row for row in board.get("schedules", ())}
    for name in TIMETABLE:
        if late := _late(name, rows.get(name), answers.at):
            yield Finding(
                "schedules",
                f"cron/{name} {late}.",
                f"Check its rule in EventBridge and its function's log; run it: sabiscore cron {name}",
            )
    for alert in board.get("alerts", ()):
        if alert["name"] == "schedules":
            yield Finding("schedules", alert["detail"], "Check the rules in EventBridge, and the jobs' logs.")


def _late(name: str, row: Mapping[str, Any] | None, now: datetime) -> str | None:
    """How a schedule is late; None where it is not. Two intervals may pass: a run that failed is repeated.

    A publication that names no schedules was made before any of them ran.
    """
    if row is None or row["started_at"] is None:
        return "has never run"
    schedule, last = TIMETABLE[name], datetime.fromisoformat(row["started_at"])
    if now > schedule.next(schedule.next(last)) + GRACE:
        return f"has not run since {last:%Y-%m-%d %H:%M} UTC"
    return "failed when it ran last" if row["outcome"] == "failed" else None


def _is_rehearsal(answers: Answers) -> bool:
    """Whether the publication is of another day than health reckons from it: its clock was set back."""
    report = answers.of[HEALTH].document()
    if report.get("as_of") is None or report.get("age_s") is None:
        return False
    reckoned = datetime.fromisoformat(report["as_of"]) + timedelta(seconds=report["age_s"])
    return answers.at - reckoned > REHEARSAL


def _is_edge(headers: Mapping[str, str]) -> bool:
    return "SabiScore-Edge" in headers.get("cache-status", "")


def _date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None


Judge = Callable[[Answers], Iterator[Finding]]
_JUDGES: tuple[Judge, ...] = (_checks, _unsigned, _answered, _headers, _cors, _clock, _schedules)
