"""A kernel and the requests that are under way on it: one of the server's own, or one that somebody else has open."""
from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import find_connection_file
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager

from .wire import Message, Wire

READY_S = 30
WATCH_S = 0.5
SILENT_S = 5 # without a heartbeat, somebody else's kernel counts as gone
OUR_SECRETS = ("SAFEPYRUN_MCP_TOKEN",)


class NoKernel(Exception):
    "There is no kernel to work with, and why."


class Question:
    "What the kernel asks of the person who sent the cell."

    def __init__(self, message: Message) -> None:
        content, said = message["content"], message.get("metadata", {}).get("safepyrun")
        self.prompt: str = content["prompt"]
        self.password = bool(content.get("password"))
        # The sandbox's own, which a cell's input() cannot be: `choices` and more, see docs/architecture.md.
        self.permission: dict[str, Any] | None = said.get("question") if isinstance(said, dict) else None
        self.parent = message["header"]
        self.since_s = time.monotonic()


class Run:
    """A cell under way. `started` and `finished` are futures; `ended` says how it ended when no reply did: 'died', 'restarted'."""

    def __init__(self, msg_id: str, heard: Callable[[Message], None]) -> None:
        loop = asyncio.get_running_loop()
        self.msg_id = msg_id
        self.heard = heard
        self.started: asyncio.Future[None] = loop.create_future()
        self.finished: asyncio.Future[None] = loop.create_future()
        self.reply: dict[str, Any] | None = None
        self.question: Question | None = None
        self.asked = asyncio.Event()
        self.ended: str | None = None
        self.began_s = time.monotonic()
        self._idle = False

    def receive(self, channel: str, message: Message) -> None:
        "One message that has this cell as its parent."
        kind, content = message["msg_type"], message["content"]
        if channel == "stdin":
            self.question = Question(message)
            self.asked.set()
            return
        if channel == "shell":
            self.reply = {**content, "metadata": message.get("metadata", {})}
            self._start()
        elif kind == "status":
            self._idle |= content["execution_state"] == "idle"
            self._start()
        else:
            self.heard(message)
        if self.reply is not None and self._idle:
            self.finish(None)

    def _start(self) -> None:
        if not self.started.done():
            self.began_s = time.monotonic()
            self.started.set_result(None)

    def finish(self, ended: str | None) -> None:
        "It is over; `ended` when the kernel did not say so."
        self._start()
        if not self.finished.done():
            self.ended = ended
            self.finished.set_result(None)

    def answered(self) -> None:
        "The question is no longer open; the time that it took is not the cell's."
        if self.question is not None:
            self.began_s += time.monotonic() - self.question.since_s
        self.question = None
        self.asked.clear()


class Kernel:
    "A connection to a kernel. `gone` says why there is none any more."

    def __init__(self, who: str, client: BlockingKernelClient, manager: AsyncKernelManager | None) -> None:
        "Not yet connected: `start` and `attach` make one that is."
        self.who, self.manager = who, manager
        self.info: dict[str, Any] = {}
        self.gone: str | None = None
        self._client = client
        self._runs: dict[str, Run] = {}
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._session: str | None = None

    # ---- beginning and end

    @classmethod
    async def start(cls, name: str, python: str | None, folder: Path, options: list[str]) -> Kernel:
        "A kernel of our own, of the kernelspec `name`; it ends with this process. Raises NoKernel."
        try:
            spec = KernelSpecManager().get_kernel_spec(name)
        except NoSuchKernel:
            raise NoKernel(f"there is no kernelspec {name!r}: `jupyter kernelspec list` shows those there are; "
                           "`python -m safepyrun_kernel install --user` makes the one of this Python") from None
        if python:
            spec.argv += ["--python", python]
        spec.argv += options
        manager = AsyncKernelManager()
        manager._kernel_spec = spec
        environment = {key: value for key, value in os.environ.items() if key not in OUR_SECRETS}
        try:
            await manager.start_kernel(cwd=str(folder), env=environment, stdout=sys.stderr.fileno())
        except OSError as error:
            raise NoKernel(f"{spec.argv[0]}: {error.strerror}") from None
        return await cls(f"the kernel of {name!r}", _client_of(manager), manager)._connected()

    @classmethod
    async def attach(cls, which: str) -> Kernel:
        "The kernel of a connection file, or of an id in Jupyter's runtime folder. Raises NoKernel."
        try:
            file = which if os.path.isfile(which) else find_connection_file(which)
            client = BlockingKernelClient(connection_file=file)
            client.load_connection_file()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoKernel(f"{which}: {_first_line(error)}: neither a connection file nor the id of a kernel that runs") from None
        return await cls(file, client, None)._connected()

    async def close(self) -> None:
        "Let go of it; end it when it is ours."
        self._lost("the server ends")
        self._disconnect()
        if self.manager is not None:
            await self.manager.shutdown_kernel(now=False)

    async def restart(self) -> None:
        "A new process with an empty namespace. Raises NoKernel."
        if self.manager is None:
            raise NoKernel("this kernel was opened by somebody else (--existing): it is restarted where it was opened. "
                           "To begin with an empty namespace, run the cell %reset -f")
        self._finish_all("restarted")
        self._disconnect()
        await self.manager.restart_kernel(now=True)
        self._client = _client_of(self.manager)
        await self._connected()

    async def _connected(self) -> Kernel:
        "Itself, when the kernel has answered and is ours. Raises NoKernel."
        self.gone = self._session = None
        self._welcome = asyncio.get_running_loop().create_future()
        self._wire = Wire(self._client, self._heard)
        self._watching = asyncio.get_running_loop().create_task(self._watch())
        try:
            async with asyncio.timeout(READY_S):
                self.info = await self._request("control", "kernel_info_request", {})
                if (name := self.info.get("implementation")) != "safepyrun":
                    raise NoKernel(f"{self.who} is {name}, not safepyrun: no sandbox would hold the cells that run there")
                await self._welcome # from now on nothing that is published is missed
        except BaseException as error:
            self._disconnect()
            if self.manager is not None:
                await self.manager.shutdown_kernel(now=True)
            if isinstance(error, TimeoutError):
                raise NoKernel(f"{self.who} does not answer") from None
            raise
        return self

    def _disconnect(self) -> None:
        self._watching.cancel()
        self._wire.close()

    # ---- requests

    def execute(self, code: str, heard: Callable[[Message], None], *, allow_stdin: bool, store_history: bool = True) -> Run:
        "Send a cell. What it shows goes to `heard`, message by message. Raises NoKernel."
        self._check()
        # One client's error is no reason to drop what another has sent.
        msg_id = self._wire.send("shell", "execute_request", {
            "code": code, "silent": False, "store_history": store_history, "user_expressions": {}, "allow_stdin": allow_stdin,
            "stop_on_error": False})
        run = self._runs[msg_id] = Run(msg_id, heard)
        run.finished.add_done_callback(lambda _: self._runs.pop(msg_id, None))
        return run

    def answer(self, run: Run, text: str) -> None:
        "Answer the question that a cell asks."
        if run.question is not None:
            self._wire.send("stdin", "input_reply", {"value": text, "status": "ok"}, run.question.parent)
            run.answered()

    async def interrupt(self) -> None:
        "KeyboardInterrupt in the running cell. Raises NoKernel."
        await self._request("control", "interrupt_request", {})

    async def inspect(self, name: str) -> dict[str, Any]:
        "The content of an inspect_reply. Raises NoKernel."
        return await self._request("shell", "inspect_request", {"code": name, "cursor_pos": len(name), "detail_level": 0})

    async def _request(self, channel: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        self._check()
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        msg_id = self._wire.send(channel, kind, content)
        self._replies[msg_id] = future
        try:
            return await future
        finally:
            del self._replies[msg_id]

    def _check(self) -> None:
        if self.gone:
            raise NoKernel(f"the kernel is gone: {self.gone}" + ("; the tool restart starts a new one" if self.manager else ""))

    # ---- what comes back

    def _heard(self, channel: str, message: Message) -> None:
        session = message["header"].get("session")
        if channel == "iopub" and session != self._session:
            if self._session is not None: # the same ports, another process
                self._finish_all("restarted")
            self._session = session
            if not self._welcome.done():
                self._welcome.set_result(None)
        parent = message["parent_header"].get("msg_id")
        if (run := self._runs.get(parent)) is not None:
            run.receive(channel, message)
        elif (future := self._replies.get(parent)) is not None and channel != "iopub" and not future.done():
            future.set_result(message["content"])

    async def _watch(self) -> None:
        "Notice that the kernel ended."
        last_s = time.monotonic()
        while self.gone is None:
            if self.manager is not None:
                if not await self.manager.is_alive():
                    self._lost("its process ended")
            elif self._wire.beating:
                last_s = time.monotonic()
            elif time.monotonic() - last_s > SILENT_S:
                self._lost("it does not answer any more")
            await asyncio.sleep(WATCH_S)

    def _lost(self, why: str) -> None:
        self.gone = why
        self._finish_all("died")

    def _finish_all(self, ended: str) -> None:
        for run in [*self._runs.values()]:
            run.finish(ended)
        for future in self._replies.values():
            if not future.done():
                future.set_exception(NoKernel(f"{self.who} {ended}"))


def _client_of(manager: AsyncKernelManager) -> BlockingKernelClient:
    client = BlockingKernelClient(session=manager.session)
    client.load_connection_info(manager.get_connection_info())
    return client


def _first_line(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "it is no JSON"
    return (str(error).splitlines() or [type(error).__name__])[0]
