"""VS Code's debugger, by the requests that its Jupyter extension sends (debuggingManager.ts, kernelDebugAdapterBase.ts, the
controllers of a debugged cell and of "run by line", helper.ts): given a notebook, when its user debugs a cell, then it stops where it should."""
import pathlib

import pytest

from debugging import CODE, Debugging

pytest.importorskip("debugpy")

OTHER = "def other():\n    return 1"
DELETE = """\
import os as _VSCODE_os
_VSCODE_fileList = [{}]
for file in _VSCODE_fileList:
    try:
        _VSCODE_os.remove(file)
    except:
        pass
del _VSCODE_fileList
del _VSCODE_os"""


class VSCode(Debugging):
    "A notebook of two cells, in VS Code."

    def hidden(self, code):
        "Run as the extension runs what is its own: no trace of it is left."
        cell = self.kernel.run(code, silent=False, store_history=False)
        assert cell.reply["status"] == "ok", cell.reply
        return cell.stream()

    def check(self):
        "Is the kernel's ipykernel new enough? Asked before anything else; without an answer no session starts."
        said = self.hidden('import builtins\nimport ipykernel\nbuiltins.print("<" + ipykernel.__version__ + ">")')
        major, minor, patch = said.strip()[1:-1].split(".")
        return int(major) >= 6 and minor.isdigit() and patch.isdigit()

    def begin(self, mode, just_my_code):
        "From the click to the cell's execution."
        assert self.check()
        able = self.body("initialize", clientID="vscode", clientName="Visual Studio Code", adapterID="Python Kernel Debug Adapter",
                         pathFormat="path", linesStartAt1=True, columnsStartAt1=True, supportsVariableType=True, supportsVariablePaging=True,
                         supportsRunInTerminalRequest=True, locale="en", supportsProgressReporting=True, supportsInvalidatedEvent=True,
                         supportsMemoryReferences=True, supportsArgsCanBeInterpretedByShell=True, supportsMemoryEvent=True,
                         supportsStartDebuggingRequest=True, supportsANSIStyling=True)
        assert able["supportsConfigurationDoneRequest"] and able["supportsDelayedStackTraceLoading"]
        self.body("attach", type="Python Kernel Debug Adapter", name="a.ipynb", request="attach", justMyCode=just_my_code, __mode=mode,
                  __cellIndex=0, __notebookUri="file:///home/me/a.ipynb", __sessionId="3d24702e")
        self.event("initialized")  # no breakpoint is sent before it

    def set_breakpoints(self, code, *lines):
        path = self.body("dumpCell", code=code)["sourcePath"]
        points = self.body("setBreakpoints", source={"name": "a.ipynb", "path": path}, lines=list(lines),
                           breakpoints=[{"line": line} for line in lines], sourceModified=False)["breakpoints"]
        assert [point["line"] for point in points] == list(lines) and all(point["verified"] for point in points)
        return path

    def run(self, code):
        "The end of the configuration, and the cell."
        assert self.body("setFunctionBreakpoints", breakpoints=[])["breakpoints"] == []
        assert self.ask("setExceptionBreakpoints", filters=["uncaught"], filterOptions=[])["success"]
        self.hidden("import debugpy\ndebugpy.debug_this_thread()")
        self.paths = [self.body("dumpCell", code=each)["sourcePath"] for each in (code, OTHER)]
        self.body("configurationDone")
        self.kernel.client.execute(code, allow_stdin=True)
        assert [thread["id"] for thread in self.body("threads")["threads"]] == [1]

    def stopped(self):
        "The frame on top, by the requests that follow each stop."
        thread = self.event("stopped")["threadId"]
        self.body("threads")
        top = self.body("stackTrace", threadId=thread, startFrame=0, levels=1)
        assert len(top["stackFrames"]) == 1
        rest = self.body("stackTrace", threadId=thread, startFrame=1, levels=19)["stackFrames"]
        assert len(rest) == top["totalFrames"] - 1
        return top["stackFrames"][0]

    def end(self):
        "Shift+F5: the session ends, and the extension's files go."
        self.hidden(DELETE.format(",".join(f'"{path}"' for path in self.paths)))
        self.body("disconnect", restart=False)


@pytest.mark.parametrize("time", [1, 2])
def test_a_cell_is_debugged(raw, time):
    code = VSCode(raw)
    code.begin("cell", True)
    code.set_breakpoints(CODE, 2)
    code.run(CODE)
    top = code.stopped()
    assert (top["name"], top["line"], top["source"]["path"]) == ("f", 2, code.paths[0])
    assert {n: v["value"] for n, v in code.names(top, "Locals").items()} == {"a": "2", "b": "3"}
    assert code.evaluate("a", top, "hover")["body"]["result"] == "2"
    assert code.evaluate("a + b", top, "watch")["body"]["result"] == "5"
    assert code.evaluate("no_such_name", top, "hover")["success"] is False
    assert code.evaluate("made = [a, b]", top)["success"] and code.evaluate("len(made)", top)["body"]["result"] == "2"
    assert any(target["label"] == "bit_length" for target in
               code.body("completions", frameId=top["id"], text="a.bit", column=6, line=1)["targets"])
    code.body("next", threadId=1)
    top = code.stopped()
    assert top["line"] == 3 and code.names(top, "Locals")["c"]["value"] == "5"
    assert code.go_on()["status"] == "ok"
    code.end()
    assert not any(pathlib.Path(path).exists() for path in code.paths)
    assert raw.run(CODE).plain == "5"


def test_a_cell_that_fails_stops_where_it_does(raw):
    code = VSCode(raw)
    code.begin("cell", True)
    code.run("def g(n):\n    return 1 / n\n\ng(0)")
    top = code.stopped()
    assert top["line"] == 2 and "/cells/" in top["source"]["path"]
    assert "ZeroDivisionError" in code.body("exceptionInfo", threadId=1)["exceptionId"]
    assert code.go_on()["ename"] == "ZeroDivisionError"
    code.end()


def test_a_cell_is_run_by_line(raw):
    "A breakpoint on the first line of code, then steps into, until the cell is left; stops elsewhere are stepped on from."
    code, text = VSCode(raw), "# a comment\nimport json\ntext = json.dumps([1])\nn = len(text)"
    code.begin("runByLine", True)
    path = code.set_breakpoints(text, 2)
    code.run(text)
    lines = []
    for _ in range(3):
        top = code.stopped()
        assert top["source"]["path"] == path
        lines.append(top["line"])
        code.body("stepIn", threadId=1)
    assert lines == [2, 3, 4]
    assert raw.reply(timeout=20)["content"]["status"] == "ok"
    code.hidden("pass")
    code.end()


def test_a_session_is_stopped_while_its_cell_is(raw):
    code = VSCode(raw)
    code.begin("cell", True)
    code.set_breakpoints(CODE, 2)
    code.run(CODE)
    code.stopped()
    code.body("disconnect", restart=False)
    assert raw.reply(timeout=20)["content"]["status"] == "ok"
    code.hidden(DELETE.format(",".join(f'"{path}"' for path in code.paths)))
