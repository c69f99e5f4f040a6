"""`safepyrun mcp` of this tree as a process, clients of the protocol's own SDK, and a person who answers their questions."""
import asyncio
import contextlib
import inspect
import subprocess
import sys

from mcp import Client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from mcp.types import ElicitResult

TOKEN = "a token of the tests"


def command(*options):
    return [sys.executable, "-m", "safepyrun", "mcp", *map(str, options)]


class Person:
    "Answers the questions that a client is asked: the next of `answers` each, None for 'decline'. `asked`: what they were."

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    async def __call__(self, context, params):
        self.asked.append(params)
        answer = self.answers.pop(0)
        if answer is None:
            return ElicitResult(action="decline")
        return ElicitResult(action="accept", content={"answer": answer})


class Server:
    "One over HTTP, for many clients; `pid` is its process's."

    def __init__(self, environment, folder, *options):
        self.process = subprocess.Popen(command("--http", "--folder", folder, *options), env=environment, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        self.said = [self.process.stderr.readline(), self.process.stderr.readline()]
        assert "/mcp" in self.said[0], self.said[0] + self.process.stderr.read()
        self.url = self.said[0].split()[-1]

    @contextlib.asynccontextmanager
    async def client(self, person=None, mode="auto", token=TOKEN):
        async with (create_mcp_http_client(headers={"Authorization": f"Bearer {token}"}) as http,
                    Client(streamable_http_client(self.url, http_client=http), elicitation_callback=person, mode=mode) as client):
            yield client

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            self.process.stderr.close()


def text(result):
    "All text of an answer."
    return "\n".join(block.text for block in result.content if block.type == "text")


async def run(client, code, **more):
    return await client.call_tool("run_cell", {"code": code, **more})


def in_loop(test):
    "A test that is a coroutine."
    def wrapped(**fixtures):
        try:
            asyncio.run(asyncio.wait_for(test(**fixtures), 120))
        except BaseExceptionGroup as group: # the clients' task groups wrap whatever fails inside
            error = group
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            raise error from None
    wrapped.__name__, wrapped.__doc__, wrapped.__signature__ = test.__name__, test.__doc__, inspect.signature(test)
    return wrapped
