"""What a reader says to sign up and in, and to change what is kept of the account."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from sabiscore.accounts.account import LONGEST_EMAIL, email_of

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
"""Characters. Length is all that is asked of a password (NIST SP 800-63B)."""


def _plain_name(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("a name is printable text")
    return text.strip()


Email = Annotated[
    str,
    Field(max_length=LONGEST_EMAIL),
    AfterValidator(email_of),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": LONGEST_EMAIL}),
]
NewPassword = Annotated[str, Field(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]
Password = Annotated[str, Field(min_length=1, max_length=LONGEST_PASSWORD)]
KeyName = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_plain_name)]


class SignUp(BaseModel):
    """A new account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: Email
    password: NewPassword = Field(repr=False)


class SignIn(BaseModel):
    """Who signs in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: Email
    password: Password = Field(repr=False)


class PasswordChange(BaseModel):
    """The password of now, and the one after it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    current: Password | None = Field(
        default=None, repr=False, description="`null` for an account that has none: sign in anew before."
    )
    password: NewPassword = Field(repr=False)


class PasswordAgain(BaseModel):
    """The password, for what cannot be undone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    password: Password | None = Field(
        default=None, repr=False, description="`null` for an account that has none: sign in anew before."
    )


class ProviderAnswer(BaseModel):
    """With what a reader comes back from the OpenID provider (RFC 6749, 4.1.2; RFC 9207)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    state: str = Field(max_length=200, description="As the browser took it there.")
    code: str | None = Field(
        default=None, min_length=1, max_length=2_000, description="What it is traded for."
    )
    iss: str | None = Field(default=None, max_length=200, description="The provider, where it says so.")
    error: str | None = Field(default=None, max_length=200, description="Why there is no code.")


class NewKey(BaseModel):
    """What an API key is called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: KeyName = Field(examples=["home server"])
