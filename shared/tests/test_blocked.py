"""A broker that is short of memory: the publisher holds back, stays alive, and goes on afterwards."""

import os
import subprocess
import threading
from secrets import token_hex

import pytest

from shared.messaging.outbox import PublishBatch
from shared.messaging.publisher import Publisher
from shared.observability.metrics import BLOCKED
from shared.settings import Settings, read
from shared.tests.probe import ALIAS, CounterRaised
from testkit.waiting import eventually

CTL = "/usr/lib/rabbitmq/bin/rabbitmqctl"


@pytest.fixture
def watermark(servers):
    """Sets the share of memory above which the broker blocks who publishes."""
    site = servers.stack.site
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(site.folder("rabbitmq")),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(site.ports["epmd"]),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
    }

    def set_to(share):
        command = [CTL, "-n", "xueshi@localhost", "set_vm_memory_high_watermark", share]
        subprocess.run(command, env=environment, check=True, timeout=60, capture_output=True)

    yield set_to
    set_to("0.4")


def entries(count):
    return [{"id": token_hex(16), "type": CounterRaised.TYPE, "body": "{}"} for _ in range(count)]


def test_while_the_broker_blocks_nothing_is_sent_and_nothing_is_lost(servers, watermark):
    publisher = Publisher(read(Settings, servers.env_for(ALIAS)).amqp_uri, "probe")
    publisher.publish(entries(1))
    watermark("0.0000001")
    first, then = entries(1), entries(100)
    rounds = [PublishBatch([first]), PublishBatch([it] for it in then)]
    sender = threading.Thread(target=lambda: [publisher.run(it) for it in rounds])
    sender.start()
    eventually(lambda: publisher.blocked)
    assert BLOCKED.labels("probe")._value.get() == 1
    sender.join(12)  # longer than a publisher waits for confirms of a broker that does not block
    assert sender.is_alive()
    assert rounds[0].confirmed(0) == []
    watermark("0.4")
    sender.join(30)
    assert rounds[0].confirmed(0) == [first[0]["id"]]
    assert [rounds[1].confirmed(lane) for lane in range(100)] == [[it["id"]] for it in then]
    assert (publisher.blocked, BLOCKED.labels("probe")._value.get()) == (False, 0)
    publisher.close()
