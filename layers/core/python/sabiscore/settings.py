"""Every setting, read once at start from the environment, with one prefix.

| variable | default | meaning |
|---|---|---|
| ``SABISCORE_HOME`` | ``.sabiscore/real`` | the store, the season archive, bundles and publications |
| ``DATABASE_URL`` | SQLite file in the data folder | SQLAlchemy URL of the store |
| ``SABISCORE_BUCKET`` | unset | where a fleet shares that, ``s3://NAME/PREFIX``; unset: nowhere |
| ``SABISCORE_SEED`` | unset | a data folder that an empty one begins as a copy of, such as a layer's |
| ``SABISCORE_SECRETS`` | unset | path of the parameters that hold settings of a function; unset: none do |
| ``SABISCORE_SECRET_NAMES`` | unset | which of them it reads when it runs, separated by spaces |
| ``SABISCORE_LOG_LEVEL`` | ``INFO`` | least level that is logged |
| ``SABISCORE_SENTRY_DSN`` | unset | where errors are reported, as Sentry shows it; unset: in the log alone |
| ``UPSTASH_REDIS_REST_URL`` | unset | where the shared cache answers over REST; unset: memory only |
| ``UPSTASH_REDIS_REST_TOKEN`` | unset | its token |
| ``SABISCORE_REQUESTS_PER_MINUTE`` | ``100`` | for each reader, over the whole fleet |
| ``SABISCORE_REQUESTS_AT_ONCE`` | ``200`` | that one process works on; the others get 503 at once |
| ``SABISCORE_CORS_ORIGINS`` | unset | sites whose scripts may read answers, separated by spaces; ``*``: any |
| ``SABISCORE_REVALIDATE_SECRET`` | unset | signs calls to ``/api/revalidate``; while rotating: new and old |
| ``SABISCORE_ACCOUNT_SECRET`` | unset | keys of accounts are derived from it; while rotating: new and old |
| ``SABISCORE_OIDC_ISSUER`` | unset | an OpenID provider that readers may sign in at; unset: none |
| ``SABISCORE_OIDC_CLIENT_ID`` | unset | how it knows us |
| ``SABISCORE_OIDC_CLIENT_SECRET`` | unset | the secret that goes with that |
| ``SABISCORE_CRON_SECRET`` | unset | signs calls to ``/api/cron/{name}``; while rotating: new and old |
| ``SABISCORE_CRON_FUNCTIONS`` | unset | how names of the schedules' Lambda functions begin; unset: run here |
| ``SABISCORE_EDGE_URL`` | unset | the Worker in front, whose cache is purged; unset: there is none |
| ``SABISCORE_EDGE_MODEL_URL`` | unset | the edge model's Worker, which schedules send models; unset: none |
| ``SABISCORE_EDGE_SECRET`` | unset | the Worker's ``EDGE_SECRET``; while rotating: new and old |
| ``SABISCORE_EVENT_BUS`` | unset | the EventBridge bus that events go to as well |
| ``SABISCORE_PUSH_PUBLIC_KEY`` | unset | browsers subscribe with it; unset: to no push messages |
| ``SABISCORE_PUSH_PRIVATE_KEY`` | unset | signs push messages; unset: none are sent from here |
| ``SABISCORE_PUSH_CONTACT`` | unset | whom push services write to, ``mailto:`` or ``https:`` |
| ``SABISCORE_QUOTAS`` | each source's free plan | calls that plans allow, like ``espn.com=50/day`` |
| ``SABISCORE_CHALLENGER_SHARE`` | ``0.5`` | share of matches that the challenger predicts too |
| ``SABISCORE_EXCHANGE_COMMISSION`` | ``0.05`` | share of what is won that your betting exchange keeps |
| ``SABISCORE_KEEP_REPLIES_MB`` | ``0`` | megabytes of raw replies kept in the data folder |

Keys and feeds of sources are settings too; each source names its own (``sources/registry.py``).
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sabiscore.domain.value import EXCHANGE_COMMISSION
from sabiscore.errors import BadSetting

SECRET = re.compile(
    r"whsec_([A-Za-z0-9+/]{4}){8,21}([A-Za-z0-9+/]{2}(==)?|[A-Za-z0-9+/]{3}=?)?|(?!whsec_)[!-~]{24,128}"
)
"""A secret that calls are signed with: ``whsec_`` and 24 to 65 bytes in base64, or a plain word."""

# A name with a dot and a last label of letters: no number of any notation is one, no bracket, no user.
_PUBLIC = re.compile(
    r"https://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}(:[0-9]{1,5})?", re.IGNORECASE
)
_LOCAL = re.compile(r"http://(127\.0\.0\.1|localhost):[0-9]{1,5}")
_INSIDE = re.compile(r"\.(internal|local|localhost|localdomain|lan|home|corp|arpa)(:|$)", re.IGNORECASE)

_DSN = re.compile(
    r"(https://[A-Za-z0-9]{1,64}@[a-z0-9.-]+(:[0-9]{1,5})?|http://[A-Za-z0-9]{1,64}@(127\.0\.0\.1|localhost):[0-9]{1,5})"
    r"(/[A-Za-z0-9_-]{1,60}){0,3}/[0-9]{1,20}"
)
_SECRET_BY_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|AUTHORIZATION|SESSION|DSN|FEED|DATABASE_URL")

_BUS = re.compile(
    r"[A-Za-z0-9._/-]{1,256}|arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9_./-]{1,256}"
)

_PUSH_PUBLIC_KEY = re.compile(r"B[A-Za-z0-9_-]{86}")
"""An uncompressed point of P-256: 65 bytes, the first of them 4, in base64 for addresses."""
_PUSH_PRIVATE_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
_PUSH_CONTACT = re.compile(
    r"mailto:[^\s@\"\\]{1,64}@[a-z0-9.-]{4,190}|https://[a-z0-9.-]{4,190}(/[!-~]{0,200})?"
)

Quota = tuple[int, Literal["day", "month"]]
"""Calls, and the period in which they may be made."""

_QUOTA = re.compile(r"([a-z0-9.-]+(?: \([A-Za-z]+\))?)=([1-9][0-9]{0,8})/(day|month)")
"""A source's name as ``sabiscore sources`` shows it, which may end in a word in brackets, and its quota."""

SHORTEST_VALUE, LONGEST_VALUE = 6, 2_000
"""Characters of a key; a shorter one could not be kept out of logs without tearing holes into them."""
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_-][A-Za-z0-9._-]{0,60}){0,8})")
_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?")

DEFAULT_REQUESTS_PER_MINUTE = 100
MOST_REQUESTS = 1_000_000_000
MOST_COMMISSION = 0.2
"""No exchange keeps more; a larger number is a percentage written as a share."""

RENAMED = {
    name: f"SABISCORE_{name}" for name in ("REVALIDATE_SECRET", "CRON_SECRET", "EDGE_URL", "EDGE_SECRET")
}
"""Old name → name, for variables that had no prefix up to 0.1; the old ones are read until 0.3."""

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
DEFAULT_LOG_LEVEL = "INFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The validated settings of one process. The database URL may hold a password: no repr."""

    data_dir: Path
    database_url: str = field(repr=False)
    log_level: str = "INFO"
    cache_url: str | None = None
    cache_token: str = field(default="", repr=False)
    revalidate_secrets: tuple[str, ...] = field(default=(), repr=False)
    cron_secrets: tuple[str, ...] = field(default=(), repr=False)
    account_secrets: tuple[str, ...] = field(default=(), repr=False)
    oidc_issuer: str | None = None
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    cron_functions: str = ""
    edge_url: str | None = None
    edge_secrets: tuple[str, ...] = field(default=(), repr=False)
    edge_model_url: str | None = None
    requests_per_minute: int = DEFAULT_REQUESTS_PER_MINUTE
    cors_origins: tuple[str, ...] = ()
    requests_at_once: int = 200
    event_bus: str | None = None
    push_public_key: str | None = None
    push_private_key: str | None = field(default=None, repr=False)
    push_contact: str = ""
    sentry_dsn: str | None = field(default=None, repr=False)
    quotas: Mapping[str, Quota] = field(default_factory=dict)
    keep_replies_mb: int = 0
    challenger_share: float = 0.5
    exchange_commission: float = EXCHANGE_COMMISSION
    bucket: str | None = None
    """``NAME`` or ``NAME/PREFIX``."""
    seed: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Where ``of_sources`` looks; each source knows the names of its keys and feeds."""

    def of_sources(self, names: Iterable[str]) -> dict[str, str]:
        """Those of the keys and feeds ``names`` that are set; one that is empty counts as unset.

        Raises BadSetting, which never quotes the value.
        """
        found = {name: value for name in names if (value := self.environ.get(name, "").strip())}
        for name, value in found.items():
            usable = value.isascii() and value.isprintable()
            if not usable or not SHORTEST_VALUE <= len(value) <= LONGEST_VALUE:
                raise BadSetting(
                    f"{name} holds what no key and no address has.",
                    hint="Copy it again from its provider.",
                    setting=name,
                )
        return found

    def secret_values(self) -> list[str]:
        """The values that no text may hold, by the names of their variables."""
        return [value for name, value in self.environ.items() if _SECRET_BY_NAME.search(name) and value]

    @property
    def archive(self) -> Path:
        return self.data_dir / "archive"

    @property
    def registry(self) -> Path:
        return self.data_dir / "models"

    @property
    def publication(self) -> Path:
        return self.data_dir / "publication"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings that ``environ`` (the process's own by default) asks for.

    Raises BadSetting naming the variable and what it takes.
    """
    environ = with_new_names(os.environ if environ is None else environ)
    data_dir = path_of("SABISCORE_HOME", environ.get("SABISCORE_HOME") or ".sabiscore/real")
    level = environ.get("SABISCORE_LOG_LEVEL", DEFAULT_LOG_LEVEL).upper()
    if level not in LOG_LEVELS:
        raise BadSetting(
            f"SABISCORE_LOG_LEVEL is {level!r}.",
            hint=f"Set it to one of {', '.join(LOG_LEVELS)}.",
            setting="SABISCORE_LOG_LEVEL",
        )
    url = environ.get("DATABASE_URL") or f"sqlite:///{data_dir / 'sabiscore.db'}"
    if not url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        raise BadSetting(
            "DATABASE_URL is neither SQLite nor PostgreSQL.",
            hint="Use postgresql://user:password@host/database, or leave it unset for a SQLite file.",
            setting="DATABASE_URL",
        )
    store = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if store.startswith("sqlite:///~"):
        store = f"sqlite:///{path_of('DATABASE_URL', store.removeprefix('sqlite:///'))}"
    cache_url, cache_token = _shared_cache(environ)
    revalidate_secrets = _secrets(
        "SABISCORE_REVALIDATE_SECRET", environ.get("SABISCORE_REVALIDATE_SECRET", "")
    )
    cron_secrets = _secrets("SABISCORE_CRON_SECRET", environ.get("SABISCORE_CRON_SECRET", ""))
    edge_url, edge_secrets = _edge(environ)
    push_public_key, push_private_key, push_contact = _push(environ)
    oidc_issuer, oidc_client_id, oidc_client_secret = _oidc(environ)
    return Settings(
        data_dir=data_dir,
        database_url=store,
        log_level=level,
        cache_url=cache_url,
        cache_token=cache_token,
        revalidate_secrets=revalidate_secrets,
        cron_secrets=cron_secrets,
        account_secrets=_secrets("SABISCORE_ACCOUNT_SECRET", environ.get("SABISCORE_ACCOUNT_SECRET", "")),
        cron_functions=_functions(environ.get("SABISCORE_CRON_FUNCTIONS", "")),
        edge_url=edge_url,
        edge_secrets=edge_secrets,
        edge_model_url=_edge_model(environ, edge_secrets),
        requests_per_minute=_requests(
            "SABISCORE_REQUESTS_PER_MINUTE",
            environ.get("SABISCORE_REQUESTS_PER_MINUTE", str(DEFAULT_REQUESTS_PER_MINUTE)),
        ),
        cors_origins=_origins(environ.get("SABISCORE_CORS_ORIGINS", "")),
        requests_at_once=_requests(
            "SABISCORE_REQUESTS_AT_ONCE", environ.get("SABISCORE_REQUESTS_AT_ONCE", "200")
        ),
        oidc_issuer=oidc_issuer,
        oidc_client_id=oidc_client_id,
        oidc_client_secret=oidc_client_secret,
        event_bus=_bus(environ.get("SABISCORE_EVENT_BUS", "").strip()),
        push_public_key=push_public_key,
        push_private_key=push_private_key,
        push_contact=push_contact,
        sentry_dsn=_dsn(environ.get("SABISCORE_SENTRY_DSN", "").strip()),
        quotas=_quotas(environ.get("SABISCORE_QUOTAS", "")),
        keep_replies_mb=_megabytes(environ.get("SABISCORE_KEEP_REPLIES_MB", "0")),
        challenger_share=_share(environ.get("SABISCORE_CHALLENGER_SHARE", "0.5")),
        exchange_commission=_commission(environ.get("SABISCORE_EXCHANGE_COMMISSION", "")),
        bucket=_bucket(environ.get("SABISCORE_BUCKET", "")),
        seed=path_of("SABISCORE_SEED", seed) if (seed := environ.get("SABISCORE_SEED")) else None,
        environ=dict(environ),
    )


def log_level(environ: Mapping[str, str] | None = None) -> str:
    """The level to log at, whatever else the settings hold: a log has to say what is wrong with them.

    INFO where it is no level; ``read_settings`` refuses that by name.
    """
    level = (os.environ if environ is None else environ).get("SABISCORE_LOG_LEVEL", DEFAULT_LOG_LEVEL).upper()
    return level if level in LOG_LEVELS else DEFAULT_LOG_LEVEL


def path_of(name: str, text: str) -> Path:
    """The path that ``text`` writes, ``~`` and ``~user`` as that home folder.

    A shell does so at the start of a word, but not within one nor in a file of settings. Raises BadSetting
    naming ``name``.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise BadSetting(
            f"{name} is {text[:80]!r}, and nobody here has that home folder.",
            hint="Write the whole path.",
            setting=name,
        ) from None


def with_new_names(environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` with each variable under its name of today; warns of those that stand under an old one."""
    renamed = dict(environ)
    for old, new in RENAMED.items():
        if old in environ and not environ.get(new):
            renamed[new] = environ[old]
            warnings.warn(f"{old} is now {new}; the old name is read until 0.3.", FutureWarning, stacklevel=3)
    return renamed


def _shared_cache(environ: Mapping[str, str]) -> tuple[str | None, str]:
    """(URL, token); (None, "") when there is none."""
    url = environ.get("UPSTASH_REDIS_REST_URL", "").rstrip("/")
    token = environ.get("UPSTASH_REDIS_REST_TOKEN", "")
    if not url and not token:
        return None, ""
    require_address(
        "UPSTASH_REDIS_REST_URL",
        url,
        "Copy it from Upstash's console; leave it and the token unset to share nothing.",
    )
    # Blanks round it would be sent, and a shorter one could not be kept out of logs.
    if not token.isascii() or not token.isprintable() or len(token.strip()) < SHORTEST_VALUE:
        raise BadSetting(
            "UPSTASH_REDIS_REST_TOKEN is missing or not a token.",
            hint="Copy it from Upstash's console, beside the address.",
            setting="UPSTASH_REDIS_REST_TOKEN",
        )
    return url, token


def _edge(environ: Mapping[str, str]) -> tuple[str | None, tuple[str, ...]]:
    """(URL, secrets); without a URL there is no edge to tell, but one may vouch for readers."""
    url = environ.get("SABISCORE_EDGE_URL", "").rstrip("/")
    secrets = _secrets("SABISCORE_EDGE_SECRET", environ.get("SABISCORE_EDGE_SECRET", ""))
    if not url:
        return None, secrets
    require_address(
        "SABISCORE_EDGE_URL", url, "Set it to the Worker's address, like https://edge.example.com."
    )
    if not secrets:
        raise BadSetting(
            "SABISCORE_EDGE_URL is set, SABISCORE_EDGE_SECRET is not.",
            hint="Set it to the secret that the Worker has.",
            setting="SABISCORE_EDGE_URL",
        )
    return url, secrets


def _edge_model(environ: Mapping[str, str], secrets: tuple[str, ...]) -> str | None:
    """The address of the edge model's Worker; None where there is none."""
    name = "SABISCORE_EDGE_MODEL_URL"
    url = environ.get(name, "").rstrip("/")
    if not url:
        return None
    require_address(name, url, "Set it to that Worker's address, like https://edge-model.example.com.")
    if not secrets:
        raise BadSetting(
            f"{name} is set, SABISCORE_EDGE_SECRET is not.",
            hint="Set it to the secret that the Workers have.",
            setting=name,
        )
    return url


def _push(environ: Mapping[str, str]) -> tuple[str | None, str | None, str]:
    """(public key, private key, contact); the page needs the first alone, whoever sends all three."""
    public = environ.get("SABISCORE_PUSH_PUBLIC_KEY", "").strip()
    private = environ.get("SABISCORE_PUSH_PRIVATE_KEY", "").strip()
    contact = environ.get("SABISCORE_PUSH_CONTACT", "").strip()
    made = "Set the three lines that this prints: sabiscore push keys"
    if public and not _PUSH_PUBLIC_KEY.fullmatch(public):
        raise BadSetting("SABISCORE_PUSH_PUBLIC_KEY holds what is no public key.", hint=made)
    if private and not _PUSH_PRIVATE_KEY.fullmatch(private):
        raise BadSetting("SABISCORE_PUSH_PRIVATE_KEY holds what is no private key.", hint=made)
    if contact and not _PUSH_CONTACT.fullmatch(contact):
        raise BadSetting(
            "SABISCORE_PUSH_CONTACT is no address.",
            hint="Set it like mailto:push@example.com or https://example.com/contact.",
        )
    if private and not public:
        raise BadSetting("SABISCORE_PUSH_PRIVATE_KEY is set, SABISCORE_PUSH_PUBLIC_KEY is not.", hint=made)
    if private and not contact:
        raise BadSetting(
            "SABISCORE_PUSH_PRIVATE_KEY is set, SABISCORE_PUSH_CONTACT is not.",
            hint="Set it to whom push services may write, like mailto:push@example.com.",
        )
    return public or None, private or None, contact


def _oidc(environ: Mapping[str, str]) -> tuple[str | None, str, str]:
    """(issuer, client id, client secret) of an OpenID provider: all three, or none."""
    issuer = environ.get("SABISCORE_OIDC_ISSUER", "").strip()
    named = {
        name: environ.get(name, "").strip()
        for name in ("SABISCORE_OIDC_CLIENT_ID", "SABISCORE_OIDC_CLIENT_SECRET")
    }
    if not issuer:
        return None, "", ""
    host, _, path = issuer.partition("://")[2].partition("/")
    require_address(
        "SABISCORE_OIDC_ISSUER",
        issuer.removesuffix(f"/{path}") if path else issuer.removesuffix("/"),
        "Set it as the provider writes itself, like https://accounts.example.com.",
    )
    if not re.fullmatch(r"[A-Za-z0-9._~/-]{0,150}", path) or ".." in path or not host:
        raise BadSetting(
            "SABISCORE_OIDC_ISSUER holds what an issuer does not.",
            hint="Set it as the provider writes itself, like https://accounts.example.com/tenant.",
            setting="SABISCORE_OIDC_ISSUER",
        )
    for name, value in named.items():
        if (
            not value.isascii()
            or not value.isprintable()
            or not SHORTEST_VALUE <= len(value) <= LONGEST_VALUE
        ):
            raise BadSetting(
                f"SABISCORE_OIDC_ISSUER is set, and {name} is missing or not usable.",
                hint="Copy it from the provider's console.",
                setting=name,
            )
    return issuer, named["SABISCORE_OIDC_CLIENT_ID"], named["SABISCORE_OIDC_CLIENT_SECRET"]


def require_address(name: str, url: str, hint: str) -> None:
    """Refuses what could lead elsewhere than to a public host by its name: no number, user, path or query."""
    public = _PUBLIC.fullmatch(url) and not _INSIDE.search(url)
    if not public and not _LOCAL.fullmatch(url):
        raise BadSetting(f"{name} is not the https address of a public host.", hint=hint, setting=name)


def _secrets(name: str, text: str) -> tuple[str, ...]:
    """The secrets in ``text``, separated by spaces, the one to sign with first."""
    secrets = tuple(text.split())
    if not all(SECRET.fullmatch(secret) for secret in secrets):
        raise BadSetting(
            f"{name} holds what is no secret.",
            hint='Make one with: echo "whsec_$(openssl rand -base64 32)". Separate two by a space.',
            setting=name,
        )
    return secrets


def _bucket(text: str) -> str | None:
    """``NAME/PREFIX`` of ``s3://NAME/PREFIX/``; None for ""."""
    if not text:
        return None
    match = _BUCKET.fullmatch(text.rstrip("/"))
    if match is None:
        raise BadSetting(
            f"SABISCORE_BUCKET is {text[:80]!r}.",
            hint="Write it like s3://my-bucket or s3://my-bucket/home.",
            setting="SABISCORE_BUCKET",
        )
    return match[1]


def _functions(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,50}", text):
        raise BadSetting(
            f"SABISCORE_CRON_FUNCTIONS is {text[:20]!r}.",
            hint="Set it to what the functions' names begin with, like sabiscore-edge-production-eu-west-1-.",
            setting="SABISCORE_CRON_FUNCTIONS",
        )
    return text


def _quotas(text: str) -> dict[str, Quota]:
    """Source → quota, of a list like ``the-odds-api.com=20000/month, api-football.com=7500/day``."""
    found: dict[str, Quota] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _QUOTA.fullmatch(part)
        if match is None:
            raise BadSetting(
                f"SABISCORE_QUOTAS has the part {part[:40]!r}.",
                hint="Write it like the-odds-api.com=20000/month, api-football.com=7500/day.",
                setting="SABISCORE_QUOTAS",
            )
        found[match[1]] = int(match[2]), "day" if match[3] == "day" else "month"
    return found


def _bus(text: str) -> str | None:
    """The name or the ARN of a bus; None where none is set."""
    if text and not _BUS.fullmatch(text):
        raise BadSetting(
            "SABISCORE_EVENT_BUS is no name of a bus of EventBridge.",
            hint="Set it to its name, like sabiscore-edge-production-eu-west-1, or to its ARN.",
            setting="SABISCORE_EVENT_BUS",
        )
    return text or None


def _dsn(text: str) -> str | None:
    """The address that errors are reported to; None where none is set."""
    if text and not _DSN.fullmatch(text):
        raise BadSetting(
            "SABISCORE_SENTRY_DSN is no DSN.",
            hint="Copy it from the project's client keys in Sentry, like https://KEY@HOST/NUMBER.",
            setting="SABISCORE_SENTRY_DSN",
        )
    return text or None


def _megabytes(text: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text, re.ASCII):
        raise BadSetting(
            f"SABISCORE_KEEP_REPLIES_MB is {text[:20]!r}.",
            hint="Set it to a whole number of megabytes, or 0.",
            setting="SABISCORE_KEEP_REPLIES_MB",
        )
    return int(text)


def _share(text: str) -> float:
    if not re.fullmatch(r"0(\.\d{1,6})?|1(\.0{1,6})?", text, re.ASCII):
        raise BadSetting(
            f"SABISCORE_CHALLENGER_SHARE is {text[:20]!r}.",
            hint="Set it to a share from 0 to 1, like 0.5.",
            setting="SABISCORE_CHALLENGER_SHARE",
        )
    return float(text)


def _commission(text: str) -> float:
    """The share in ``text``; the base rate for ""."""
    if not text:
        return EXCHANGE_COMMISSION
    if not re.fullmatch(r"0(\.\d{1,6})?", text, re.ASCII) or float(text) > MOST_COMMISSION:
        raise BadSetting(
            f"SABISCORE_EXCHANGE_COMMISSION is {text[:20]!r}.",
            hint=f"Set it to the share of what is won that is kept, from 0 to {MOST_COMMISSION}, like 0.02.",
            setting="SABISCORE_EXCHANGE_COMMISSION",
        )
    return float(text)


def _requests(name: str, text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text) or int(text) > MOST_REQUESTS:
        raise BadSetting(
            f"{name} is {text[:20]!r}.", hint=f"Set it to a number from 1 to {MOST_REQUESTS}.", setting=name
        )
    return int(text)


def _origins(text: str) -> tuple[str, ...]:
    """The origins in ``text``, each as browsers write it: no path, no slash at its end, no capitals."""
    origins = tuple(text.split())
    if origins != ("*",) and not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise BadSetting(
            "SABISCORE_CORS_ORIGINS holds what is no origin.",
            hint="Set it to origins like https://www.example.com, separated by spaces, or to * alone.",
            setting="SABISCORE_CORS_ORIGINS",
        )
    return origins
