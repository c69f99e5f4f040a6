"""A kernel's sockets in an event loop: each message is handed on as it comes, its signature checked."""
from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient

Message = dict[str, Any]
CHANNELS = ("shell", "control", "iopub", "stdin")


class Wire:
    """The sockets of a client that has read its connection file. `heard(channel, message)` is called in the loop.

    (jupyter_client's own channels take a millisecond a cell longer: they parse every date and poll every message.)"""

    def __init__(self, client: BlockingKernelClient, heard: Callable[[str, Message], None]) -> None:
        self.session = client.session
        self._client, self._heard = client, heard
        self._context = zmq.Context()
        client.context = self._context
        identity = client.session.bsession # stdin and shell are one peer
        self._sockets = {"shell": client.connect_shell(identity), "control": client.connect_control(identity),
                         "iopub": client.connect_iopub(), "stdin": client.connect_stdin(identity)}
        client.start_channels(shell=False, iopub=False, stdin=False, control=False, hb=True)
        client.hb_channel.unpause()
        loop = asyncio.get_running_loop()
        for channel, socket in self._sockets.items():
            socket.linger = 0
            loop.add_reader(socket.fileno(), self._drain, channel)
            loop.call_soon(self._drain, channel)

    @property
    def beating(self) -> bool:
        return bool(self._client.hb_channel.is_beating())

    def send(self, channel: str, kind: str, content: dict[str, Any], parent: dict[str, Any] | None = None) -> str:
        "Send a message; its msg_id."
        message = self.session.msg(kind, content, parent=parent)
        self.session.send(self._sockets[channel], message)
        # The descriptor tells of changes only, and sending may have taken note of one.
        asyncio.get_running_loop().call_soon(self._drain, channel)
        msg_id: str = message["header"]["msg_id"]
        return msg_id

    def close(self) -> None:
        for socket in self._sockets.values():
            asyncio.get_running_loop().remove_reader(socket.fileno())
            socket.close()
        self._sockets = {}
        self._client.hb_channel.stop() # (stop_channels would make the others' sockets to stop them)
        self._context.destroy(linger=0)

    def _drain(self, channel: str) -> None:
        "All that has come on a channel."
        while (socket := self._sockets.get(channel)) is not None:
            try:
                raw = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            if (message := self._read(raw)) is not None:
                self._heard(channel, message)

    def _read(self, raw: list[bytes]) -> Message | None:
        "None when it is none of this kernel's."
        try:
            _, frames = self.session.feed_identities(raw)
            if not hmac.compare_digest(self.session.sign(frames[1:5]), frames[0]):
                return None
            header, parent, metadata, content = map(json.loads, frames[1:5])
        except (ValueError, IndexError):
            return None
        return {"header": header, "msg_type": header["msg_type"], "parent_header": parent, "metadata": metadata, "content": content}
