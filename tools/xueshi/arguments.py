"""The command line of `xueshi`."""

import argparse
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from tools.xueshi.course.report import HOUR_SECONDS

LOCAL = Path(__file__).resolve().parents[2] / ".run" / "local"  # the state of `make run`
TOPICS = ("course", "deadletters", "outbox", "log")
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
STATUSES = "exit status: 0 done, 1 not done or too old, 2 unknown name or setting, 3 a server does not answer"


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the command line. `--local` takes the folder after it, unless a topic comes next."""
    words = list(arguments)
    for at, (option, following) in enumerate(pairwise(words)):
        if option == "--local" and following in TOPICS:
            words[at] = f"--local={LOCAL}"
    return parser().parse_args(words)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="xueshi", description="Operate the event backbone.", epilog=STATUSES)
    root.add_argument(
        "--local", nargs="?", const=LOCAL, type=Path, metavar="STATE",
        help="the system of this machine whose state is in this folder (.run/local); without it, the "
        "environment says where servers are: XUESHI_AMQP_URI, XUESHI_MONGO_URI_<SERVICE> or "
        "XUESHI_MONGO_URI_TEMPLATE, and for the archive XUESHI_S3_URL, XUESHI_S3_ACCESS_KEY, "
        "XUESHI_S3_SECRET_KEY, XUESHI_ARCHIVE_PUBLIC_KEY",
    )  # fmt: skip
    topics = root.add_subparsers(dest="topic", required=True, metavar="|".join(TOPICS))
    _course(topics.add_parser("course", help="courses, as staff of an organisation"))
    _deadletters(topics.add_parser("deadletters", help="messages that no handler could take"))
    _log(topics.add_parser("log", help="everything that was ever published"))
    _outbox(topics.add_parser("outbox", help="events that are committed and not yet sent"))
    return root


def duration(text: str) -> float:
    """Seconds of "90", "90s", "5m", "2h" or "1d"."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 90s, 5m, 2h or 1d")
    return float(match[1]) * UNITS[match[2]]


def position(text: str) -> int | datetime:
    """An offset of the log, or a time in ISO 8601; without a zone it is UTC."""
    if text.isdecimal():
        return int(text)
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is neither an offset nor a time (ISO 8601)") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def at_least_one(text: str) -> int:
    """A count."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 up")
    return int(text)


def hours(text: str) -> tuple[int, int]:
    """Compulsory and elective hours of "40+40"."""
    match = re.fullmatch(r"(\d{1,4})\+(\d{1,4})", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no pair of hours such as 40+40")
    return int(match[1]), int(match[2])


def _course(topic: argparse.ArgumentParser) -> None:
    commands = topic.add_subparsers(dest="command", required=True, metavar="import")
    importing = commands.add_parser(
        "import", help="from a folder with course.yaml; what has been sent is not sent again"
    )
    importing.add_argument("folder", help="docs/howto/import-a-course.md says what lies in it")
    importing.add_argument("--check", action="store_true", help="only look into the folder; send nothing")
    importing.add_argument("--publish", action="store_true", help="publish the course at the end, for good")
    importing.add_argument("--url", help="the system's address (XUESHI_PUBLIC_URL)")
    importing.add_argument(
        "--username", help="log in with password and one-time code; without it XUESHI_TOKEN is used"
    )
    importing.add_argument(
        "--needs", type=hours, metavar="HOURS", help="what a plan asks: 40+40, for an add-on item 40+0"
    )
    importing.add_argument(
        "--hour-seconds", type=at_least_one, default=HOUR_SECONDS, help="seconds of one hour (2700)"
    )
    importing.add_argument(
        "--max-bytes", type=at_least_one, default=4 * 1024**3, help="the service's XUESHI_VIDEO_MAX_BYTES"
    )
    _json(importing)


def _deadletters(topic: argparse.ArgumentParser) -> None:
    commands = topic.add_subparsers(dest="command", required=True, metavar="list|show|replay|drop")
    listing = commands.add_parser("list", help="how many each service has")
    listing.add_argument("--service", help="only this one")
    _json(listing)
    show = commands.add_parser("show", help="what they are and why they died")
    show.add_argument("service")
    show.add_argument("--limit", type=at_least_one, default=20, help="at most so many (20)")
    _json(show)
    replay = commands.add_parser("replay", help="send them back to the inbox, with the same id and body")
    replay.add_argument("service")
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", help="only this one")
    which.add_argument("--all", action="store_true", help="all that are waiting now")
    drop = commands.add_parser("drop", help="remove one for good; a JSON line records who did it and why")
    drop.add_argument("service")
    drop.add_argument("--id", required=True)
    drop.add_argument("--reason", required=True, help="for those who read the log later")
    drop.add_argument("--yes", action="store_true", help="do not ask")


def _outbox(topic: argparse.ArgumentParser) -> None:
    commands = topic.add_subparsers(dest="command", required=True, metavar="status")
    status = commands.add_parser("status", help="outbox, relay, inbox, retry queues, dead letters by service")
    status.add_argument(
        "--max-age", type=duration, metavar="AGE", help="exit with 1 when an unsent event is older (5m, 90s)"
    )
    _json(status)


def _log(topic: argparse.ArgumentParser) -> None:
    commands = topic.add_subparsers(dest="command", required=True, metavar="replay|status|archive")
    replay = commands.add_parser("replay", help="print events in order, one line of JSON each, up to now")
    where = "offset, or time of the event in ISO 8601 (UTC unless it has a zone)"
    replay.add_argument(
        "--from", dest="since", type=position, metavar="POSITION", help=f"first event: {where}"
    )
    replay.add_argument("--to", dest="until", type=position, metavar="POSITION", help="last event, likewise")
    replay.add_argument("--subject", action="append", default=[], help="only of this aggregate; repeatable")
    replay.add_argument(
        "--type", action="append", default=[], help="only of this type, or pattern 'payment.*'; repeatable"
    )
    replay.add_argument(
        "--source", choices=("auto", "stream", "archive"), default="auto",
        help="auto: the archive as far as it reaches, then the stream (default); or one of them alone",
    )  # fmt: skip
    archive = commands.add_parser("archive", help="the segments of the log in S3")
    archive.add_argument(
        "--verify",
        action="store_true",
        help="check signatures, hashes and the whole chain; 1 when one is wrong",
    )
    _json(archive)
    status = commands.add_parser("status", help="how far the log reaches and how far audit has read it")
    status.add_argument(
        "--max-behind", type=at_least_one, metavar="N", help="exit with 1 when audit has more to read"
    )
    _json(status)


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="for scripts")
