"""The tools, one table: what an assistant is told of each, what it takes, and what it does."""
from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import mcp_types as types

from .cells import Cells, Context, Result
from .outputs import cut, plain

NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
REMEDIES = ("%allow", "%ok_dests", "%ok_hosts", "%limits", "%%trusted")


@dataclass(frozen=True)
class Parameter:
    "kind: a JSON Schema type; required when it has no default."

    kind: str
    description: str
    default: Any = ...


Do = Callable[[Cells, Context, dict[str, Any]], Awaitable[Result]]


@dataclass(frozen=True)
class Tool:
    "One row. `reads`: it changes nothing."

    do: Do
    description: str
    parameters: dict[str, Parameter] = field(default_factory=dict)
    reads: bool = False

    def listed(self, name: str) -> types.Tool:
        properties = {key: {"type": parameter.kind, "description": parameter.description} for key, parameter in self.parameters.items()}
        schema = {"type": "object", "properties": properties, "additionalProperties": False,
                  "required": [key for key, parameter in self.parameters.items() if parameter.default is ...]}
        return types.Tool(name=name, description=self.description, input_schema=schema,
                          annotations=types.ToolAnnotations(read_only_hint=self.reads, destructive_hint=False, open_world_hint=not self.reads))


class BadArguments(Exception):
    "What a tool was called with makes no sense, and why."


def arguments(name: str, given: dict[str, Any] | None) -> dict[str, Any]:
    "Those of a call, with defaults. Raises BadArguments."
    tool, found = TOOLS[name], dict(given or {})
    if unknown := [key for key in found if key not in tool.parameters]:
        raise BadArguments(f"{name} takes {', '.join(tool.parameters) or 'nothing'}, not {', '.join(map(repr, unknown))}")
    for key, parameter in tool.parameters.items():
        if found.get(key) is None:
            if parameter.default is ...:
                raise BadArguments(f"{name} needs {key}: {parameter.description}")
            found[key] = parameter.default
            continue
        value = found[key]
        if parameter.kind == "string":
            if not isinstance(value, str):
                raise BadArguments(f"{key} is text, not {type(value).__name__}")
            try:
                value.encode()
            except UnicodeEncodeError:
                raise BadArguments(f"{key} has half a character (a lone surrogate) in it") from None
        elif parameter.kind == "boolean":
            if not isinstance(value, bool):
                raise BadArguments(f"{key} is true or false, not {value!r}")
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value <= 0:
            raise BadArguments(f"{key} is a number greater than 0, not {value!r}")
    return found


def one_line(name: str, text: str) -> str:
    if len(text.splitlines()) > 1 or "\n" in text or "\r" in text:
        raise BadArguments(f"{name} is one line")
    return text.strip()


# ---- what they do --------------------------------------------------------------------------------------------------

async def _run_cell(cells: Cells, context: Context, given: dict[str, Any]) -> Result:
    return await cells.run(context, given["code"], tool="run_cell", timeout_s=given["timeout_s"])


async def _check_cell(cells: Cells, context: Context, given: dict[str, Any]) -> Result:
    return await cells.run(context, "%%check --body\n" + given["code"], tool="check_cell", recorded=False)


async def _preview_cell(cells: Cells, context: Context, given: dict[str, Any]) -> Result:
    return await cells.run(context, "%%preview --body\n" + given["code"], tool="preview_cell", timeout_s=given["timeout_s"])


async def _undo(cells: Cells, context: Context, given: dict[str, Any]) -> Result:
    to = one_line("to", given["to"])
    files = "--files " if given["files"] else ""
    return await cells.run(context, f"%undo {files}{to}".rstrip(), tool="undo")


async def _interrupt(cells: Cells, context: Context, given: dict[str, Any]) -> Result:
    await cells.kernel.interrupt()
    return _text("The running cell, if there is one, was interrupted.")


async def _restart(cells: Cells, context: Context, given: dict[str, Any]) -> Result:
    await cells.kernel.restart()
    return _text("The kernel was restarted: there are no variables, and what was permitted for the session is no longer.")


async def _list_variables(cells: Cells, context: Context, given: dict[str, Any]) -> Result:
    return await cells.run(context, "%whos", tool="list_variables", recorded=False)


async def _inspect(cells: Cells, context: Context, given: dict[str, Any]) -> Result:
    name = given["name"].strip()
    if not NAME.fullmatch(name):
        raise BadArguments(f"name is a name like df or df.columns, not {name!r}")
    content = await cells.kernel.inspect(name)
    if not content.get("found"):
        return types.CallToolResult(content=[types.TextContent(type="text", text=f"There is no {name}.")], is_error=True)
    return _text(cut(plain(content["data"].get("text/plain", "")), cells.limit_chars))


async def _policy(cells: Cells, context: Context, given: dict[str, Any]) -> Result:
    return await cells.run(context, f"%policy {one_line('text', given['text'])}".rstrip(), tool="policy", recorded=False)


async def _request_permission(cells: Cells, context: Context, given: dict[str, Any]) -> Result:
    remedy, reason = given["remedy"].strip(), given["reason"].strip()
    if remedy.split(None, 1)[:1] not in ([word] for word in REMEDIES):
        raise BadArguments(f"remedy is what a refusal names after 'to permit it', and begins with one of {', '.join(REMEDIES)}")
    if not remedy.startswith("%%"):
        one_line("remedy", remedy)
    if not reason:
        raise BadArguments("reason: the person who decides reads it")
    agreed = "" if remedy.startswith("%%") else f"Permitted: {remedy}. Run the refused cell again."
    return await cells.run(context, remedy, tool="request_permission", reason=reason, agreed=agreed)


def _text(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])


CODE = Parameter("string", "the cell: Python, IPython magics included; the value of its last expression is shown")
TIMEOUT = Parameter("number", "interrupt it after so many seconds; without it, it may run as long as it likes", None)

TOOLS: dict[str, Tool] = {
    "run_cell": Tool(_run_cell, "Run Python in a notebook's kernel. Variables stay from cell to cell. The sandbox lets it compute, read and plot; "
                     "what it may not do (write outside the permitted folders, delete, start programs, send) is refused with an error that says why and "
                     "what would permit it. If the person's client can ask, the person may be asked while the cell waits.",
                     {"code": CODE, "timeout_s": TIMEOUT}),
    "check_cell": Tool(_check_cell, "What the sandbox would refuse before the cell runs, without running it.", {"code": CODE}, reads=True),
    "preview_cell": Tool(_preview_cell, "Run a cell on a copy of the session: what it shows and would change, without changing the variables or files.",
                         {"code": CODE, "timeout_s": TIMEOUT}),
    "undo": Tool(_undo, "Take back what the last cells did to the variables, and with files, once the person agreed, to files.",
                 {"to": Parameter("string", "how many cells ('3'), or the name of a checkpoint; the last cell when left out", ""),
                  "files": Parameter("boolean", "take back what they did to files as well", False)}),
    "interrupt": Tool(_interrupt, "Interrupt the cell that is running (KeyboardInterrupt)."),
    "restart": Tool(_restart, "End the kernel's process and start a new one. All variables are lost."),
    "list_variables": Tool(_list_variables, "The variables of the session: name, type, value or shape.", reads=True),
    "inspect": Tool(_inspect, "Type, signature and documentation of an object of the session.",
                    {"name": Parameter("string", "for example df, df.columns or pandas.read_csv")}, reads=True),
    "policy": Tool(_policy, "Search what the sandbox permits. Without text: which folders may be written to, and which layers of the sandbox are on.",
                   {"text": Parameter("string", "part of a name, for example to_csv", "")}, reads=True),
    "request_permission": Tool(_request_permission, "Ask the person to permit what was refused. The person sees remedy and reason, and decides.",
                               {"remedy": Parameter("string", "what the refusal names after 'to permit it', for example: %ok_dests --add ./out"),
                                "reason": Parameter("string", "why, in a sentence for the person")}),
}
