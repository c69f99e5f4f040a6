"""One run in a container: the request on standard input, the reply on standard output, with what was printed in it."""
from __future__ import annotations

import os
import sys
import tempfile

from . import wire
from .child import run
from .server import limit_memory


def main() -> None:
    "Read, run, tell."
    request = wire.receive(0)
    reply_to = os.dup(1)
    limit = int(request["policy"]["max_output_kb"] * 1024)
    streams = [tempfile.TemporaryFile() for _ in range(2)]
    for fd, stream in enumerate(streams, 1):
        os.dup2(stream.fileno(), fd)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    megabytes = int(request["policy"]["memory_limit_mb"])
    limit_memory(megabytes << 20) # rootless podman ignores the container's own where cgroups are of version 1
    reply = run(request)
    if reply.get("memory_exceeded"):
        reply.update(exit_code=137, error=f"the run took more than {megabytes} MiB of memory")
    sys.stdout.flush()
    sys.stderr.flush()
    for name, stream in zip(("stdout", "stderr"), streams):
        stream.seek(0)
        data = stream.read(limit + 1)
        reply[name] = data[:limit].decode("utf-8", "replace")
        reply["truncated"] = reply.get("truncated", False) or len(data) > limit
    wire.send(reply_to, reply)


if __name__ == "__main__":
    main()
