"""The server: over standard input and output for one client, or over HTTP on this machine for as many as have the token."""
from __future__ import annotations

import asyncio
import hmac
import os
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import mcp_types as types
from mcp.server import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from .. import __version__
from .cells import Cells, Context, Result
from .kernel import NoKernel
from .tools import TOOLS, BadArguments, arguments

TOKEN = "SAFEPYRUN_MCP_TOKEN"
INSTRUCTIONS = """A Python session whose cells are safe to try. It holds the person's real objects and libraries; variables stay from cell to cell.
Code may compute, read and plot. Writing outside the permitted folders, deleting, starting programs and sending are refused with an error
(structured content: refusal.callable, refusal.reason, refusal.remedy). A refusal is final for your code: do not work around it. When it is needed,
call request_permission with the remedy and a reason; the person decides. Prefer preview_cell for what is hard to take back, and undo to take back."""

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


def make_server(cells: Cells) -> Server[Any]:
    "The protocol's side of `cells`."

    async def list_tools(context: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[tool.listed(name) for name, tool in TOOLS.items()])

    async def call_tool(context: Context, params: types.CallToolRequestParams) -> Result:
        if params.name not in TOOLS:
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {params.name!r}: {', '.join(TOOLS)}")
        try:
            given = arguments(params.name, params.arguments)
            if params.request_state is not None:
                return await cells.resume(context, params.request_state, params.input_responses)
            return await TOOLS[params.name].do(cells, context, given)
        except (BadArguments, NoKernel) as error:
            return types.CallToolResult(content=[types.TextContent(type="text", text=str(error))], is_error=True)

    server: Server[Any] = Server("safepyrun", version=__version__, title="Python (safepyrun)", instructions=INSTRUCTIONS,
                                 on_list_tools=list_tools, on_call_tool=call_tool)
    server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience="safepyrun"))
    return server


async def serve_stdio(cells: Cells) -> None:
    "Until the client closes standard input, or a signal ends it."
    server, loop = make_server(cells), asyncio.get_running_loop()

    async def leave(number: int) -> None:
        await cells.kernel.close()
        os._exit(128 + number) # standard input is read in a thread, which nothing but its end wakes

    leaving: list[asyncio.Task[None]] = [] # a task that nobody holds may be collected
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda number: leaving.append(loop.create_task(leave(number))), number)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


async def serve_http(cells: Cells, port: int) -> None:
    "On 127.0.0.1 until a signal ends it."
    import uvicorn
    token = os.environ.get(TOKEN) or secrets.token_urlsafe(32)
    app = guarded(make_server(cells).streamable_http_app(streamable_http_path="/mcp"), token)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1))
    config = server.config
    try:
        sock = config.bind_socket()
    except SystemExit: # what uvicorn does when the port is taken; it has said so
        raise NoKernel(f"port {port} of 127.0.0.1 cannot be had") from None
    sock.listen() # who reads the address may connect at once, and waits
    print(f"safepyrun mcp: http://127.0.0.1:{sock.getsockname()[1]}/mcp", file=sys.stderr)
    said = f"the token is in {TOKEN}" if os.environ.get(TOKEN) else f"Authorization: Bearer {token}"
    print(f"safepyrun mcp: {said}", file=sys.stderr, flush=True)
    await server.serve(sockets=[sock])


def guarded(app: Application, token: str) -> Application:
    "None comes in without the token."
    wanted = b"Bearer " + token.encode()

    async def guard(scope: Scope, receive: Any, send: Any) -> None:
        given = dict(scope.get("headers") or ()).get(b"authorization", b"")
        if scope["type"] == "http" and not hmac.compare_digest(given, wanted):
            await send({"type": "http.response.start", "status": 401,
                        "headers": [(b"www-authenticate", b"Bearer"), (b"content-type", b"text/plain; charset=utf-8")]})
            await send({"type": "http.response.body", "body": b"the token is missing or wrong: Authorization: Bearer TOKEN\n"})
            return
        await app(scope, receive, send)

    return guard
