"""Dead letters on the real broker: seen, sent back, dropped, and never lost on the way."""

import json
from secrets import token_hex

import pika
import pytest

from shared.messaging import topology
from shared.persistence.connection import connect, disconnect
from shared.settings import Settings, read
from shared.tests.probe import ALIAS, Counter, Counters
from testkit.fixtures import Servers
from testkit.service_process import nameko, running
from testkit.waiting import eventually

DIED = {"x-xueshi-retry": 5, "x-xueshi-error": "FeeTooLow: 收到 59999"}
SECRET = "sealed-and-still-nobody's-business"


def an_event(id=None):
    """An envelope of the payment service."""
    return json.dumps(
        {
            "specversion": "1.0", "id": id or token_hex(16), "source": "payment",
            "type": "payment.fee.refunded.v1", "subject": "order-1", "sequence": "0000000003",
            "time": "2026-03-01T08:00:00+00:00", "datacontenttype": "application/json",
            "data": {
                "order_id": "order-1", "enrollment_id": SECRET, "amount_fen": 60_000,
                "channel": "wechat", "refund_id": "r-1", "reason": "paid twice",
            },
        }
    ).encode()  # fmt: skip


@pytest.fixture
def bury(channel, service):
    """Puts a message among the dead letters, as after the last retry; returns its id."""

    def publish(body=None, id=None, headers=DIED):
        id = id or token_hex(16)
        properties = pika.BasicProperties(message_id=id, headers=headers, delivery_mode=2)
        channel.basic_publish("", topology.dead(service).name, body or an_event(id), properties, True)
        return id

    return publish


@pytest.fixture
def depth(channel, service):
    return lambda queue: channel.queue_declare(queue(service).name, passive=True).method.message_count


@pytest.fixture
def seen(operate, service):
    """The dead letters as `show --json` gives them."""
    return lambda: json.loads(operate("deadletters", "show", service, "--json").stdout)


def test_the_count_of_one_service_and_of_all(operate, service, bury):
    bury(), bury()
    one = operate("deadletters", "list", "--service", service, "--json")
    assert json.loads(one.stdout) == [{"service": service, "dead": 2}]
    everyone = json.loads(operate("deadletters", "list", "--json").stdout)
    assert {"payment", "audit"} <= {row["service"] for row in everyone}


def test_a_letter_tells_what_it_is_and_why_it_died_but_not_its_data(operate, service, bury, seen, depth):
    id = bury()
    (letter,) = seen()
    assert (letter["id"], letter["type"], letter["subject"]) == (id, "payment.fee.refunded.v1", "order-1")
    assert (letter["failures"], letter["error"]) == (5, DIED["x-xueshi-error"])
    assert letter["time"] == "2026-03-01T08:00:00+00:00"
    table = operate("deadletters", "show", service)
    assert id in table.stdout
    assert "1 of 1 shown" in table.stderr
    assert SECRET not in table.stdout + json.dumps(letter)
    assert depth(topology.dead) == 1


def test_looking_keeps_the_order_and_the_limit_is_kept(operate, service, bury, seen):
    ids = [bury() for _ in range(5)]
    some = operate("deadletters", "show", service, "--limit", "3", "--json")
    assert [row["id"] for row in json.loads(some.stdout)] == ids[:3]
    assert [event["id"] for event in seen()] == ids
    assert operate("deadletters", "replay", service, "--id", ids[2]).returncode == 0
    assert [event["id"] for event in seen()] == ids[:2] + ids[3:]


def test_what_cannot_be_decoded_is_shown_as_bounded_bytes(operate, service, bury, seen):
    bury(b"\xff\x1b[31m[red]" + b"x" * 5_000, headers=None)
    (letter,) = seen()
    assert letter["type"] is None
    assert letter["raw"].startswith(r"b'\xff\x1b[31m[red]xxx")
    assert len(letter["raw"]) < 200
    assert letter["bytes"] == 5_011
    assert letter["error"].startswith("undecodable: ")
    table = operate("deadletters", "show", service).stdout
    assert "\x1b" not in table
    assert "[red]" in table


def test_a_replay_keeps_id_and_body_and_forgets_the_failures(operate, service, channel, bury, depth):
    body = an_event()
    first, second = bury(body), bury()
    done = operate("deadletters", "replay", service, "--id", first)
    assert (done.returncode, depth(topology.dead), depth(topology.inbox)) == (0, 1, 1)
    _, properties, again = channel.basic_get(topology.inbox(service).name, auto_ack=True)
    assert (properties.message_id, again) == (first, body)
    assert not {"x-xueshi-retry", "x-xueshi-error"} & properties.headers.keys()
    assert properties.delivery_mode == 2
    assert operate("deadletters", "replay", service, "--id", second).returncode == 0


def test_all_are_replayed_in_their_order(operate, service, channel, bury, depth):
    ids = [bury() for _ in range(20)]
    assert operate("deadletters", "replay", service, "--all").returncode == 0
    inbox = topology.inbox(service).name
    assert [channel.basic_get(inbox, auto_ack=True)[1].message_id for _ in ids] == ids
    assert depth(topology.dead) == 0


def test_a_letter_stays_when_there_is_no_inbox_to_take_it(operate, service, channel, bury, depth):
    id = bury()
    channel.queue_delete(topology.inbox(service).name)
    done = operate("deadletters", "replay", service, "--id", id)
    assert done.returncode == 1
    assert "events process" in done.stderr
    assert depth(topology.dead) == 1


def test_a_dropped_letter_leaves_who_and_why_behind(operate, service, bury, seen):
    id, other = bury(), bury()
    reason = ("--reason", "测试 duplicate of order-2", "--yes")
    done = operate("deadletters", "drop", service, "--id", id, *reason, XUESHI_OPERATOR="li")
    assert done.returncode == 0
    line = json.loads(next(line for line in done.stderr.splitlines() if line.startswith("{")))
    assert (line["event"], line["id"], line["operator"]) == ("deadletter.dropped", id, "li")
    assert (line["reason"], line["type"]) == ("测试 duplicate of order-2", "payment.fee.refunded.v1")
    assert SECRET not in done.stderr
    assert [event["id"] for event in seen()] == [other]


def test_nothing_is_dropped_unasked(operate, service, bury, depth):
    done = operate("deadletters", "drop", service, "--id", bury(), "--reason", "no")
    assert done.returncode == 1
    assert "--yes" in done.stderr
    assert depth(topology.dead) == 1


@pytest.mark.parametrize("command", [("replay",), ("drop", "--reason", "x", "--yes")])
def test_an_unknown_id_is_an_error_and_changes_nothing(operate, service, bury, depth, command):
    bury()
    name, *options = command
    done = operate("deadletters", name, service, "--id", "nobody", *options)
    assert done.returncode == 2
    assert "no dead letter nobody" in done.stderr
    assert depth(topology.dead) == 1


def test_an_unknown_service_is_an_error(operate):
    done = operate("deadletters", "show", "nowhere")
    assert done.returncode == 2
    assert "no queue nowhere.dead" in done.stderr


def test_a_missing_setting_is_named(operate):
    done = operate("deadletters", "list", XUESHI_AMQP_URI="")
    assert done.returncode == 2
    assert "XUESHI_AMQP_URI" in done.stderr


def test_a_broker_that_is_away_is_named_without_its_password(operate):
    done = operate("deadletters", "list", XUESHI_AMQP_URI="amqp://me:hunter2@127.0.0.1:1/%2F")
    assert done.returncode == 3
    assert "The broker at 127.0.0.1:1 does not answer" in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_letter_that_is_replayed_twice_has_its_effect_once(operate, servers: Servers, channel, tmp_path):
    connect(read(Settings, servers.env_for(ALIAS)))
    counters, id = Counters(), token_hex(8)
    counters.add(Counter(id=id))
    counters.update(id, lambda counter: counter.raise_by(7))
    (entry,) = counters.rows.find_one({"_id": id})["outbox"]
    properties = pika.BasicProperties(message_id=entry["id"], headers=DIED, delivery_mode=2)
    environment = servers.env_for(ALIAS) | {"PROBE_DIED": str(tmp_path / "died")}
    with running(nameko("shared.tests.probe_service"), environment):
        for _ in range(2):
            channel.basic_publish("", "probe.dead", entry["body"].encode(), properties, mandatory=True)
            assert operate("deadletters", "replay", "probe", "--id", entry["id"]).returncode == 0
        last = token_hex(8)
        counters.add(Counter(id=last))
        counters.update(last, lambda counter: counter.raise_by(1))
        eventually(lambda: counters.rows.find_one({"_id": f"heard-{last}"}))
        eventually(lambda: not channel.queue_declare("probe.inbox", passive=True).method.message_count)
    assert counters.rows.find_one({"_id": f"heard-{id}"})["order"] == [7]
    counters.rows.drop()
    disconnect(ALIAS)
