"""What a cell shows: kept as a notebook keeps it, and told to an assistant as text, images and HTML, cut where it is long."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import mcp_types as types

ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
REPR = re.compile(r"<[\w.]+ object(?: at 0x[0-9a-f]+)?>\s*\Z") # what text/plain is when only the rich form says anything
KEPT_CHARS = 1_000_000 # of one stream
KEPT_OUTPUTS = 1_000
IMAGE_BYTES = 5_000_000
TOLD_BLOCKS = 60

Output = dict[str, Any]
Block = types.TextContent | types.ImageContent | types.EmbeddedResource


def plain(text: str) -> str:
    "Without colours, and with what carriage returns wrote over gone."
    text = ESCAPES.sub("", text)
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return text


def cut(text: str, limit_chars: int, lost_chars: int = 0) -> str:
    "Beginning and end of a long text, and how much is left out; `lost_chars` are missing from its middle already."
    if len(text) <= limit_chars and not lost_chars:
        return text
    limit_chars = min(limit_chars, len(text))
    head, tail, length = limit_chars * 2 // 3, limit_chars - limit_chars * 2 // 3, len(text) + lost_chars
    return f"{text[:head]}\n[... {length - limit_chars:,} of {length:,} characters left out ...]\n{text[len(text) - tail:]}"


class Stream:
    "A stream's text, at most so long: its beginning, its end, and how long it was."

    def __init__(self) -> None:
        self.head, self.tail, self.length = "", "", 0

    def add(self, text: str) -> None:
        self.length += len(text)
        room = KEPT_CHARS // 2 - len(self.head)
        if room > 0:
            self.head, text = self.head + text[:room], text[room:]
        self.tail += text
        if len(self.tail) > KEPT_CHARS: # not each time: that would copy the half each time
            self.tail = self.tail[-KEPT_CHARS // 2:]

    @property
    def lost(self) -> int:
        return self.length - len(self.head) - len(self.tail)

    @property
    def text(self) -> str:
        between = f"\n[... {self.lost:,} of {self.length:,} characters left out ...]\n" if self.lost else ""
        return self.head + between + self.tail


class Outputs:
    "Of one cell, as they come. `changed` is called after each."

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self.changed = changed
        self.execution_count: int | None = None
        self.refusal: dict[str, Any] | None = None
        self.left_out = 0
        self._shown: list[tuple[Output, Stream | None, str | None]] = [] # an output, a stream's text, a display's id
        self._clear = False

    def receive(self, message: dict[str, Any]) -> None:
        "A message of iopub."
        kind, content = message["msg_type"], message["content"]
        if kind == "execute_input":
            self.execution_count = content["execution_count"]
        elif kind == "clear_output":
            self._clear = True
            if not content.get("wait"):
                self._shown.clear()
                self._clear = False
        elif kind in ("stream", "execute_result", "display_data", "update_display_data", "error"):
            if self._clear:
                self._shown.clear()
                self._clear = False
            getattr(self, f"_{kind}")(content, message.get("metadata", {}))
        else:
            return
        self.changed()

    def _stream(self, content: Output, _: Output) -> None:
        last = self._shown[-1] if self._shown else None
        if last is None or last[1] is None or last[0]["name"] != content["name"]:
            self._add({"output_type": "stream", "name": content["name"]}, Stream(), None)
            last = self._shown[-1]
        if last[1] is not None: # else there is no room for it any more
            last[1].add(content["text"])

    def _execute_result(self, content: Output, _: Output) -> None:
        self._add({"output_type": "execute_result", "data": content["data"], "metadata": content.get("metadata", {}),
                   "execution_count": content["execution_count"]}, None, content.get("transient", {}).get("display_id"))

    def _display_data(self, content: Output, _: Output) -> None:
        self._add({"output_type": "display_data", "data": content["data"], "metadata": content.get("metadata", {})},
                  None, content.get("transient", {}).get("display_id"))

    def _update_display_data(self, content: Output, metadata: Output) -> None:
        known = [output for output, _, display_id in self._shown if display_id and display_id == content["transient"]["display_id"]]
        for output in known:
            output.update(data=content["data"], metadata=content.get("metadata", {}))
        if not known: # of an earlier cell
            self._display_data(content, metadata)

    def _error(self, content: Output, metadata: Output) -> None:
        if isinstance(said := metadata.get("safepyrun"), dict):
            self.refusal = said
        self._add({"output_type": "error", **{part: content[part] for part in ("ename", "evalue", "traceback")}}, None, None)

    def _add(self, output: Output, stream: Stream | None, display_id: str | None) -> None:
        if len(self._shown) < KEPT_OUTPUTS or output["output_type"] in ("error", "execute_result"):
            self._shown.append((output, stream, display_id))
        else:
            self.left_out += 1

    # ---- told

    def for_notebook(self) -> list[Output]:
        "As nbformat 4 has them."
        told = [{**output, "text": stream.text} if stream else output for output, stream, _ in self._shown]
        if self.left_out:
            told.append({"output_type": "stream", "name": "stderr", "text": f"[{self.left_out:,} more outputs were left out]\n"})
        return told

    @property
    def last_line(self) -> str:
        "Of what was printed last; '' when nothing was."
        for _, stream, _ in reversed(self._shown):
            if stream and (lines := plain(stream.tail or stream.head).rstrip().splitlines()):
                return lines[-1][:200]
        return ""

    def for_assistant(self, limit_chars: int, errors: bool = True) -> list[Block]:
        "Text, images and HTML, in order; `errors` with the tracebacks."
        telling = Telling(limit_chars)
        for output, stream, _ in self._shown:
            kind = output["output_type"]
            if stream is not None:
                telling.say(plain(stream.head + stream.tail), "stderr:\n" if output["name"] == "stderr" else "", stream.lost)
            elif kind == "error":
                if errors:
                    telling.say(plain("\n".join(output["traceback"])), always=True)
            else:
                telling.show(output["data"])
        telling.left_out += self.left_out
        return telling.all()


class Telling:
    "The blocks of an answer, within its limits."

    def __init__(self, limit_chars: int) -> None:
        self.left_out = 0
        self._blocks: list[Block] = []
        self.limit_chars, self.room_chars = limit_chars, limit_chars
        self._number = 0

    def say(self, text: str, title: str = "", lost_chars: int = 0, always: bool = False) -> None:
        if not text:
            return
        # Whatever was long before, the last word (mostly an error) is heard.
        text = cut(text, max(self.room_chars, self.limit_chars // 10), lost_chars)
        self.room_chars -= min(len(text), self.room_chars)
        self._append(types.TextContent(type="text", text=title + text), always)

    def show(self, data: dict[str, Any]) -> None:
        "A MIME bundle."
        text, html, pictures = data.get("text/plain"), data.get("text/html"), [mime for mime in IMAGES if mime in data]
        only_rich = isinstance(text, str) and bool(REPR.match(text))
        if only_rich or not text:
            text = next((data[mime] for mime in ("text/markdown", "text/latex") if mime in data), text)
        if isinstance(text, str) and not (pictures and only_rich):
            self.say(plain(text))
        for mime in pictures[:1]:
            self._picture(mime, "".join(data[mime]))
        if isinstance(svg := data.get("image/svg+xml"), str) and not pictures:
            self._resource("image/svg+xml", svg, "svg", for_assistant=False)
        if isinstance(html, str):
            self._resource("text/html", html, "html", for_assistant=only_rich or not text)

    def _picture(self, mime: str, base64: str) -> None:
        if len(base64) > IMAGE_BYTES:
            self.say(f"[{mime} of {len(base64) * 3 // 4:,} bytes left out]")
        else:
            self._append(types.ImageContent(type="image", data=base64.replace("\n", ""), mime_type=mime))

    def _resource(self, mime: str, text: str, ending: str, for_assistant: bool) -> None:
        if len(text) > self.limit_chars:
            self.say(f"[{mime} of {len(text):,} characters left out]")
            return
        self._number += 1
        audience: list[types.Role] = ["user", "assistant"] if for_assistant else ["user"]
        self._append(types.EmbeddedResource(
            type="resource", annotations=types.Annotations(audience=audience),
            resource=types.TextResourceContents(uri=f"cell://output/{self._number}.{ending}", mime_type=mime, text=text)))

    def all(self) -> list[Block]:
        "What there is to tell."
        if self.left_out:
            self._blocks.append(types.TextContent(type="text", text=f"[{self.left_out:,} more outputs left out]"))
            self.left_out = 0
        return self._blocks

    def _append(self, block: Block, always: bool = False) -> None:
        if always:
            self.all()
        if always or len(self._blocks) < TOLD_BLOCKS:
            self._blocks.append(block)
        else:
            self.left_out += 1
