"""Messages between the processes of a run: four bytes of length, then JSON."""
from __future__ import annotations

import json
import os
import struct
from typing import Any

_LENGTH = struct.Struct("!I")


def pack(message: Any) -> bytes:
    "One message. Raises ValueError when it is longer than 4 GiB."
    body = json.dumps(message, separators=(",", ":")).encode()
    if len(body) > 0xFFFFFFFF:
        raise ValueError(f"a message of {len(body)} bytes")
    return _LENGTH.pack(len(body)) + body


def send(fd: int, message: Any) -> None:
    "All of one message to a blocking descriptor. Raises OSError when nobody reads."
    left = memoryview(pack(message))
    while left:
        left = left[os.write(fd, left):]


def receive(fd: int) -> Any:
    "The next message of a blocking descriptor; None at the end of the stream, also amid a message."
    head = _exactly(fd, _LENGTH.size)
    body = _exactly(fd, _LENGTH.unpack(head)[0]) if head else None
    return json.loads(body) if body is not None else None


def _exactly(fd: int, length: int) -> bytes | None:
    parts, left = [], length
    while left:
        part = os.read(fd, min(left, 1 << 20))
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


class Reader:
    "Takes messages apart as their bytes come in."

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Any]:
        "The messages that `data` completes."
        self._buffer += data
        complete = []
        while len(self._buffer) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                break
            complete.append(json.loads(self._buffer[_LENGTH.size:end]))
            del self._buffer[:end]
        return complete
