"""Where the tool finds servers, and how it reads what it is asked."""

from pathlib import Path

import pytest

from tools.xueshi import arguments, endpoints
from tools.xueshi.errors import Unknown

BROKER = {"XUESHI_AMQP_URI": "amqp://broker"}


def test_one_template_serves_all_databases_and_a_variable_of_its_own_one():
    found = endpoints.from_environment(
        BROKER
        | {"XUESHI_MONGO_URI_TEMPLATE": "mongodb://db/{service}", "XUESHI_MONGO_URI_AUDIT": "mongodb://apart"}
    )
    assert found.mongo_uri("payment") == "mongodb://db/payment"
    assert found.mongo_uri("audit") == "mongodb://apart"


def test_a_database_that_nobody_named_is_asked_for():
    with pytest.raises(Unknown, match="XUESHI_MONGO_URI_PAYMENT or XUESHI_MONGO_URI_TEMPLATE"):
        endpoints.from_environment(BROKER).mongo_uri("payment")


def test_connection_strings_are_not_printed():
    assert "secret" not in repr(endpoints.from_environment({"XUESHI_AMQP_URI": "amqp://me:secret@broker"}))


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (["--local", "outbox", "status"], arguments.LOCAL),
        (["--local", ".run/demo/system", "outbox", "status"], Path(".run/demo/system")),
        (["outbox", "status"], None),
    ],
)
def test_local_stands_for_the_system_of_make_run_unless_a_folder_is_given(given, state):
    assert arguments.read(given).local == state


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("1.5m", 90), ("2h", 7200), ("1d", 86400)]
)
def test_an_age_has_a_unit(text, seconds):
    assert arguments.duration(text) == seconds


@pytest.mark.parametrize("wrong", [["--max-age", "soon"], ["--max-age", "-1"], ["--max-age", "5w"]])
def test_what_is_not_understood_ends_with_2(wrong):
    with pytest.raises(SystemExit) as end:
        arguments.read(["outbox", "status", *wrong])
    assert end.value.code == 2
