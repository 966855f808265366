"""The face workers' queue on the real broker, with the events process that looks after it and no worker."""

import json
from collections.abc import Iterator
from typing import Any

import pika
import pytest
from mongoengine.connection import get_db
from pika.exceptions import ChannelClosedByBroker

from services.proctor.adapters.work_queue import declare
from services.proctor.domain import Photo
from services.proctor.domain.photo import PhotoStatus
from services.proctor.storage import Photos
from services.proctor.tests.builders import new_id
from services.proctor.tests.world import World
from services.proctor.worker.work_queue import WORK
from shared.domain.clock import utc_now
from shared.events.proctor import JobQueued
from shared.events.terms import LicenceCategory
from shared.events.upcast import UPCASTERS
from shared.messaging.topology import exchange_of
from testkit.processes import nameko, running
from testkit.waiting import eventually


@pytest.fixture(scope="module")
def channel(environ: dict[str, str]) -> Iterator[Any]:
    with pika.BlockingConnection(pika.URLParameters(environ["XUESHI_AMQP_URI"])) as connection:
        yield connection.channel()


def a_queued_photo() -> str:
    photo = Photo(
        id=new_id(),
        category=LicenceCategory.LEVEL_TWO,
        sha256="0" * 64,
        object_key="k",
        uploaded_at=utc_now(),
    )
    photo.queue()
    Photos().add(photo)
    return photo.id


def depth(channel: Any) -> int:
    try:
        return int(channel.connection.channel().queue_declare(WORK.name, passive=True).method.message_count)
    except ChannelClosedByBroker:
        return -1


def test_jobs_without_an_answer_come_back_when_the_queue_was_deleted(
    world: World, environ: dict[str, str], channel: Any
) -> None:
    with running(nameko("services.proctor.service"), environ):
        channel.queue_purge(WORK.name)
        answered, waiting = a_queued_photo(), a_queued_photo()
        eventually(lambda: depth(channel) == 2)
        Photos().update(answered, lambda photo: setattr(photo, "status", PhotoStatus.ACCEPTED))
        channel.queue_delete(WORK.name)
        eventually(lambda: depth(channel) > 0)
        eventually(lambda: get_db("proctor")["refills"].count_documents({}) == 0, 60)
    copied = [channel.basic_get(WORK.name, auto_ack=True)[2] for _ in range(2)]
    assert json.loads(copied[0])["data"]["job_id"] == waiting
    assert copied[1] is None


def test_the_queue_hears_the_older_versions_of_a_job(channel: Any, monkeypatch: Any) -> None:
    older = "proctor.job.queued.v0"
    monkeypatch.setitem(UPCASTERS, older, lambda data: data)
    declare(channel)
    channel.queue_purge(WORK.name)
    channel.basic_publish(exchange_of(JobQueued), older, b"a job")
    eventually(lambda: depth(channel) == 1)
    channel.queue_unbind(WORK.name, exchange_of(JobQueued), older)
    channel.queue_purge(WORK.name)
