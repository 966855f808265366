"""`xueshi`, the operators' command."""

import logging
import os
import sys
from collections.abc import Sequence

from shared.observability.logging import configure_logging
from tools.xueshi import arguments, endpoints, show
from tools.xueshi.commands import COMMANDS
from tools.xueshi.course.commands import import_course
from tools.xueshi.errors import OperatorError


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words of the command line ask; returns the exit status."""
    asked = arguments.read(sys.argv[1:] if words is None else words)
    configure_logging("operator", os.environ.get("XUESHI_LOG_LEVEL", "warning"))
    for library in ("pika", "amqp", "kombu"):  # what they meet is said in our own words
        logging.getLogger(library).setLevel(logging.CRITICAL)
    try:
        if asked.topic == "course":  # it needs the public address alone
            return import_course(asked)
        where = endpoints.local(asked.local) if asked.local else endpoints.from_environment(os.environ)
        return COMMANDS[asked.topic, asked.command](where, asked)
    except OperatorError as error:
        show.say(str(error), "red")
        return error.status
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        show.say("Interrupted; what was not finished is where it was.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
