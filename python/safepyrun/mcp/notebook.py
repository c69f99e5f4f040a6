"""A session as a notebook file: cells and outputs as they happened, in place on the disk at any moment."""
from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from .outputs import Outputs

PAUSE_S = 0.5 # between two writes while a cell shows more and more


class BadNotebook(Exception):
    "The file is there and is no notebook, or cannot be written."


class Notebook:
    """A file that is written whole and put in place at once. What a person changed in it meanwhile stays: it is read again when it is not
    what was written last."""

    def __init__(self, path: Path, language: dict[str, Any]) -> None:
        "Raises BadNotebook."
        self.path = path
        self.trouble: str | None = None
        self._seen: tuple[int, int, int] | None = None
        self._texts: dict[int, str] = {} # of the cells that do not change any more, by their places
        self._whole: dict[str, Any] = {
            "cells": [], "nbformat": 4, "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "safepyrun", "display_name": "Python (safepyrun)", "language": "python"},
                         "language_info": language}}
        try:
            if path.exists():
                self._read()
            self._write()
        except OSError as error:
            raise BadNotebook(f"{path}: {error.strerror}") from None

    def begin(self, source: str, outputs: Outputs, about: dict[str, Any]) -> NotebookCell:
        "A cell that begins now."
        return NotebookCell(self, source, outputs, about)

    def put(self, cell: dict[str, Any]) -> None:
        "Write the file with the cell in it, new or as it is now. Trouble with the disk is kept in `trouble`."
        try:
            try:
                if self._seen != self._signature():
                    self._read()
            except (BadNotebook, FileNotFoundError):
                pass # what is known is better than nothing
            cells = self._whole["cells"]
            place = next((i for i in range(len(cells) - 1, -1, -1) if cells[i].get("id") == cell["id"]), len(cells))
            cells[place:place + 1] = [cell]
            self._texts.pop(place, None)
            self._write()
            self.trouble = None
        except (OSError, ValueError) as error:
            self.trouble = f"the notebook {self.path} could not be written: {error}"

    def _read(self) -> None:
        seen = self._signature()
        try:
            whole = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError:
            raise BadNotebook(f"{self.path}: it is there, and is no notebook") from None
        if not isinstance(whole, dict) or whole.get("nbformat") != 4 or not isinstance(whole.get("cells"), list):
            raise BadNotebook(f"{self.path}: it is there, and is no notebook of format 4")
        whole["nbformat_minor"] = max(5, whole.get("nbformat_minor", 0)) # cells have ids
        for cell in whole["cells"]:
            if isinstance(cell, dict):
                cell.setdefault("id", uuid.uuid4().hex[:8])
        self._whole, self._seen, self._texts = whole, seen, {}

    def _write(self) -> None:
        for i, cell in enumerate(self._whole["cells"]):
            if i not in self._texts:
                self._texts[i] = _indented(cell, "  ")
        cells = ",\n".join(self._texts[i] for i in range(len(self._whole["cells"])))
        rest = _indented({key: value for key, value in self._whole.items() if key != "cells"}, "")
        text = '{\n "cells": [' + (f"\n{cells}\n " if cells else "") + "]," + rest[1:] + "\n"
        fd, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        try:
            with os.fdopen(fd, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            os.chmod(name, self.path.stat().st_mode & 0o777 if self.path.exists() else 0o644)
            os.replace(name, self.path)
        except BaseException:
            os.unlink(name)
            raise
        self._seen = self._signature()

    def _signature(self) -> tuple[int, int, int]:
        state = self.path.stat()
        return state.st_ino, state.st_mtime_ns, state.st_size


class NotebookCell:
    "One cell of the file, while it runs."

    def __init__(self, notebook: Notebook, source: str, outputs: Outputs, about: dict[str, Any]) -> None:
        self._notebook, self._outputs = notebook, outputs
        self._cell: dict[str, Any] = {"cell_type": "code", "id": uuid.uuid4().hex[:8], "metadata": {"safepyrun": about},
                                      "source": source, "execution_count": None, "outputs": []}
        self._written_s = 0.0
        self._later: asyncio.TimerHandle | None = None
        outputs.changed = self.changed
        self.write()

    def changed(self) -> None:
        "Something more was shown."
        if self._later is None:
            wait_s = max(0.0, self._written_s + PAUSE_S - time.monotonic())
            self._later = asyncio.get_running_loop().call_later(wait_s, self.write)

    def write(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        self._cell.update(execution_count=self._outputs.execution_count, outputs=self._outputs.for_notebook())
        self._notebook.put(self._cell)
        self._written_s = time.monotonic()


def _indented(value: dict[str, Any], margin: str) -> str:
    "As nbformat writes it."
    return margin + json.dumps(value, indent=1, ensure_ascii=False).replace("\n", "\n" + margin)
