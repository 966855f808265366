"""The system itself: supervision, several systems side by side, and no process left at the end."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pika
import psutil
import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure

from services import SERVICES
from testkit import waiting
from testkit.fixtures import TEST_NAMESPACE, Servers
from testkit.servers import rabbitmq
from testkit.servers.layout import REPOSITORY, StackError
from testkit.servers.ports import BLOCK, PortBlock
from testkit.servers.stack import Stack
from testkit.servers.system_processes import end_processes, processes_of

PATIENCE_SECONDS = 60.0
eventually = partial(waiting.eventually, seconds=PATIENCE_SECONDS)
SERVER_PROGRAMS = ("mongod", "s3", "rabbitmq", "epmd")
RUNNER = """
import pathlib, signal, sys
from testkit.servers.stack import Stack
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore it
stack = Stack(pathlib.Path(sys.argv[1]), programs=sys.argv[2:] or None)
try:
    stack.start_servers()
    print("started", flush=True)
    signal.pause()
finally:
    stack.stop()
"""


@contextlib.contextmanager
def a_runner(state: Path, *programs: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has started servers of its own in `state`: these, or all."""
    command = [sys.executable, "-c", RUNNER, str(state), *programs]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout
        assert any(line == "started\n" for line in process.stdout), "it has not started"
        yield process
    finally:
        process.kill()
        process.wait()
        end_processes(state)


@pytest.fixture
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s")


class TestSupervision:
    @pytest.mark.parametrize("name", SERVER_PROGRAMS)
    def test_a_killed_server_comes_back(self, servers: Servers, name: str) -> None:
        stack = servers.stack
        killed = stack.kill(name)
        eventually(lambda: stack.pid(name) not in (0, killed))
        stack.await_ready(name)
        names = [process.name() for process in processes_of(stack.state)]
        assert names.count(psutil.Process(stack.pid(name)).name()) == 1  # it has replaced the old one

    def test_a_restart_gives_a_new_process(self, servers: Servers) -> None:
        before = servers.stack.pid("s3")
        servers.stack.restart("s3")
        assert servers.stack.pid("s3") not in (0, before)

    def test_a_variable_that_is_set_once_holds_for_one_start(self, servers: Servers) -> None:
        stack = servers.stack

        def once() -> str | None:
            return psutil.Process(stack.pid("s3")).environ().get("XUESHI_ONCE")

        stack.supervisor.prepare_once("s3", {"XUESHI_ONCE": 'two words, "quoted"'})
        assert once() is None
        stack.restart("s3")
        assert once() == 'two words, "quoted"'
        stack.restart("s3")
        assert once() is None

    def test_a_program_that_never_gets_ready_is_named_with_the_end_of_its_log(self, state: Path) -> None:
        stack = Stack(state, programs=["s3"])
        try:
            stack.start_servers()
            (state / "s3" / "data").rename(state / "s3" / "away")
            with pytest.raises(StackError, match=r"(?s)s3 .* The end of its log \(.*s3\.log\)"):
                stack.restart("s3")
        finally:
            stack.stop()
        assert processes_of(state) == []


class TestEnd:
    def test_two_systems_run_side_by_side_and_none_outlives_its_runner(
        self, servers: Servers, state: Path
    ) -> None:
        mine = {name: servers.stack.pid(name) for name in SERVER_PROGRAMS}
        with a_runner(state) as runner:
            assert {"mongod", "versitygw", "epmd"} <= {process.name() for process in processes_of(state)}
            runner.kill()
            eventually(lambda: processes_of(state) == [])
        assert mine == {name: servers.stack.pid(name) for name in SERVER_PROGRAMS}

    def test_ctrl_c_ends_everything(self, state: Path) -> None:
        with a_runner(state, "mongod", "s3") as runner:
            runner.send_signal(signal.SIGINT)
            runner.wait(PATIENCE_SECONDS)
            assert processes_of(state) == []

    def test_down_ends_what_lost_its_supervisor(self, state: Path) -> None:
        with a_runner(state, "mongod", "epmd") as runner:
            supervisor = next(
                process for process in processes_of(state) if process.name().startswith("supervisord")
            )
            runner.kill()
            supervisor.kill()
            psutil.wait_procs([supervisor], timeout=PATIENCE_SECONDS)
            assert {"mongod", "epmd"} <= set(end_processes(state))
            assert processes_of(state) == []

    def test_one_folder_holds_one_system(self, servers: Servers) -> None:
        with pytest.raises(StackError, match="already running"):
            Stack(servers.stack.state).start_servers()

    def test_a_second_start_finds_the_data_of_the_first(self, state: Path) -> None:
        for count in (1, 2):
            stack = Stack(state, programs=["mongod"])
            try:
                stack.start_servers()
                with MongoClient(stack.env_for("payment")["XUESHI_MONGO_URI"]) as client:
                    client.get_default_database().orders.insert_one({"run": count})
                    assert client.get_default_database().orders.count_documents({}) == count
            finally:
                stack.stop()


class TestPorts:
    def test_two_blocks_never_overlap(self) -> None:
        one, two = PortBlock.free(), PortBlock.free()
        try:
            assert abs(one.base - two.base) >= BLOCK
        finally:
            one.close()
            two.close()

    def test_a_port_in_use_is_named_with_its_holder_and_a_way_out(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        block = PortBlock.free()
        with socket.create_server(("127.0.0.1", block["s3"])):
            block.close()
            monkeypatch.setenv("XUESHI_BASE_PORT", str(block.base))
            with pytest.raises(
                StackError, match=rf"Port {block['s3']} is in use by .*{os.getpid()}.*XUESHI_BASE"
            ):
                PortBlock.fixed()


class TestAccess:
    @pytest.mark.parametrize("namespace", ["", TEST_NAMESPACE])
    @pytest.mark.parametrize("service", SERVICES)
    def test_a_service_reaches_its_own_database(self, servers: Servers, service: str, namespace: str) -> None:
        with MongoClient(servers.stack.env_for(service, namespace)["XUESHI_MONGO_URI"]) as client:
            database = client.get_default_database()
            assert database.name == service + namespace
            database.probe.insert_one({"here": True})
            database.drop_collection("probe")

    @pytest.mark.parametrize("other", ["payment", "enrollment" + TEST_NAMESPACE, "admin", "local"])
    def test_a_service_reaches_no_other_database(self, servers: Servers, other: str) -> None:
        with MongoClient(servers.stack.env_for("enrollment")["XUESHI_MONGO_URI"]) as client:
            with pytest.raises(OperationFailure, match="not authorized"):
                client[other].probe.find_one()
            with pytest.raises(OperationFailure, match="not authorized"):
                client[other].probe.insert_one({})

    def test_only_identity_destroys_keys_of_persons(self, servers: Servers) -> None:
        with _keyring(servers, "learning") as learning, _keyring(servers, "identity") as identity:
            learning.probe.insert_one({"_id": "p"})
            learning.probe.create_index("wrapped")
            for forbidden in (learning.probe.delete_one, learning.probe.find_one_and_delete):
                with pytest.raises(OperationFailure, match="not authorized"):
                    forbidden({"_id": "p"})
            assert identity.probe.delete_one({"_id": "p"}).deleted_count == 1

    def test_the_worker_only_reads_keys(self, servers: Servers) -> None:
        with _keyring(servers, "worker") as keys:
            keys.probe.find_one()
            with pytest.raises(OperationFailure, match="not authorized"):
                keys.probe.insert_one({})

    def test_nobody_gets_in_without_a_password(self, servers: Servers) -> None:
        site = servers.stack.site
        anyone = MongoClient("127.0.0.1", site.ports["mongod"], directConnection=True)
        with anyone, pytest.raises(OperationFailure, match="requires authentication"):
            anyone.enrollment.probe.find_one()
        guest = rabbitmq.uri(site).replace(
            f"{rabbitmq.USER}:{site.credentials.secret('rabbitmq')}", "guest:guest"
        )
        with pytest.raises(pika.exceptions.AMQPConnectionError):
            pika.BlockingConnection(pika.URLParameters(guest))

    def test_secrets_are_for_their_owner_only(self, servers: Servers) -> None:
        site = servers.stack.site
        files = [*site.credentials.folder.iterdir(), site.state / "supervisord.conf"]
        assert {file.stat().st_mode & 0o077 for file in files} == {0}

    def test_quorum_queues_and_streams_work(self, servers: Servers) -> None:
        uri = servers.env_for("audit")["XUESHI_AMQP_URI"]
        with contextlib.closing(pika.BlockingConnection(pika.URLParameters(uri))) as connection:
            channel = connection.channel()
            at_least_once = {"x-dead-letter-exchange": "", "x-dead-letter-strategy": "at-least-once"}
            quorum = {"x-queue-type": "quorum", "x-overflow": "reject-publish", **at_least_once}
            for name, arguments in (("probe.quorum", quorum), ("probe.stream", {"x-queue-type": "stream"})):
                channel.queue_declare(name, durable=True, arguments=arguments)
                channel.queue_delete(name)


@contextlib.contextmanager
def _keyring(servers: Servers, user: str) -> Iterator[Database[dict[str, object]]]:
    with MongoClient(servers.env_for(user)["XUESHI_KEYRING_URI"]) as client:
        yield client.get_default_database()
