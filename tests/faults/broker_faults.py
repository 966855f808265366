"""Faults of the broker besides dying: the application stops, the disk is full, a queue is deleted."""

import os
import subprocess
import time

import pika

from testkit.servers import rabbitmq
from testkit.servers.layout import StackError
from testkit.servers.stack import Stack

CONTROL = "/usr/lib/rabbitmq/bin/rabbitmqctl"
OUTAGE_SECONDS = 6.0
UNREACHABLE_LIMIT, USUAL_LIMIT = "1000000GB", "200MB"  # free space below which a broker says its disk is full


class BrokerFaults:
    """Each waits until the broker is ready, breaks it, and repairs it. Raises StackError."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def stop_application(self) -> None:
        """Erlang's node goes on, RabbitMQ on it does not."""
        self._stack.await_ready("rabbitmq")
        self._control("stop_app")
        time.sleep(OUTAGE_SECONDS)
        self._control("start_app")

    def fill_disk(self) -> None:
        """Publishers are blocked, as when the disk is full."""
        self._stack.await_ready("rabbitmq")
        self._control("set_disk_free_limit", UNREACHABLE_LIMIT)
        time.sleep(OUTAGE_SECONDS)
        self._control("set_disk_free_limit", USUAL_LIMIT)

    def delete(self, queue: str) -> None:
        """A queue is lost with its messages."""
        self._stack.await_ready("rabbitmq")
        with pika.BlockingConnection(pika.URLParameters(rabbitmq.uri(self._stack.site))) as connection:
            connection.channel().queue_delete(queue)

    def _control(self, *arguments: str) -> None:
        """Run rabbitmqctl on the broker's node. Raises StackError with its output."""
        environment = self._stack.supervisor.programs["rabbitmq"].environment
        command = [CONTROL, "-n", "xueshi@localhost", *arguments]
        done = subprocess.run(
            command, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise StackError(f"rabbitmqctl {' '.join(arguments)}: {done.stderr or done.stdout}")
