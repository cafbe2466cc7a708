"""What a deployment needs before its first step: asked for or generated, and stored once."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from secrets import token_bytes

from infra.deploy.parameters import ParameterStore
from sabiscore.bootstrap.stored_secrets import parameters_of
from sabiscore.errors import BadSetting
from sabiscore.settings import read_settings

SECRET_BYTES = 32
SIGNING = ("EDGE_SECRET", "REVALIDATE_SECRET", "CRON_SECRET", "ACCOUNT_SECRET")
"""Generated: secrets that calls and tokens are signed with."""
PUSH_KEYS = ("PUSH_PUBLIC_KEY", "PUSH_PRIVATE_KEY")
"""Generated where there is a PUSH_CONTACT."""
QUESTIONS: Mapping[str, str] = {
    "UPSTASH_REDIS_REST_URL": "Address of the Upstash database, https://… (empty: share no cache)",
    "UPSTASH_REDIS_REST_TOKEN": "Its token, one that may write",
    "DATABASE_URL": "PostgreSQL, postgresql://… (empty: every job begins with an empty store)",
    "SENTRY_DSN": "Where errors are reported, the DSN that Sentry shows (empty: in the log alone)",
    "PUSH_CONTACT": "Whom push services may write to, mailto:… (empty: no push messages)",
}
"""Asked for; each may be left empty."""
EDGE_URL = "EDGE_URL"
"""Asked of Cloudflare when deploying, unless it is given."""
LATER = {"UPSTASH_REDIS_REST_TOKEN": "UPSTASH_REDIS_REST_URL"}
"""Asked for only where the other is there."""

OPENID = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
"""Of a provider that readers may sign in at: taken where they are given, and never asked for."""

PLAIN = ("UPSTASH_REDIS_REST_URL", "PUSH_CONTACT")
"""Of these the answer is no secret."""

Ask = Callable[[str, bool], str]
"""Called with a question and whether its answer is secret; what a person answers, "" for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Names, never values, of what was ``found``, ``stored`` as given, ``generated`` and ``left_out``.

    ``differing`` are those that were given and are not what is stored, which stays.
    """

    found: tuple[str, ...]
    stored: tuple[str, ...]
    generated: tuple[str, ...]
    left_out: tuple[str, ...]
    differing: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether anything was stored."""
        return bool(self.stored or self.generated)


def source_keys() -> tuple[str, ...]:
    """The keys and feeds of sources, which are taken where they are given and never asked for."""
    from sabiscore.sources.registry import declare

    return tuple(sorted({name for source in declare({}) for name in source.needs}))


def names() -> tuple[str, ...]:
    """Every parameter that functions may read."""
    return (*SIGNING, *QUESTIONS, *PUSH_KEYS, EDGE_URL, *OPENID, *source_keys())


def setting_of(name: str) -> str:
    """The setting that the parameter ``name`` holds.

    >>> setting_of("EDGE_SECRET"), setting_of("DATABASE_URL"), setting_of("SABISCORE_OPTA_FEED_URL")
    ('SABISCORE_EDGE_SECRET', 'DATABASE_URL', 'SABISCORE_OPTA_FEED_URL')
    """
    (setting,) = parameters_of(
        {"SABISCORE_SECRETS": "/sabiscore/any", "SABISCORE_SECRET_NAMES": name}
    ).values()
    return setting


def prepare(
    store: ParameterStore, given: Mapping[str, str], ask: Ask, *, replace: Iterable[str] = ()
) -> Prepared:
    """Stores what is missing: from ``given`` (by setting), else by asking, else generated.

    What is stored stays, but for the names in ``replace``. A replaced signing secret is followed by the one
    before, which is accepted until the next. Raises BadSetting, which quotes no value, before anything is
    stored; else what ``ParameterStore`` does.
    """
    found, replaced = store.values(), _known(replace)
    kept = {name: value for name, value in found.items() if name not in replaced}
    answered = _answered(kept, given, ask)
    generated = _generated(kept | answered, {name: found[name] for name in replaced if name in found})
    _refuse_empty(replaced - answered.keys() - generated.keys())
    check(kept | answered | generated)
    for name, value in (answered | generated).items():
        store.put(name, value)
    return Prepared(
        found=tuple(sorted(kept)),
        stored=tuple(sorted(answered)),
        generated=tuple(sorted(generated)),
        left_out=tuple(sorted({*names()} - {EDGE_URL} - kept.keys() - answered.keys() - generated.keys())),
        differing=tuple(sorted(name for name in kept if _given(name, given) not in ("", kept[name]))),
    )


def check(values: Mapping[str, str]) -> None:
    """Refuses parameters that functions could not start with. Raises BadSetting, which quotes no value."""
    settings = read_settings({setting_of(name): value for name, value in values.items()})
    settings.of_sources(source_keys())
    if values.get("DATABASE_URL") and not settings.database_url.startswith("postgresql"):
        raise BadSetting(
            "DATABASE_URL is a file, which no function keeps.",
            hint="Give the address of a PostgreSQL server, postgresql://user:password@host/database.",
            setting="DATABASE_URL",
        )


def _known(replace: Iterable[str]) -> set[str]:
    wanted = set(replace)
    if unknown := sorted(wanted - {*names()}):
        raise BadSetting(
            f"There is no parameter {unknown[0][:40]}.", hint=f"Replace some of: {', '.join(names())}"
        )
    return wanted | {key for key in PUSH_KEYS if wanted & {*PUSH_KEYS}}


def _refuse_empty(missing: set[str]) -> None:
    if missing:
        name = min(missing)
        raise BadSetting(
            f"There is nothing to replace {name} with, so it stays as it is.",
            hint=f"Give it in the variable {setting_of(name)}, or answer when it is asked for.",
        )


def _given(name: str, given: Mapping[str, str]) -> str:
    return given.get(setting_of(name), "").strip()


def _answered(kept: Mapping[str, str], given: Mapping[str, str], ask: Ask) -> dict[str, str]:
    """What a person gives of what is missing."""
    found: dict[str, str] = {}
    for name in (*QUESTIONS, EDGE_URL, *OPENID, *source_keys(), *SIGNING):
        if name not in kept and (value := _given(name, given) or _asked(name, {**kept, **found}, ask)):
            found[name] = value
    return found


def _asked(name: str, known: Mapping[str, str], ask: Ask) -> str:
    if name not in QUESTIONS or (name in LATER and LATER[name] not in known):
        return ""
    return ask(QUESTIONS[name], name not in PLAIN).strip()


def _generated(known: Mapping[str, str], replaced: Mapping[str, str]) -> dict[str, str]:
    made = {name: _secret(replaced.get(name, "")) for name in SIGNING if name not in known}
    if "PUSH_CONTACT" in known and not {*PUSH_KEYS} <= known.keys():
        from sabiscore.net.web_push import new_keys

        keys = new_keys()
        made |= zip(PUSH_KEYS, (keys.public, keys.private), strict=True)
    return made


def _secret(before: str) -> str:
    """A new secret to sign with, and the newest of ``before``, which is accepted too."""
    return " ".join([f"whsec_{b64encode(token_bytes(SECRET_BYTES)).decode()}", *before.split()[:1]])
