"""Play leases between proctor and learning (R17)."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey

from shared.security.leases import ALGORITHMS, Lease, LeaseInvalid, LeaseOpener, LeaseSealer
from testkit.servers.credentials import Credentials

LEASE = Lease(session_id="5e55", check_id="5e55-start", until_ms=1_234_567)
MOMENTS = st.integers(0, 10**12 - 1)


@pytest.fixture(scope="module")
def credentials(tmp_path_factory):
    return Credentials(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def sealer(credentials):
    return LeaseSealer(credentials.ec_pair("lease").public)


@pytest.fixture(scope="module")
def opener(credentials):
    return LeaseOpener(credentials.ec_pair("lease").private)


def sealed(credentials, text, alg="ECDH-ES", enc="A256GCM"):
    """Any text for learning's key."""
    key = ECKey.import_key(credentials.ec_pair("lease").public.read_bytes())
    return jwe.encrypt_compact({"alg": alg, "enc": enc}, text, key, algorithms=[alg, enc])


def refused(opener, text):
    with pytest.raises(LeaseInvalid):
        opener.open(text)
    return True


@given(MOMENTS)
def test_learning_reads_what_proctor_sealed(sealer, opener, until_ms):
    lease = Lease(session_id="5e55", check_id="5e55-start", until_ms=until_ms)
    assert opener.open(sealer.seal(lease)) == lease


@given(MOMENTS)
def test_the_size_tells_nothing_of_the_moment(sealer, until_ms):
    shown = sealer.seal(Lease(session_id="5e55", check_id="5e55-start", until_ms=until_ms))
    assert len(shown) == len(sealer.seal(LEASE))


def test_what_can_be_read_without_the_key_are_the_algorithms_and_a_fresh_public_key(sealer):
    headers = [
        json.loads(base64.urlsafe_b64decode(sealer.seal(LEASE).split(".")[0] + "==")) for _ in range(2)
    ]
    assert [(header["alg"], header["enc"], header["epk"]["crv"]) for header in headers] == [
        (*ALGORITHMS, "P-256")
    ] * 2
    assert headers[0]["epk"] != headers[1]["epk"]
    assert headers[0].keys() == {"alg", "enc", "epk"}


@pytest.mark.parametrize("until_ms", [-1, 10**12])
def test_a_moment_beyond_the_padding_is_none(until_ms):
    with pytest.raises(ValueError, match="12 digits"):
        Lease(session_id="5e55", check_id="5e55-start", until_ms=until_ms)


def test_another_key_reads_nothing(sealer, credentials):
    assert refused(LeaseOpener(credentials.ec_pair("foreign").private), sealer.seal(LEASE))


@pytest.mark.parametrize("part", [0, 2, 3, 4])
def test_an_altered_lease_is_refused(sealer, opener, part):
    parts = sealer.seal(LEASE).split(".")
    middle = len(parts[part]) // 2
    other = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + other + parts[part][middle + 1 :]
    assert refused(opener, ".".join(parts))


@pytest.mark.parametrize("text", ["", "x", "a.b.c.d.e", "…", "eyJhbGciOiJub25lIn0...."])
def test_what_is_no_jwe_is_refused(opener, text):
    assert refused(opener, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "1",
        "null",
        "{}",
        '{"session_id":"5e55","check_id":"5e55-start"}',
        '{"session_id":"5e55","check_id":"5e55-start","until_ms":"soon"}',
        '{"session_id":"5e55","check_id":"5e55-start","until_ms":null}',
        '{"session_id":"5e55","check_id":"5e55-start","until_ms":"-00000000001"}',
        '{"session_id":"5e55","check_id":"5e55-start","until_ms":"1000000000000"}',
    ],
)
def test_other_words_for_the_same_key_are_no_lease(opener, credentials, text):
    assert refused(opener, sealed(credentials, text))


def test_no_other_algorithm_is_taken(opener, credentials):
    text = json.dumps({"session_id": "5e55", "check_id": "5e55-start", "until_ms": "1"})
    assert opener.open(sealed(credentials, text)).until_ms == 1
    assert refused(opener, sealed(credentials, text, alg="ECDH-ES+A256KW"))
    assert refused(opener, sealed(credentials, text, enc="A128GCM"))
    symmetric = OctKey.generate_key(256)
    header = {"alg": "dir", "enc": "A256GCM"}
    assert refused(opener, jwe.encrypt_compact(header, text, symmetric, algorithms=["dir", "A256GCM"]))
