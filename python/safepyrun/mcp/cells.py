"""Cells that clients send: one after the other, followed until they end, with their questions asked of the client's person."""
from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import mcp_types as types
from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from .kernel import Kernel, NoKernel, Question, Run
from .notebook import Notebook, NotebookCell
from .outputs import Outputs

TICK_S = 1.0
GRACE_S = 5.0 # from an interrupt until the cell counts as one that cannot be stopped
ABANDONED_S = 600 # a question that nobody comes back to

Context = ServerRequestContext[Any, Any]
Result = types.CallToolResult | types.InputRequiredResult


@dataclass
class Cell:
    "One that was sent. `note`: what else there is to say of how it ended."

    run: Run
    outputs: Outputs
    in_notebook: NotebookCell | None
    timeout_s: float | None
    reason: str = "" # why the assistant asks, in its words
    agreed: str = "" # what to say when it ended well: a yes is nothing that a cell shows
    note: str = ""
    stopped_s: float | None = None
    asking: tuple[str, Question] | None = None # in a client that is asked by the answer to its call
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


class Cells:
    "All cells of a server. `limit_chars`: how much text of one is told."

    def __init__(self, kernel: Kernel, notebook: Notebook | None, limit_chars: int) -> None:
        self.kernel, self.notebook, self.limit_chars = kernel, notebook, limit_chars
        self._turn = asyncio.Lock()
        self._open: dict[str, Cell] = {} # those whose client was asked by an answer, and has to come back
        self._kept: set[asyncio.Task[None]] = set()

    async def run(self, context: Context, code: str, *, tool: str, timeout_s: float | None = None, reason: str = "",
                  agreed: str = "", recorded: bool = True) -> Result:
        "Run a cell and tell what it showed, or what its client has to be asked first. Raises NoKernel."
        await self._turn.acquire()
        try:
            outputs = Outputs()
            run = self.kernel.execute(code, outputs.receive, allow_stdin=can_ask(context), store_history=recorded)
        except BaseException:
            self._turn.release()
            raise
        run.finished.add_done_callback(lambda _: self._turn.release())
        about = {"tool": tool, "client": client_name(context)}
        kept = self.notebook.begin(code, outputs, about) if self.notebook and recorded else None
        if kept is not None:
            run.finished.add_done_callback(lambda _: kept.write())
        return await self._follow(context, Cell(run, outputs, kept, timeout_s, reason, agreed))

    async def resume(self, context: Context, state: str, responses: types.InputResponses | None) -> Result:
        "The client comes back with an answer."
        cell = self._open.pop(state, None)
        if cell is None:
            raise MCPError(types.INVALID_PARAMS, "that cell is over, and its result was told or given up")
        if cell.asking is not None:
            key, question = cell.asking
            cell.asking = None
            if cell.run.question is question: # else it was too late
                self._answer(cell, question, (responses or {}).get(key))
        return await self._follow(context, cell)

    # ---- following

    async def _follow(self, context: Context, cell: Cell) -> Result:
        run, tick = cell.run, 0
        try:
            while not run.finished.done():
                asked = asyncio.ensure_future(run.asked.wait())
                try:
                    await _either(run.finished, asked)
                finally:
                    asked.cancel()
                if run.finished.done():
                    break
                if run.question is not None:
                    if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
                        return self._ask_by_answer(cell, run.question)
                    await self._ask(context, cell, run.question)
                    continue
                if self._is_late(cell):
                    break
                tick += 1
                waiting = "" if run.started.done() else "waiting for another cell; "
                await context.session.report_progress(tick, None, f"{waiting}{time.monotonic() - run.began_s:.0f} s; "
                                                                  f"{cell.outputs.last_line}".rstrip("; "))
        except asyncio.CancelledError: # the client gave the call up
            self._keep(self._stop(run))
            raise
        return self._tell(cell)

    async def _stop(self, run: Run) -> None:
        "Interrupt the cell, and no other."
        await run.started
        if not run.finished.done():
            try:
                await self.kernel.interrupt()
            except NoKernel:
                pass

    def _is_late(self, cell: Cell) -> bool:
        "Has it run for too long, and does not end when interrupted?"
        now_s = time.monotonic()
        if cell.stopped_s is not None:
            if now_s - cell.stopped_s < GRACE_S:
                return False
            cell.note += " An interrupt did not end it: it is still running. The tool restart ends it, and the variables with it."
            return True
        if cell.timeout_s is not None and cell.run.started.done() and now_s - cell.run.began_s >= cell.timeout_s:
            cell.stopped_s = now_s
            cell.note = f"It ran longer than timeout_s ({cell.timeout_s:g} s) and was interrupted."
            self._keep(self._stop(cell.run))
        return False

    def _keep(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)

    # ---- questions

    async def _ask(self, context: Context, cell: Cell, question: Question) -> None:
        "Ask by a request to the client, as long as the question is open."
        asked = asyncio.ensure_future(context.session.elicit_form(*elicitation(question, cell.reason), related_request_id=context.request_id))
        answer: types.ElicitResult | None = None
        try:
            # The kernel's patience ends before the person's: then the cell goes on by itself.
            while not asked.done() and not cell.run.finished.done() and cell.run.question is question:
                await _either(cell.run.finished, asked)
            if asked.done():
                answer = asked.result()
        except (MCPError, ValueError) as error: # a client that said it can, and cannot
            cell.note = f"The client could not ask: {error}."
        finally:
            asked.cancel()
        if cell.run.question is question and not cell.run.finished.done():
            self._answer(cell, question, answer)

    def _ask_by_answer(self, cell: Cell, question: Question) -> types.InputRequiredResult:
        "Ask by the answer to the call: the client sends it again, with what its person said."
        key = uuid.uuid4().hex[:8]
        cell.asking = key, question
        self._open[cell.id] = cell
        message, schema = elicitation(question, cell.reason)
        self._keep(self._give_up(cell, question))
        return types.InputRequiredResult(
            input_requests={key: types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=schema))},
            request_state=cell.id)

    async def _give_up(self, cell: Cell, question: Question) -> None:
        "Nobody came back: the answer is no, and nobody will read what the cell shows."
        await asyncio.wait({cell.run.finished}, timeout=ABANDONED_S)
        if cell.run.question is question:
            self._answer(cell, question, None)
        await asyncio.sleep(ABANDONED_S)
        if cell.asking is not None and cell.asking[1] is question:
            self._open.pop(cell.id, None)

    def _answer(self, cell: Cell, question: Question, response: object) -> None:
        "Hand the person's answer to the kernel; what is no answer is a no."
        said = response.content if isinstance(response, types.ElicitResult) and response.action == "accept" else None
        value = (said or {}).get("answer")
        if question.permission is not None:
            self.kernel.answer(cell.run, value if isinstance(value, str) else "no")
        elif isinstance(value, str) and not question.password:
            self.kernel.answer(cell.run, value)
        else:
            cell.note = "Nobody answered its input(): it was interrupted."
            cell.run.answered()
            self._keep(self._stop(cell.run))

    # ---- telling

    def _tell(self, cell: Cell) -> types.CallToolResult:
        run, outputs = cell.run, cell.outputs
        blocks = outputs.for_assistant(self.limit_chars)
        reply = run.reply or {}
        status = run.ended or reply.get("status") or "running"
        if status == "error" and reply.get("ename") == "SystemExit" and reply.get("evalue") in ("", "0", "None"): # a script's ordinary end
            status, blocks = "ok", [*outputs.for_assistant(self.limit_chars, errors=False),
                                    types.TextContent(type="text", text="[the code ended with sys.exit: all well]")]
        note = {"died": f"The kernel is gone: {self.kernel.gone}. The variables are lost.",
                "restarted": "The kernel was restarted while the cell ran. The variables are lost.",
                "aborted": "It did not run: another cell failed before it. Run it again."}.get(status, "")
        note = " ".join(filter(None, (note, cell.note, self.notebook.trouble if self.notebook and cell.in_notebook else "")))
        if status == "ok" and cell.agreed:
            blocks.append(types.TextContent(type="text", text=cell.agreed))
        if note:
            blocks.append(types.TextContent(type="text", text=f"[{note.strip()}]"))
        if status == "ok" and not cell.stopped_s:
            return types.CallToolResult(content=list(blocks or [types.TextContent(type="text", text="(nothing was shown)")]))
        structured: dict[str, Any] = {"status": "timeout" if cell.stopped_s else "refused" if outputs.refusal else status}
        if outputs.refusal:
            structured["refusal"] = outputs.refusal
        if status == "error":
            structured.update(ename=reply.get("ename"), evalue=reply.get("evalue"), execution_count=reply.get("execution_count"))
        # Some clients show their model nothing but this.
        structured["output"] = "\n".join(block.text for block in blocks if isinstance(block, types.TextContent))
        return types.CallToolResult(content=list(blocks), structured_content=structured, is_error=True)


async def _either(one: asyncio.Future[Any], other: asyncio.Future[Any]) -> None:
    "Wait for one of the two, at most for a tick."
    await asyncio.wait({one, other}, timeout=TICK_S, return_when=asyncio.FIRST_COMPLETED)


def can_ask(context: Context) -> bool:
    "Does the client ask its person, when it is told to?"
    capabilities = context.session.client_capabilities
    wanted = capabilities.elicitation if capabilities else None
    if wanted is None or wanted.form is None and wanted.url is not None:
        return False
    return context.protocol_version in MODERN_PROTOCOL_VERSIONS or context.session.can_send_request


def client_name(context: Context) -> str | None:
    params = context.session.client_params
    return params.client_info.name if params else None


CHOICES = {"once": "this cell and the next", "session": "until the kernel ends", "project": "from now on in this folder",
           "yes": "from now on, as it is now", "no": "not at all"}


def elicitation(question: Question, reason: str) -> tuple[str, dict[str, Any]]:
    "Message and schema of a question."
    if question.password:
        return (f"{question.prompt}\n\nA cell asks for a password. It is not asked for here: nothing is passed on.",
                {"type": "object", "properties": {}})
    if question.permission is None:
        return (f"A cell asks: {question.prompt}", {"type": "object", "required": ["answer"], "properties": {
            "answer": {"type": "string", "title": "Answer", "description": "what its input() is given"}}})
    choices = question.permission["choices"]
    message = question.prompt.rstrip().rpartition("\n")[0].rstrip() or question.prompt # its last line has the keys to press
    if reason:
        message += f"\n\nThe assistant's reason (its own words): {reason}"
    return message, {"type": "object", "required": ["answer"], "properties": {"answer": {
        "type": "string", "title": "Permit it?", "enum": choices,
        "description": "; ".join(f"{choice}: {CHOICES[choice]}" for choice in choices if choice in CHOICES)}}}
