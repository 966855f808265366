"""supervisord's configuration file, from the programs of one system."""

import shlex
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from testkit.servers.layout import REPOSITORY, StackError
from testkit.servers.programs import Program

STARTER = REPOSITORY / "testkit" / "servers" / "start.sh"
PRIORITIES = {"servers": 100, "services": 200}  # ended in the opposite order
DAEMON = """\
[supervisord]
nodaemon=true
silent=true
umask=077
pidfile=%(here)s/supervisord.pid
logfile=%(here)s/log/supervisord.log
childlogdir=%(here)s/log
logfile_maxbytes=5MB
logfile_backups=1
[unix_http_server]
file={socket}
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
PROGRAM = """\
[program:{name}]
command={starter} %(here)s/once/{name} {command}
environment={environment}
directory={directory}
autostart=false
autorestart=true
startsecs=2
startretries=1000
stopasgroup=true
killasgroup=true
stopwaitsecs={stop_seconds}
redirect_stderr=true
stdout_logfile=%(here)s/log/{name}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=1
"""


def configuration(programs: Iterable[Program], socket: Path) -> str:
    """The whole file; supervisord listens on the Unix socket `socket`."""
    ordered = sorted(programs, key=lambda program: program.group)
    groups = [_group(name, members) for name, members in groupby(ordered, key=lambda program: program.group)]
    return "\n".join([DAEMON.format(socket=socket), *map(_section, ordered), *groups])


def _group(name: str, members: Iterable[Program]) -> str:
    names = ",".join(program.name for program in members)
    return f"[group:{name}]\nprograms={names}\npriority={PRIORITIES[name]}\n"


def _section(program: Program) -> str:
    return PROGRAM.format(
        name=program.name,
        starter=_escaped(shlex.quote(str(STARTER))),
        command=_escaped(shlex.join(program.command)),
        environment=_escaped(_quoted(program.environment)),
        directory=_escaped(str(REPOSITORY)),
        stop_seconds=program.stop_seconds,
    )


def _quoted(environment: Mapping[str, str]) -> str:
    if wrong := [name for name, value in environment.items() if set(value) & set('"\\\n')]:
        raise StackError(f"supervisord cannot pass on {', '.join(wrong)}: a quote, backslash or line break.")
    return ",".join(f'{name}="{value}"' for name, value in environment.items())


def _escaped(text: str) -> str:
    return text.replace("%", "%%")
