"""What a browser says to subscribe to push messages, or to end that."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LONGEST_ENDPOINT = 1_000
MOST_TOPICS = 50
LONGEST_TOPIC = 130

_TOPIC = re.compile(r"value|(team|match):[a-z0-9]+(-[a-z0-9]+)*")


def _a_topic(text: str) -> str:
    if not _TOPIC.fullmatch(text):
        raise ValueError("a topic is value, or team: or match: and an id")
    return text


Endpoint = Annotated[str, Field(pattern=r"^https://[!-~]+$", max_length=LONGEST_ENDPOINT)]
Topic = Annotated[str, Field(max_length=LONGEST_TOPIC), AfterValidator(_a_topic)]
PublicKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{87}$")]
Secret = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}$")]


class PushSubscribe(BaseModel):
    """A browser's subscription, and all that it is to hear of; the topics of before are forgotten."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: Endpoint = Field(description="Where its push service takes messages.", repr=False)
    p256dh: PublicKey = Field(description="The key that messages are encrypted for.", repr=False)
    auth: Secret = Field(description="The secret that goes with it.", repr=False)
    topics: tuple[Topic, ...] = Field(
        min_length=1, max_length=MOST_TOPICS, description="`value`, `team:…` or `match:…`, each once."
    )


class PushUnsubscribe(BaseModel):
    """The subscription that is to end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: Endpoint = Field(description="As it subscribed.", repr=False)
