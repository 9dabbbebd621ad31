import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from app.infrastructure.security.field_cipher import FieldCipher, UndecryptableError

SECRET = SecretStr("a test secret of more than thirty-two bytes")
OLD, NEW = SecretStr(Fernet.generate_key().decode()), SecretStr(Fernet.generate_key().decode())


def make_cipher(*keys: SecretStr, secret: SecretStr = SECRET) -> FieldCipher:
    return FieldCipher.from_settings(keys, secret)


@given(st.binary())
def test_an_encrypted_value_can_be_decrypted(plain: bytes) -> None:
    cipher = make_cipher(NEW)

    assert cipher.decrypt(cipher.encrypt(plain)) == plain


@given(st.binary())
def test_an_encrypted_value_fits_into_a_url(plain: bytes) -> None:
    assert make_cipher(NEW).encrypt(plain).replace("-", "").replace("_", "").isalnum()


@given(st.text())
def test_any_foreign_text_raises_only_undecryptable(text: str) -> None:
    for undo in (make_cipher(NEW).decrypt, make_cipher(NEW).rotate):
        with pytest.raises(UndecryptableError):
            undo(text)


@given(st.integers(min_value=0), st.characters())
def test_a_value_with_one_character_changed_is_undecryptable(position: int, character: str) -> None:
    text = make_cipher(NEW).encrypt(b"page 2")
    index = position % len(text)
    changed = text[:index] + character + text[index + 1 :]

    if changed != text:
        with pytest.raises(UndecryptableError):
            make_cipher(NEW).decrypt(changed)


def test_a_value_has_exactly_one_encoding() -> None:
    text = make_cipher(NEW).encrypt(b"page 2")

    for respelled in (f"{text}=", f"{text}==", f" {text}", f"{text}\n", f"{text[:9]}!{text[9:]}"):
        with pytest.raises(UndecryptableError):
            make_cipher(NEW).decrypt(respelled)


def test_a_value_encrypted_with_an_older_key_stays_readable() -> None:
    text = make_cipher(OLD).encrypt(b"plain")

    assert make_cipher(NEW, OLD).decrypt(text) == b"plain"


def test_a_new_value_is_encrypted_with_the_newest_key() -> None:
    text = make_cipher(NEW, OLD).encrypt(b"plain")

    assert make_cipher(NEW).decrypt(text) == b"plain"
    with pytest.raises(UndecryptableError):
        make_cipher(OLD).decrypt(text)


def test_a_rotated_value_does_not_need_the_old_key() -> None:
    rotated = make_cipher(NEW, OLD).rotate(make_cipher(OLD).encrypt(b"plain"))

    assert make_cipher(NEW).decrypt(rotated) == b"plain"


def test_without_keys_a_key_is_derived_from_the_token_secret() -> None:
    text = make_cipher().encrypt(b"plain")

    assert make_cipher().decrypt(text) == b"plain"
    with pytest.raises(UndecryptableError):
        make_cipher(secret=SecretStr("another")).decrypt(text)


def test_the_token_secret_does_not_decrypt_values_of_a_separate_key() -> None:
    with pytest.raises(UndecryptableError):
        make_cipher(NEW).decrypt(make_cipher().encrypt(b"plain"))


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 44, "ü" * 44, "A" * 42, "A" * 45 + "==", "\ud800"]
)
def test_a_malformed_key_is_reported_by_its_position_and_not_shown(key: str) -> None:
    with pytest.raises(ValueError, match=r"^ENCRYPTION_KEYS: entry 2 [^\n]+$") as refusal:
        make_cipher(NEW, SecretStr(key))

    assert not key or key not in str(refusal.value)
