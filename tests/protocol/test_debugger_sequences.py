"""debug_request sequences as another kernel's own debugger suite sends them (xeus-python's, in C++: 17 of them), each from a
new attach: the cell goes on to its end afterwards, and the kernel with it."""
import queue

import pytest

from debugging import Debugging
from raw_kernel import RawKernel

pytest.importorskip("debugpy")

LOOP = "i=4\ni+=4\ni+=3\ni-=1"
FILE = "a=4\na+=4\na+=3\na-=1"
STEPS = "def squares(n):\n    total = 0\n    for k in range(n):\n        total += k * k\n    return total\n\nsquares(3)"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    kernel = RawKernel(tmp_path_factory.mktemp("sequences"), "--magics", "open")
    yield kernel
    kernel.stop()


@pytest.fixture
def debugging(kernel):
    debugging = Debugging(kernel)
    debugging.attach()
    yield debugging
    debugging.body("disconnect", restart=False, terminateDebuggee=True)
    assert kernel.run("1 + 1").plain == "2"
    try:
        while True:
            kernel.client.get_iopub_msg(timeout=0.1)
    except queue.Empty:
        pass


def places(debugging, path, *lines):
    return debugging.body("setBreakpoints", source={"path": str(path)}, sourceModified=False, breakpoints=[{"line": line} for line in lines])["breakpoints"]


def test_initialize_alone(kernel):
    debugging = Debugging(kernel)
    body = debugging.body("initialize", clientID="vscode", clientName="Visual Studio Code", adapterID="python", pathFormat="path", linesStartAt1=True,
                          columnsStartAt1=True, supportsVariableType=True, supportsVariablePaging=True, supportsRunInTerminalRequest=True, locale="en-us")
    assert body["supportsConfigurationDoneRequest"] is True
    assert debugging.ask("disconnect", restart=False, terminateDebuggee=True)["success"]


def test_attach_twice_over(kernel):
    "Two sessions, one after another, of one frontend."
    for _ in range(2):
        debugging = Debugging(kernel)
        debugging.attach()
        debugging.stop(LOOP, 2)
        assert debugging.go_on()["status"] == "ok"
        assert debugging.ask("disconnect", restart=False, terminateDebuggee=True)["type"] == "response"


def test_breakpoints_of_a_cell_and_of_a_file_are_told(debugging, tmp_path):
    file = tmp_path / "external_code.py"
    file.write_text(FILE)
    path = debugging.body("dumpCell", code=LOOP)["sourcePath"]
    assert debugging.body("debugInfo")["breakpoints"] == []
    assert [p["verified"] for p in places(debugging, path, 2, 4)] == [True, True]
    assert [p["verified"] for p in places(debugging, file, 1, 2)] == [True, True]
    debugging.body("configurationDone")
    info = debugging.body("debugInfo")
    assert {b["source"]: [p["line"] for p in b["breakpoints"]] for b in info["breakpoints"]} == {path: [2, 4], str(file): [1, 2]}
    assert info["stoppedThreads"] == [] and info["isStarted"] is True
    debugging.kernel.client.execute(LOOP, allow_stdin=False)
    debugging.event("stopped")
    assert debugging.body("debugInfo")["stoppedThreads"] == [1]
    debugging.body("next", threadId=1)
    debugging.event("stopped")
    debugging.body("continue", threadId=1)
    debugging.event("stopped")
    assert debugging.go_on()["status"] == "ok"


def test_next_and_continue(debugging):
    debugging.stop(LOOP, 2, 4)
    for command, value, line in (("next", "8", 3), ("continue", "11", 4)):
        debugging.body(command, threadId=1)
        debugging.event("stopped")
        top = debugging.frames()[0]
        assert top["line"] == line and debugging.names(top, "Globals" if "i" not in debugging.names(top, "Locals") else "Locals")["i"]["value"] == value
    assert debugging.go_on()["status"] == "ok" and debugging.kernel.run("i").plain == "10"


def test_a_file_of_its_own_is_stepped_through(debugging, tmp_path):
    file = tmp_path / "external_code.py"
    file.write_text(FILE)
    places(debugging, file, 2, 4)
    debugging.body("configurationDone")
    debugging.kernel.client.execute(f"%run {file}", allow_stdin=False)
    debugging.event("stopped")
    assert (debugging.frames()[0]["line"], debugging.frames()[0]["source"]["path"]) == (2, str(file))
    debugging.body("next", threadId=1)
    debugging.event("stopped")
    assert debugging.frames()[0]["line"] == 3
    debugging.body("continue", threadId=1)
    debugging.event("stopped")
    assert debugging.frames()[0]["line"] == 4 and debugging.go_on()["status"] == "ok"


def test_exception_breakpoints_are_answered(debugging):
    for filters in (["uncaught"], ["raised", "uncaught"], []):
        assert debugging.ask("setExceptionBreakpoints", filters=filters)["success"]
    debugging.body("configurationDone")


def test_the_source_of_a_cell(debugging):
    path = debugging.body("dumpCell", code=LOOP)["sourcePath"]
    assert debugging.body("source", source={"path": path})["content"] == LOOP
    refused = debugging.ask("source", source={"path": "/not/there.py"})
    assert refused["success"] is False and refused["message"]


def test_step_in_and_the_stack(debugging):
    top, = debugging.stop(STEPS, 7)
    assert top["line"] == 7
    debugging.body("stepIn", threadId=1)
    debugging.event("stopped")
    inner, outer = debugging.frames()
    assert (inner["name"], inner["line"], outer["line"]) == ("squares", 2, 7) and debugging.names(inner, "Locals")["n"]["value"] == "3"
    debugging.body("stepOut", threadId=1)
    debugging.event("stopped")
    assert debugging.frames()[-1]["name"] == "<module>" and debugging.go_on()["status"] == "ok"


def test_variables_of_the_session_with_types(debugging):
    debugging.kernel.run("an_int, a_text, a_list = 4, 'text', [1, 2]")
    found = {v["name"]: v for v in debugging.body("inspectVariables")["variables"]}
    assert (found["an_int"]["value"], found["an_int"]["type"]) == ("4", "int") and found["a_text"]["value"] == "'text'"
    inner = debugging.body("variables", variablesReference=found["a_list"]["variablesReference"])["variables"]
    assert {"0", "1"} <= {v["name"] for v in inner}
    debugging.body("configurationDone")


def test_variables_come_in_pages(debugging):
    top, *_ = debugging.stop("def f():\n    a, b, c, d = range(4)\n    return a\n\nf()", 3)
    reference = debugging.body("scopes", frameId=top["id"])["scopes"][0]["variablesReference"]
    def names(**page): return [v["name"] for v in debugging.body("variables", variablesReference=reference, **page)["variables"]]
    whole = names()
    assert set("abcd") <= set(whole)
    assert [names(start=1, count=2), names(start=2), names(start=0, count=0), names(start=90, count=3)] == [whole[1:3], whole[2:], whole, []]
    assert debugging.go_on()["status"] == "ok"
    debugging.kernel.run("many = list(range(30))")
    found = {v["name"]: v for v in debugging.body("inspectVariables")["variables"]}
    reference = found["many"]["variablesReference"]
    assert len(names(start=0, count=5)) == 5


@pytest.mark.parametrize("stopped", [False, True])
def test_a_variable_in_all_its_forms(debugging, stopped):
    code = "from IPython.display import HTML\nrich = HTML('<p>test content</p>')\ndef local():\n    inner = HTML('<p>local</p>')\n    return 1\nlocal()"
    if not stopped:
        debugging.kernel.run(code)
        data = debugging.body("richInspectVariables", variableName="rich")["data"]
        assert data["text/html"] == "<p>test content</p>" and "text/plain" in data
        debugging.body("configurationDone")
        return
    top = debugging.stop(code, 5)[0]
    data = debugging.body("richInspectVariables", variableName="inner", frameId=top["id"])["data"]
    assert data["text/html"] == "<p>local</p>" and debugging.go_on()["status"] == "ok"


def test_a_local_is_copied_to_the_globals(debugging):
    code = "from IPython.display import HTML\ndef my_test():\n    var = HTML('<p>test content</p>')\n    pass\nmy_test()"
    top = debugging.stop(code, 4)[0]
    debugging.body("copyToGlobals", srcVariableName="var", dstVariableName="var_copy", srcFrameId=top["id"])
    local, copied = debugging.names(top, "Locals")["var"], debugging.names(top, "Globals")["var_copy"]
    assert (copied["value"], copied["type"]) == (local["value"], local["type"]) and copied["evaluateName"] == "var_copy"
    assert debugging.go_on()["status"] == "ok" and debugging.kernel.run("var_copy.data").plain == "'<p>test content</p>'"
