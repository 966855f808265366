"""Photo receipts between proctor and enrollment."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.security.receipts import ReceiptInvalid, ReceiptSigner, receipt_verifier

CLAIMS = {"photo_id": "photo", "sha256": "aa", "category": "level_two", "iss": "xueshi/proctor"}


def a_pair(folder, name):
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return a_pair(tmp_path_factory.mktemp("keys"), "receipt")


@pytest.fixture
def now():
    return datetime.now(UTC).replace(microsecond=0)


def signed(keys, **claims):
    """A receipt with any claims, under the right key; None leaves a claim out."""
    key = ECKey.import_key(keys[0].read_bytes())
    present = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return jwt.encode({"alg": "ES256"}, present, key)


def refused(keys, receipt):
    with pytest.raises(ReceiptInvalid):
        receipt_verifier(keys[1])(receipt)
    return True


def test_a_receipt_says_what_was_accepted_for_a_day(keys, now):
    receipt = receipt_verifier(keys[1])(ReceiptSigner(keys[0]).sign("photo", "aa", "level_two", now))
    assert (receipt.photo_id, receipt.sha256, receipt.category) == ("photo", "aa", "level_two")
    assert (receipt.issued_at, receipt.expires_at) == (now, now + timedelta(hours=24))


def test_a_day_later_it_is_worth_nothing(keys, now):
    assert refused(keys, ReceiptSigner(keys[0]).sign("photo", "aa", "level_two", now - timedelta(hours=25)))


@pytest.mark.parametrize(
    "changes", [{"iss": "xueshi/identity"}, {"exp": None}, {"iat": None}, {"photo_id": None}]
)
def test_other_claims_are_no_receipt(keys, now, changes):
    times = {"iat": int(now.timestamp()), "exp": int(now.timestamp()) + 60}
    assert receipt_verifier(keys[1])(signed(keys, **times)).photo_id == "photo"
    assert refused(keys, signed(keys, **times | changes))


def test_another_key_signs_nothing_that_counts(keys, now, tmp_path):
    assert refused(keys, ReceiptSigner(a_pair(tmp_path, "foreign")[0]).sign("photo", "aa", "level_two", now))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_an_altered_receipt_is_refused(keys, now, part):
    parts = ReceiptSigner(keys[0]).sign("photo", "aa", "level_two", now).split(".")
    middle = len(parts[part]) // 2
    parts[part] = (
        parts[part][:middle] + ("A" if parts[part][middle] != "A" else "B") + parts[part][middle + 1 :]
    )
    assert refused(keys, ".".join(parts))


@pytest.mark.parametrize("receipt", ["", "x", "a.b.c", "…", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_refused(keys, receipt):
    assert refused(keys, receipt)
