"""What leaves for a push service is what the RFCs say, and nobody but the browser can read it."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag

from sabiscore.errors import BadSetting, Refused
from sabiscore.net.web_push import (
    LONGEST_PLAIN,
    RECORD_BYTES,
    VapidKeys,
    VapidSigner,
    encrypt,
    from_base64,
    new_keys,
    to_base64,
)
from tests.support.push_service import Browser, claims_of
from tests.support.sample_events import AT

# RFC 8291, appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
OWN_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6"
    "PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_rfc_is_met_to_the_byte() -> None:
    own = int.from_bytes(from_base64(OWN_KEY), "big")
    assert to_base64(encrypt(PLAIN, P256DH, AUTH, salt=from_base64(SALT), own_key=own)) == BODY


def test_each_message_is_encrypted_anew_and_read_by_its_browser_alone() -> None:
    browser = Browser()
    first, second = (encrypt(PLAIN, browser.p256dh, browser.auth) for _ in range(2))
    assert first != second
    assert browser.read(first) == browser.read(second) == PLAIN
    with pytest.raises(InvalidTag):
        Browser().read(first)


def test_the_longest_message_is_one_record_and_a_longer_one_is_refused() -> None:
    browser = Browser()
    body = encrypt(b"x" * LONGEST_PLAIN, browser.p256dh, browser.auth)
    assert len(body) == RECORD_BYTES
    assert browser.read(body) == b"x" * LONGEST_PLAIN
    with pytest.raises(Refused, match="bytes"):
        encrypt(b"x" * (LONGEST_PLAIN + 1), browser.p256dh, browser.auth)


@pytest.mark.parametrize("p256dh", ["", "AAAA", "B" + "A" * 86, "not base64 at all"])
def test_keys_that_are_none_are_refused(p256dh: str) -> None:
    with pytest.raises(Refused, match="no keys"):
        encrypt(PLAIN, p256dh, AUTH)


def test_a_token_is_for_one_push_service_and_holds_for_the_public_key() -> None:
    keys = new_keys()
    signer = VapidSigner(keys, "mailto:push@example.com", lambda: AT)
    audiences = {
        claims_of(signer.headers(endpoint)["Authorization"])["aud"]
        for endpoint in ("https://a.example.com/1", "https://b.example.com/2", "https://a.example.com/3")
    }
    assert audiences == {"https://a.example.com", "https://b.example.com"}


@pytest.mark.parametrize("private", ["", "A" * 43, "_" * 43])
def test_keys_that_are_no_pair_are_refused(private: str) -> None:
    with pytest.raises(BadSetting, match="not a pair"):
        VapidSigner(VapidKeys(new_keys().public, private), "mailto:push@example.com", lambda: AT)


def test_a_private_key_is_in_no_repr() -> None:
    keys = new_keys()
    assert keys.private not in repr(keys)
