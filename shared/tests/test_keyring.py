"""Keys of persons on the real MongoDB (R33)."""

from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex

import pytest
from pymongo.errors import OperationFailure

from shared.domain.errors import NotFound
from shared.persistence.objects import Objects
from shared.security.keyring import Erased, Keyring
from shared.settings import Settings, read


@pytest.fixture(scope="module")
def settings(servers):
    return read(Settings, servers.env_for("identity"))


@pytest.fixture(scope="module")
def keyring(settings):
    keyring = Keyring(settings)
    keyring.ensure_indexes()
    return keyring


def test_what_is_sealed_opens_only_in_its_own_context(keyring):
    owner = keyring.new_owner()
    sealed = keyring.seal_text(owner, "张三", "name")
    assert keyring.unseal_text(owner, sealed, "name") == "张三"
    assert "张三" not in sealed
    with pytest.raises(ValueError, match="altered or moved"):
        keyring.unseal_text(owner, sealed, "phone")


def test_altered_data_does_not_open(keyring):
    owner = keyring.new_owner()
    sealed = bytearray(keyring.seal(owner, b"secret", "x"))
    sealed[-1] ^= 1
    with pytest.raises(ValueError, match="altered or moved"):
        keyring.unseal(owner, bytes(sealed), "x")


def test_one_id_number_is_one_person_whoever_asks_first(keyring):
    number = token_hex(9)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(keyring.person_for, [number] * 16))
    assert found == {keyring.find_person(number.upper())}


def test_a_stranger_is_not_made_a_person_by_looking(keyring):
    assert keyring.find_person(token_hex(9)) is None


def test_a_destroyed_key_erases_what_it_sealed(keyring, settings):
    owner = keyring.person_for(token_hex(9))
    sealed = keyring.seal_text(owner, "gone", "x")
    keyring.destroy(owner)
    for reader in (keyring, Keyring(settings)):
        with pytest.raises(Erased):
            reader.unseal_text(owner, sealed, "x")


def test_only_identity_may_destroy_a_key(keyring, servers):
    owner = keyring.new_owner()
    other = Keyring(read(Settings, servers.env_for("payment")))
    with pytest.raises(OperationFailure):
        other.destroy(owner)
    assert other.seal(owner, b"still there", "x")


def test_objects_are_sealed_in_the_store_and_bound_to_their_place(keyring, settings):
    objects = Objects(settings, "xueshi-test", keyring)
    objects.ensure_bucket()
    owner = keyring.new_owner()
    objects.put_sealed(owner, "a", b"a face")
    assert b"a face" not in objects.get("a")
    assert objects.get_sealed(owner, "a") == b"a face"
    objects.put("b", objects.get("a"))
    with pytest.raises(ValueError, match="altered or moved"):
        objects.get_sealed(owner, "b")


def test_a_missing_object_is_not_found(keyring, settings):
    objects = Objects(settings, "xueshi-test", keyring)
    objects.ensure_bucket()
    with pytest.raises(NotFound):
        objects.get("nothing")
