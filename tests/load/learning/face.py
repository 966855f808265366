"""Stands in for the face worker: takes its jobs from the broker, and answers each that the faces match.

It speaks the worker's protocol: a job is acknowledged once its answer is confirmed. It looks at no picture.
"""

import os
import sys

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from services.proctor.worker.consumer.answer import SOURCE, published
from services.proctor.worker.work_queue import WORK
from shared.eventlog.topology import events_exchange
from shared.events.envelope import CONTENT_TYPE, decode, encode
from shared.events.proctor import JobDone, JobQueued
from shared.messaging.topology import exchange_of

PREFETCH = 64
FIGURES = {"distance": 0.31, "threshold": 0.6}


def answer_to(job: JobQueued) -> JobDone:
    """The faces match."""
    done = JobDone(
        job_id=job.job_id, kind=job.kind, outcome="match", figures=FIGURES, model="none", model_version="0"
    )
    return published(done, job)


def take(channel: BlockingChannel, method: Basic.Deliver, _: BasicProperties, body: bytes) -> None:
    """Answer one job."""
    job = decode(body)
    assert isinstance(job, JobQueued)
    assert method.delivery_tag is not None
    answer = answer_to(job)
    properties = BasicProperties(content_type=CONTENT_TYPE, delivery_mode=2, message_id=answer.published.id)
    channel.basic_publish(exchange_of(JobDone), JobDone.TYPE, encode(answer).encode(), properties, True)
    channel.basic_ack(method.delivery_tag)


def main() -> int:
    """Until the process is ended."""
    with pika.BlockingConnection(pika.URLParameters(os.environ["XUESHI_AMQP_URI"])) as connection:
        channel = connection.channel()
        channel.exchange_declare(events_exchange(SOURCE), "topic", durable=True)
        channel.confirm_delivery()
        channel.basic_qos(prefetch_count=PREFETCH)
        channel.basic_consume(WORK.name, take)
        channel.start_consuming()
    return 0


if __name__ == "__main__":
    sys.exit(main())
