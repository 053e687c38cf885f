"""Debian's `openstack` command, kept ready: reads one command a line as JSON (`{"argv": [...], "env": {...}, "cwd": "..."}`),
runs each in a process of its own, and answers `{"status", "out", "err"}`. Only its start-up is saved; it is the same program as
/usr/bin/openstack."""
import json
import os
import sys
import tempfile

import heatclient.osc.plugin  # noqa: F401
import heatclient.osc.v1.stack  # noqa: F401
import heatclient.v1.client  # noqa: F401
import openstackclient.shell


def run(command, out, err):
    os.environ.clear()
    os.environ.update(command['env'])
    os.chdir(command['cwd'])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    status = 1
    try:
        status = openstackclient.shell.main(command['argv'])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status or 0)


for line in sys.stdin:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            run(json.loads(line), out, err)
        _, ended = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        answer = {'status': os.waitstatus_to_exitcode(ended), 'out': out.read().decode(), 'err': err.read().decode()}
        print(json.dumps(answer), flush=True)
