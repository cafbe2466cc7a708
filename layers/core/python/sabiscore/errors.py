"""Every error of ours, drawn as a tree; classes differ by what the caller should do.

SabiScoreError              has a sentence for people in ``str(error)`` and a ``hint`` that says what to do
├── Refused                 the input is wrong: tell the caller, do not retry (HTTP 4xx, exit code 2)
│   ├── UnknownLeague       carries ``candidates``
│   ├── UnknownTeam         carries ``candidates``
│   ├── UnknownMatch        no such match among those published
│   ├── UnknownEntry        no such entry in the ledger
│   ├── UnknownSeason       the record has no such season
│   ├── BadSeasonFile       a season file that cannot be read as one
│   │   └── NotPublishedYet what a provider sends under its name before there is one
│   ├── BadStore            a store of another kind or schema, or no store at all
│   ├── BadSetting          an environment variable or option that cannot be used
│   ├── SignedOut           nobody is signed in, or a token is over
│   ├── WrongCredentials    no account has this e-mail and password
│   ├── NotAllowed          this is not for who asks, or not for a page of another site
│   ├── TooManyAttempts     passwords were tried too often; carries ``retry_after_s``
│   ├── Unsigned            a call whose signature does not hold, or was seen before
│   └── CallConflict        a call whose id stands for another one
├── Unavailable             a dependency is away: degrade, or retry later (HTTP 503)
│   ├── SourceUnavailable   a provider gave nothing that can be used
│   │   ├── NoResponse      none in time, or a failure of its own: asking again may help
│   │   ├── SourceBusy      it asks us to wait; carries ``retry_after_s``
│   │   ├── SourceDenied    it does not take our key
│   │   ├── BadAnswer       it did answer, but not with what was asked for
│   │   ├── Moved           it names another address, which is not followed
│   │   ├── NotFound        it did answer: there is no such document (yet)
│   │   ├── CircuitOpen     not asked, since it failed too often: one call a minute tries
│   │   ├── SourceOff       not asked, since a key or a licence is missing
│   │   └── QuotaSpent      not asked, since its quota has to last
│   ├── CacheUnavailable    the shared cache did not answer in time: compute instead
│   ├── EdgeUnavailable     the Worker in front did not accept the call
│   ├── ReceiverUnavailable a subscriber's server gave no answer to a message
│   ├── StoreUnavailable    the database cannot be reached
│   ├── BucketUnavailable   the bucket did not answer, or not with what was asked for
│   ├── SecretsUnavailable  the store of secrets did not answer, or does not let us
│   ├── DiskUnavailable     a file could not be written: the disk is full, read-only or broken
│   ├── JobLost             a run that was taken for dead: another one goes on
│   ├── JobNotDone          what a call asked for is not done: busy, failed, or still under way
│   ├── AccountsOff         a setting that accounts need is not set; carries its name
│   ├── Overloaded          this process has more to do than it may take on
│   ├── NothingStored       no store yet, or one without a match
│   └── NothingPublished    no bundle or no publication yet
└── Untrusted               stored bytes are not what they claim: page somebody, keep the old ones
    ├── BadBundle           truncated, wrong hash, wrong schema, wrong opset
    ├── BadPublication      coming matches that are altered, truncated, or of another kind than the bundle
    ├── CorruptObject       an object of the bucket that is not what was put there
    ├── BadEntry            a stored answer that is not of our format: a miss
    ├── BadEvent            an event that is none of ours, or not what its id says: set aside
    ├── BadArchive          a season archive whose hash is not the recorded one
    └── BrokenLedger        an entry of the ledger that was altered, taken out or put in
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class SabiScoreError(Exception):
    """An error that says what happened and, in ``hint``, what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Refused(SabiScoreError):
    """The input is wrong; the same call will fail again."""


class _Unmatched(Refused):
    """A name that matches nothing, with the best candidates first."""

    def __init__(self, message: str, *, candidates: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.candidates = tuple(candidates)


class UnknownLeague(_Unmatched):
    """No league has this key, division code or name."""


class UnknownTeam(_Unmatched):
    """No team of the league has this name."""


class UnknownMatch(Refused):
    """No published match has this id."""


class UnknownEntry(Refused):
    """The ledger has no entry with this number or hash."""


class UnknownSeason(Refused):
    """The record has no day of this season."""


class BadSeasonFile(Refused):
    """The bytes are not a season file of a division we know, or one that was cut.

    ``lost`` are the ids of the matches stored that would go if it were taken all the same.
    """

    def __init__(self, message: str, *, hint: str = "", lost: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint)
        self.lost = tuple(lost)


class NotPublishedYet(BadSeasonFile):
    """What a provider sends under a season file's name before the season's first match."""


class BadStore(Refused):
    """A store that cannot take this: of another kind or schema, or no store of ours."""


class BadSetting(Refused):
    """A setting that cannot be used; the message names the variable, and may quote what it holds.

    ``setting`` is the variable alone, which anybody may read; empty for an option of a command.
    """

    def __init__(self, message: str, *, hint: str = "", setting: str = "") -> None:
        super().__init__(message, hint=hint)
        self.setting = setting


class SignedOut(Refused):
    """A call that needs somebody to be signed in, and nobody is, or no longer."""


class WrongCredentials(Refused):
    """No account has this e-mail and this password; which of them is wrong is not said."""


class NotAllowed(Refused):
    """A call that is not for who makes it, or that a page of another site may have caused."""


class TooManyAttempts(Refused):
    """Too many passwords were tried; the next one may be in ``retry_after_s`` seconds."""

    def __init__(self, message: str, *, hint: str = "", retry_after_s: int) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class Unsigned(Refused):
    """A call that is not signed, signed wrongly, too old, too new, or a copy of one that was taken."""


class CallConflict(Refused):
    """A signed call whose id was used for another one before."""


class Unavailable(SabiScoreError):
    """Something we depend on is away; an older copy may serve."""


class SourceUnavailable(Unavailable):
    """A provider gave nothing that can be used; what is stored stays in use."""


class NoResponse(SourceUnavailable):
    """No whole answer came in time, or the provider failed; the same call may work later."""


class SourceBusy(SourceUnavailable):
    """The provider asks us to wait: for ``retry_after_s`` seconds when it says how long."""

    def __init__(self, message: str, *, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class SourceDenied(SourceUnavailable):
    """The provider does not take our key, or not for this."""


class BadAnswer(SourceUnavailable):
    """The provider answered with something else than what was asked for."""


class Moved(SourceUnavailable):
    """The provider says that the document is at another address; nobody goes there unasked."""


class NotFound(SourceUnavailable):
    """The provider answered that it has no such document, perhaps not yet."""


class CircuitOpen(SourceUnavailable):
    """The provider failed too often and is left alone for a while; no call was made."""


class SourceOff(SourceUnavailable):
    """The provider needs a key or a licence that is not set; no call was made."""


class QuotaSpent(SourceUnavailable):
    """The calls that the quota allows by now are spent; no call was made."""


class CacheUnavailable(Unavailable):
    """The shared cache could not be reached within its deadline."""


class EdgeUnavailable(Unavailable):
    """The edge is unreachable or refused the call."""


class ReceiverUnavailable(Unavailable):
    """A server that messages are sent to could not be reached, or gave no answer in time."""


class StoreUnavailable(Unavailable):
    """The database could not be reached, or did not answer in time."""


class DiskUnavailable(Unavailable):
    """A file could not be written; the message names it, and says so where the disk is full."""


class BucketUnavailable(Unavailable):
    """The bucket that the fleet shares did not answer in time, or does not let us."""


class SecretsUnavailable(Unavailable):
    """The store that ``SABISCORE_SECRETS`` names did not answer in time, or does not let us."""


class AccountsOff(Unavailable):
    """There are no accounts here, since ``setting`` is not set."""

    def __init__(self, setting: str) -> None:
        super().__init__(f"There are no accounts here: {setting} is not set.", hint="See docs/accounts.md.")
        self.setting = setting


class Overloaded(Unavailable):
    """This process is working on as much as it may; somebody else, or a moment later, will do."""


class JobLost(Unavailable):
    """Somebody else did the same meanwhile, and what they did stands."""


class JobNotDone(Unavailable):
    """A run that was asked for and is not done; ``report`` says why, in the form of a job's report."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        super().__init__(str(report["sentence"]))
        self.report = report


class NothingStored(Unavailable):
    """There is no store to read yet, or it holds no match."""


class NothingPublished(Unavailable):
    """There is no bundle or no publication to serve from yet."""


class Untrusted(SabiScoreError):
    """Stored bytes failed verification; never use them."""


class BadBundle(Untrusted):
    """A bundle that is truncated, altered, or made for another schema."""


class BadPublication(Untrusted):
    """A publication that is truncated, altered, or of another kind than the bundle."""


class CorruptObject(Untrusted):
    """An object of the bucket that is not what was put there; what is here stays."""


class BadEntry(Untrusted):
    """A stored answer that is torn, altered or of another format."""


class BadEvent(Untrusted):
    """An event that is not valid; the message says what is wrong with it."""


class BadArchive(Untrusted):
    """A season archive whose content is not the one recorded."""


class BrokenLedger(Untrusted):
    """A ledger whose chain does not hold; the message names the first entry at fault."""
