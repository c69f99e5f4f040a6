"""`safepyrun mcp` and the SDK's own client, over HTTP and over standard input and output: tools, questions, images, several clients."""
import asyncio
import base64
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from mcp import MCPError
from processes import children, is_alive
from raw_kernel import RawKernel, wait_until
from safepyrun.command import main
from served import TOKEN, Person, Server, command, in_loop, run, text

MODES = pytest.mark.parametrize("mode", ["auto", "legacy"]) # questions by an answer (2026-07-28), and by a request (before)
TOOLS = {"run_cell", "check_cell", "preview_cell", "undo", "interrupt", "restart", "list_variables", "inspect", "policy", "request_permission"}


# ---- what cells show ---------------------------------------------------------------------------------------------------------------

@MODES
@in_loop
async def test_the_tools_are_listed_with_what_they_take(server, mode):
    async with server.client(mode=mode) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert {*listed} == TOOLS and all(tool.description for tool in listed.values())
        assert listed["run_cell"].input_schema["required"] == ["code"] and {*listed["run_cell"].input_schema["properties"]} == {"code", "timeout_s"}
        assert {name for name, tool in listed.items() if tool.annotations.read_only_hint} == {"check_cell", "list_variables", "inspect", "policy"}


@MODES
@in_loop
async def test_a_cell_gives_its_value_and_variables_stay(server, mode):
    async with server.client(mode=mode) as client:
        assert text(await run(client, "kept = 20 + 1")) == "(nothing was shown)"
        result = await run(client, "print('out'); kept * 2")
        assert [block.text for block in result.content] == ["out\n", "42"] and not result.is_error and result.structured_content is None


@in_loop
async def test_the_streams_are_told_apart(server):
    async with server.client() as client:
        result = await run(client, "import sys\nprint('a'); print('b', file=sys.stderr); print('c')")
        assert [block.text for block in result.content] == ["a\n", "stderr:\nb\n", "c\n"]


@in_loop
async def test_an_error_is_an_error_with_its_traceback_without_colours(server):
    async with server.client() as client:
        result = await run(client, "def f():\n    return 1 / 0\nf()")
        assert result.is_error and "----> 2     return 1 / 0" in text(result) and "\x1b" not in text(result)
        told = result.structured_content
        assert told["status"] == "error" and told["ename"] == "ZeroDivisionError" and told["evalue"] == "division by zero"
        assert "refusal" not in told and "return 1 / 0" in told["output"]


@in_loop
async def test_a_refusal_has_its_fields(server):
    async with server.client() as client:
        result = await run(client, "import os\nos.mkdir('made')")
        refusal = result.structured_content["refusal"]
        assert result.is_error and result.structured_content["status"] == "refused"
        assert refusal["callable"] == "os.mkdir" and refusal["kind"] and refusal["reason"] and refusal["line"] == 2
        assert refusal["remedy"].startswith("%ok_dests") and refusal["remedy"] in text(result)
        assert all(block.type == "text" for block in result.content) # not the box of a notebook, too
        before = await run(client, "f.__globals__")
        assert before.structured_content["refusal"]["violations"][0]["name"] == "__globals__"


@in_loop
async def test_a_figure_is_an_image(server):
    async with server.client() as client:
        result = await run(client, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
        image, = (block for block in result.content if block.type == "image")
        assert image.mime_type == "image/png" and base64.b64decode(image.data).startswith(b"\x89PNG")


@in_loop
async def test_a_table_is_text_and_html(server):
    async with server.client() as client:
        result = await run(client, "import pandas as pd\npd.DataFrame({'a': [1, 2]})")
        plain, html = result.content
        assert plain.text.split() == ["a", "0", "1", "1", "2"]
        assert html.resource.mime_type == "text/html" and "<td>2</td>" in html.resource.text and html.annotations.audience == ["user"]


@in_loop
async def test_what_says_something_in_its_rich_form_alone_is_told_in_it(server):
    async with server.client() as client:
        result = await run(client, "from IPython.display import Markdown, HTML, display\ndisplay(Markdown('**bold**'))\nHTML('<b>x</b>')")
        assert result.content[0].text == "**bold**"
        assert result.content[-1].resource.text == "<b>x</b>" and result.content[-1].annotations.audience == ["user", "assistant"]


@in_loop
async def test_long_output_is_cut_and_says_how_long_it_was(server):
    async with server.client() as client:
        result = await run(client, "print('begin' + 'x' * 200_000 + 'end')")
        said = text(result)
        assert said.startswith("begin") and said.endswith("end\n") and len(said) < 31_000 and "of 200,009 characters left out" in said
        result = await run(client, "for _ in range(40):\n    print('y' * 100_000)\nprint('last')")
        assert text(result).endswith("last\n") and "of 4,000,045 characters left out" in text(result)


@in_loop
async def test_an_error_is_heard_after_any_output(server):
    async with server.client() as client:
        result = await run(client, "print('x' * 100_000)\nfrom IPython.display import display\nfor i in range(2000):\n    display(i)\n1 / 0")
        assert "ZeroDivisionError" in text(result) and "more outputs left out" in text(result) and len(result.content) < 70


@in_loop
async def test_a_progress_bar_is_its_last_state(server):
    async with server.client() as client:
        result = await run(client, "import time\nfor i in range(5):\n    print(f'\\r{i} of 5', end='')\nprint('\\rdone  ')")
        assert text(result) == "done  \n"
        result = await run(client, "from IPython.display import clear_output\nfor i in range(3):\n    clear_output(wait=True)\n    print(i)")
        assert text(result) == "2\n"
        result = await run(client, "from IPython.display import display\nh = display(1, display_id=True)\nh.update(2)")
        assert text(result) == "2"


@in_loop
async def test_progress_is_told_while_a_cell_runs(server):
    told = []

    async def progress(done, total, message):
        told.append((done, message))
    async with server.client() as client:
        await client.call_tool("run_cell", {"code": "import time\nfor i in range(26):\n    print('step', i)\n    time.sleep(0.1)"},
                               progress_callback=progress)
    assert len(told) >= 2 and [done for done, _ in told] == sorted({done for done, _ in told}) and "step" in told[-1][1]


# ---- the other tools ---------------------------------------------------------------------------------------------------------------

@in_loop
async def test_checking_runs_nothing(server):
    async with server.client() as client:
        assert "__globals__" in text(await client.call_tool("check_cell", {"code": "unseen = 1\nf.__globals__"}))
        assert (await run(client, "unseen")).structured_content["ename"] == "NameError"


@in_loop
async def test_lines_are_those_of_the_code_that_was_sent(server):
    code = "def f(x):\n    return {}\nf(0)"
    async with server.client() as client:
        for tool in ("run_cell", "preview_cell"):
            told = text(await client.call_tool(tool, {"code": code.format("1 / x")}))
            assert "line 2, in f(x)" in told and "----> 2     return 1 / x" in told and "----> 3 f(0)" in told, told
        told = text(await client.call_tool("check_cell", {"code": code.format("f.__globals__")}))
        assert re.search(r"^ *2 .*__globals__", told, re.M), told


@in_loop
async def test_variables_and_objects_are_described(server):
    async with server.client() as client:
        await run(client, "measured = [1, 2, 3]")
        assert "measured" in text(await client.call_tool("list_variables", {}))
        assert "list" in text(await client.call_tool("inspect", {"name": "measured"}))
        assert "Append object" in text(await client.call_tool("inspect", {"name": "measured.append"}))
        gone = await client.call_tool("inspect", {"name": "no_such_thing"})
        assert gone.is_error and "no_such_thing" in text(gone)


@in_loop
async def test_the_policy_is_searched_and_says_which_layers_are_on(server):
    async with server.client() as client:
        assert "shutil.rmtree" in text(await client.call_tool("policy", {"text": "rmtree"}))
        assert "floor" in text(await client.call_tool("policy", {}))


@in_loop
async def test_undo_takes_back_what_a_cell_did(server):
    async with server.client() as client:
        await run(client, "%checkpoint before")
        await run(client, "taken_back = 1")
        result = await client.call_tool("undo", {"to": "before"})
        assert not result.is_error, text(result)
        assert (await run(client, "taken_back")).structured_content["ename"] == "NameError"
        assert (await client.call_tool("undo", {"to": "no such checkpoint"})).is_error


@in_loop
async def test_undo_right_after_a_cell(server):
    "An assistant that sees what its cell did takes it back at once: no moment has gone by."
    async with server.client() as client:
        await asyncio.sleep(0.5)
        for code in ("at_once = [1]", "at_once.append(2)"):
            assert not (await run(client, code)).is_error
        result = await client.call_tool("undo", {})
        assert not result.is_error, text(result)
        assert "[1]" in text(await run(client, "at_once"))


@in_loop
async def test_a_preview_shows_what_would_change_and_changes_nothing(server, tmp_path):
    async with server.client(Person("session")) as client:
        await run(client, "kept = [1]")
        await client.call_tool("request_permission", {"remedy": f"%ok_dests --add {tmp_path}", "reason": "for the preview"})
        code = f"kept.append(2)\nopen({str(tmp_path / 'previewed')!r}, 'w').write('effect')\nprint('ran', kept)"
        result = await client.call_tool("preview_cell", {"code": code})
        assert not result.is_error and "ran [1, 2]" in text(result), text(result)
        assert "previewed" in text(result) and "kept" in text(result)
        assert not (tmp_path / "previewed").exists() and text(await run(client, "kept")) == "[1]"


@in_loop
async def test_a_preview_tells_what_would_be_refused_and_what_fails(server, tmp_path):
    async with server.client() as client:
        refused = await client.call_tool("preview_cell", {"code": "import os\nos.mkdir('/previewed')"})
        assert "os.mkdir" in text(refused) and not Path("/previewed").exists()
        assert "ZeroDivisionError" in text(await client.call_tool("preview_cell", {"code": "1 / 0"}))
        assert (await client.call_tool("preview_cell", {})).is_error


@in_loop
async def test_an_interrupt_ends_the_cell_of_another_client(server):
    async with server.client() as one, server.client() as other:
        cell = asyncio.create_task(run(one, "import time\nprint('begun')\ntime.sleep(1000)"))
        while not cell.done(): # it may not have begun yet
            await other.call_tool("interrupt", {})
            await asyncio.wait({cell}, timeout=0.3)
        assert cell.result().structured_content["ename"] == "KeyboardInterrupt"


@in_loop
async def test_a_cell_that_runs_too_long_is_interrupted(server):
    async with server.client() as client:
        result = await run(client, "before = 1\nwhile True:\n    pass", timeout_s=0.5)
        assert result.is_error and result.structured_content["status"] == "timeout" and "timeout_s (0.5 s)" in text(result)
        assert text(await run(client, "before")) == "1"


@in_loop
async def test_a_call_that_is_given_up_ends_its_cell_and_no_other(server):
    async with server.client(mode="legacy") as client, server.client() as other:
        cell = asyncio.create_task(run(client, "import time\nran_on = []\nfor _ in range(1000):\n    time.sleep(0.1)\n    ran_on.append(1)"))
        queued = asyncio.create_task(run(client, "never = 1\nimport time\ntime.sleep(1000)"))
        await asyncio.sleep(1)
        queued.cancel()
        cell.cancel()
        await asyncio.gather(cell, queued, return_exceptions=True)
        assert (await run(other, "len(ran_on) < 500")).content[0].text == "True"


@in_loop
async def test_a_restart_begins_anew(environment, tmp_path):
    server = Server(environment, tmp_path)
    try:
        async with server.client() as client, server.client() as other:
            await run(client, "gone = 1")
            cell = asyncio.create_task(run(other, "import time\ntime.sleep(1000)"))
            await asyncio.sleep(0.5)
            assert not (await client.call_tool("restart", {})).is_error
            assert "restarted" in text(await cell) and (await cell).is_error
            assert (await run(client, "gone")).structured_content["ename"] == "NameError"
            assert text(await run(client, "1 + 1")) == "2"
    finally:
        server.stop()


@in_loop
async def test_a_kernel_that_is_gone_is_told_and_started_again(environment, tmp_path):
    server = Server(environment, tmp_path)
    try:
        async with server.client() as client:
            front, = (pid for pid in children(server.process.pid) if "safepyrun-kernel" in Path(f"/proc/{pid}/cmdline").read_text())
            cell = asyncio.create_task(run(client, "import time\ntime.sleep(1000)"))
            await asyncio.sleep(0.5)
            os.kill(front, signal.SIGKILL)
            assert "The kernel is gone" in text(await cell) and (await cell).is_error
            after = await run(client, "1")
            assert after.is_error and "restart" in text(after)
            await client.call_tool("restart", {})
            assert text(await run(client, "1")) == "1"
    finally:
        server.stop()


@in_loop
async def test_a_cell_that_kills_python_is_told(server):
    async with server.client() as client:
        result = await run(client, "import ctypes\nctypes.string_at(0)")
        assert result.is_error
        assert text(await run(client, "1 + 1")) == "2"


# ---- questions ---------------------------------------------------------------------------------------------------------------------

@MODES
@in_loop
async def test_a_person_who_says_yes_is_asked_once(server, mode, tmp_path):
    person = Person("session")
    async with server.client(person, mode) as client:
        result = await client.call_tool("request_permission", {"remedy": f"%ok_dests --add {tmp_path}", "reason": "the report goes there"})
        assert not result.is_error, text(result)
        assert text(result).endswith(f"Permitted: %ok_dests --add {tmp_path}. Run the refused cell again.")
        asked, = person.asked
        assert str(tmp_path) in asked.message and "the report goes there" in asked.message
        assert asked.requested_schema["properties"]["answer"]["enum"] == ["once", "session", "project", "no"]
        assert not (await run(client, f"open({str(tmp_path / 'x')!r}, 'w').write('1')")).is_error and (tmp_path / "x").exists()


@MODES
@in_loop
async def test_a_projects_file_is_put_to_the_person_before_it_holds(stdio, mode, tmp_path):
    (tmp_path / ".safepyrun.toml").write_text(f'trust = ["shutil.rmtree"]\n# {mode}\n')
    (tmp_path / "tree").mkdir()
    person = Person("no")
    async with stdio(person=person, mode=mode) as client:
        result = await run(client, "1 + 1")
        asked, = person.asked
        assert "call, with all its effects, shutil.rmtree" in asked.message and "2" in text(result)
        assert asked.requested_schema["properties"]["answer"]["enum"] == ["yes", "no"]
        assert "%allow --project" in text(result)
        person.answers.append("yes")
        await client.call_tool("request_permission", {"remedy": "%allow --project", "reason": "the tree is old"})
        assert len(person.asked) == 2 and not (await run(client, "import shutil\nshutil.rmtree('tree')")).is_error
    assert not (tmp_path / "tree").exists()


@MODES
@in_loop
async def test_a_cell_goes_on_in_place_after_a_yes(server, mode, tmp_path):
    person = Person("once", "once")
    async with server.client(person, mode) as client:
        code = f"counted = globals().get('counted', 0) + 1\nfor name in 'ab':\n    with open({str(tmp_path)!r} + '/' + name, 'w') as f:\n        f.write(name)\nprint(counted)"
        result = await run(client, "counted = 0\n" + code)
        assert text(result) == "1\n" and (tmp_path / "b").read_text() == "b"
        asked, = person.asked # once for the callable and the folder, and nothing was run again
        assert "\n  open in" in asked.message and str(tmp_path) in asked.message and "line 4" in asked.message
        assert asked.requested_schema["properties"]["answer"]["enum"] == ["once", "session", "project", "no"] and "[o]nce" not in asked.message


@MODES
@in_loop
async def test_a_cell_that_a_person_says_no_to_is_refused(server, mode, tmp_path):
    person = Person("no")
    async with server.client(person, mode) as client:
        result = await run(client, f"before = 1\nopen({str(tmp_path / 'x')!r}, 'w')")
        assert result.structured_content["refusal"]["callable"] == "open" and len(person.asked) == 1 and not (tmp_path / "x").exists()


@MODES
@in_loop
async def test_a_cell_of_a_client_that_does_not_ask_is_refused(server, mode, tmp_path):
    async with server.client(mode=mode) as client:
        result = await run(client, f"open({str(tmp_path / 'x')!r}, 'w')")
        assert result.structured_content["refusal"]["remedy"].startswith("%ok_dests") and not (tmp_path / "x").exists()


@MODES
@in_loop
async def test_the_time_of_a_question_is_not_the_cells(server, mode):
    async def slow(context, params):
        await asyncio.sleep(2.5)
        return await person(context, params)
    person = Person("Ada")
    async with server.client(slow, mode) as client:
        assert text(await run(client, "print(input('Name: '))", timeout_s=2)) == "Ada\n"


@in_loop
async def test_a_script_that_ends_with_sys_exit_is_no_error(server):
    async with server.client() as client:
        result = await run(client, "import sys\nprint('done')\nsys.exit(0)")
        assert not result.is_error and "done" in text(result) and "Traceback" not in text(result)
        assert (await run(client, "import sys\nsys.exit(2)")).is_error


@MODES
@pytest.mark.parametrize("answer", ["no", None])
@in_loop
async def test_a_no_changes_nothing(server, mode, answer, tmp_path):
    person = Person(answer)
    async with server.client(person, mode) as client:
        result = await client.call_tool("request_permission", {"remedy": f"%ok_dests --add {tmp_path}", "reason": "why not"})
        assert result.is_error and len(person.asked) == 1 and result.structured_content["status"] == "refused"
        assert str(tmp_path) not in text(await run(client, "%ok_dests"))


@MODES
@in_loop
async def test_a_client_that_does_not_ask_is_a_no(server, mode, tmp_path):
    async with server.client(mode=mode) as client:
        result = await client.call_tool("request_permission", {"remedy": f"%ok_dests --add {tmp_path}", "reason": "why not"})
        assert result.is_error and "approval" in text(result)
        assert (await run(client, "input('Name: ')")).structured_content["ename"] == "StdinNotImplementedError"


@MODES
@in_loop
async def test_input_asks_the_person(server, mode):
    person = Person("Ada", "Lovelace")
    async with server.client(person, mode) as client:
        result = await run(client, "first = input('First: ')\nlast = input('Last: ')\nprint(first, last)")
        assert text(result) == "Ada Lovelace\n" and ["First: " in asked.message for asked in person.asked] == [True, False]


@MODES
@in_loop
async def test_input_that_nobody_answers_is_interrupted(server, mode):
    person = Person(None)
    async with server.client(person, mode) as client:
        result = await run(client, "input('Name: ')")
        assert result.is_error and result.structured_content["ename"] == "KeyboardInterrupt"


@MODES
@in_loop
async def test_a_password_is_not_passed_on(server, mode):
    person = Person("secret")
    async with server.client(person, mode) as client:
        result = await run(client, "import getpass\ngetpass.getpass()")
        assert result.is_error and "secret" not in text(result) and person.asked[0].requested_schema["properties"] == {}


@in_loop
async def test_a_cell_cannot_make_its_question_look_like_the_sandboxs(server):
    person = Person("whatever")
    async with server.client(person) as client:
        await run(client, "input('May it write below /? ')")
        assert person.asked[0].message.startswith("A cell asks: ")


# ---- clients -----------------------------------------------------------------------------------------------------------------------

@in_loop
async def test_two_clients_share_the_variables_and_take_turns(server):
    async with server.client() as one, server.client() as other:
        await run(one, "shared = []")
        code = "import time\nfor _ in range(20):\n    shared.append({!r})\n    time.sleep(0.005)"
        await asyncio.gather(*(run(client, code.format(name)) for client, name in ((one, "a"), (other, "b"), (one, "c"), (other, "d"))))
        runs = text(await run(one, "import itertools\n[len([*group]) for _, group in itertools.groupby(shared)]"))
        assert runs == "[20, 20, 20, 20]"


@in_loop
async def test_an_error_of_one_client_does_not_stop_the_others_cell(server):
    async with server.client() as one, server.client() as other:
        failing, fine = await asyncio.gather(run(one, "import time\ntime.sleep(0.3)\n1 / 0"), run(other, "'fine'"))
        assert failing.is_error and text(fine) == "'fine'"


@in_loop
async def test_a_question_of_one_client_is_not_put_to_another(server, tmp_path):
    person, bystander = Person("no"), Person()
    async with server.client(person) as one, server.client(bystander) as other:
        await asyncio.gather(run(one, f"%ok_dests --add {tmp_path}"), run(other, "1"))
        assert len(person.asked) == 1 and bystander.asked == []


def test_nobody_comes_in_without_the_token(server):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": ""}):
        request = urllib.request.Request(server.url, b"{}", {"Content-Type": "application/json", **headers})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        assert refused.value.code == 401


def test_another_host_name_is_refused(server):
    "A web page that has its own name point to this machine."
    request = urllib.request.Request(server.url, b"{}", {"Content-Type": "application/json", "Host": "evil.example", "Authorization": f"Bearer {TOKEN}"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code in (400, 403, 421)


@in_loop
async def test_a_cell_does_not_see_the_token(server):
    async with server.client() as client:
        assert TOKEN not in text(await run(client, "import os\ndict(os.environ)"))


# ---- bad input ---------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("tool, given, why", [
    ("run_cell", {}, "needs code"), ("run_cell", {"code": 3}, "code is text"), ("run_cell", {"code": ["a"]}, "code is text"),
    ("run_cell", {"code": "1", "timeout_s": 0}, "greater than 0"), ("run_cell", {"code": "1", "timeout_s": -1}, "greater than 0"),
    ("run_cell", {"code": "1", "timeout_s": "5"}, "greater than 0"), ("run_cell", {"code": "1", "timeout_s": True}, "greater than 0"),
    ("run_cell", {"code": "1", "cell": 1}, "not 'cell'"), ("run_cell", {"code": "1\x00"}, ""), ("run_cell", {"code": "def"}, "SyntaxError"),
    ("inspect", {"name": "1 + 1"}, "is a name"), ("inspect", {"name": "f()"}, "is a name"), ("inspect", {"name": ""}, "is a name"),
    ("policy", {"text": "a\nprint(1)"}, "one line"), ("undo", {"to": "1\nx = 1"}, "one line"), ("undo", {"files": "yes"}, "true or false"),
    ("request_permission", {"remedy": "print(1)", "reason": "r"}, "begins with"), ("request_permission", {"remedy": "", "reason": "r"}, "begins with"),
    ("request_permission", {"remedy": "%ok_dests /tmp", "reason": " "}, "reason"), ("request_permission", {"remedy": "%ok_dests a\nb", "reason": "r"}, "one line"),
    ("interrupt", {"now": True}, "takes nothing"),
])
@in_loop
async def test_bad_arguments_get_a_clear_error(server, tool, given, why):
    async with server.client() as client:
        result = await client.call_tool(tool, given)
        assert result.is_error and why in text(result)
        assert text(await run(client, "1")) == "1"


@in_loop
async def test_an_unknown_tool_is_an_error_that_names_the_others(server):
    async with server.client() as client:
        with pytest.raises(MCPError, match="run_cell"):
            await client.call_tool("run_shell", {})


@pytest.mark.parametrize("options, why", [
    (["--existing", "no-such-kernel"], "neither a connection file nor the id"), (["--kernel", "no-such-spec"], "no kernelspec"),
    (["--folder", "no-such-folder"], "no folder"), (["--max-output", "1"], "at least"), (["--notebook", "no/such/folder/n.ipynb"], "No such file"),
    (["--notebook", "bad.ipynb"], "no notebook"), (["--notebook", "list.ipynb"], "no notebook"), (["--http", "99999"], "no port"),
    (["--existing", "x", "--python", "y"], "own"), (["--python", "/no/such/python"], ""), (["--existing", "bad.json"], "neither"),
])
def test_a_server_that_cannot_be_says_why(environment, tmp_path, monkeypatch, capfd, options, why):
    (tmp_path / "bad.ipynb").write_text("no JSON")
    (tmp_path / "list.ipynb").write_text("[]")
    (tmp_path / "bad.json").write_text("{")
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "JUPYTER_PATH", "JUPYTER_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, environment[name])
    assert main(["mcp", *options]) == 2
    said = capfd.readouterr()
    assert "safepyrun mcp: " in said.err and why in said.err and said.out == "" and (tmp_path / "bad.ipynb").read_text() == "no JSON"


def test_without_the_packages_of_the_extra_it_says_what_to_install(environment, tmp_path):
    (tmp_path / "mcp_types.py").write_text("raise ModuleNotFoundError(\"No module named 'mcp_types'\")")
    path = os.pathsep.join([str(tmp_path), environment["PYTHONPATH"]])
    done = subprocess.run(command(), env={**environment, "PYTHONPATH": path}, input="", capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "pip install 'safepyrun-kernel[mcp]'" in done.stderr


# ---- standard input and output, the end of a server --------------------------------------------------------------------------------

@MODES
@in_loop
async def test_over_standard_input_and_output(stdio, mode, tmp_path):
    person = Person("once")
    async with stdio(person=person, mode=mode) as client:
        assert text(await run(client, "import os\nprint('to stdout')\nos.getcwd()")) == f"to stdout\n\n{str(tmp_path)!r}"
        assert not (await run(client, "%ok_dests --add out")).is_error and len(person.asked) == 1


@in_loop
async def test_a_cell_that_writes_to_descriptor_1_does_not_break_the_protocol(stdio):
    async with stdio() as client:
        await run(client, "import os\nos.write(1, b'not JSON\\n')")
        assert text(await run(client, "1")) == "1"


def kernels(process):
    return [pid for pid in children(process) if "safepyrun" in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@in_loop
async def test_its_own_kernel_ends_with_a_server_that_is_killed_in_the_middle_of_a_cell(environment, tmp_path, number):
    server = Server(environment, tmp_path, "--notebook", tmp_path / "n.ipynb")
    processes = children(server.process.pid)
    assert processes
    try:
        async with asyncio.timeout(60):
            try:
                async with server.client() as client:
                    cell = asyncio.create_task(run(client, "import time\nprint('begun')\nwhile True:\n    time.sleep(0.1)"))
                    while "stream" not in (tmp_path / "n.ipynb").read_text():
                        await asyncio.sleep(0.05)
                    server.process.send_signal(number)
                    await cell
            except BaseException: # however the client says that its server is gone
                pass
        server.process.wait(15)
        assert wait_until(lambda: not any(map(is_alive, processes)), 10)
        kept = nbformat.read(tmp_path / "n.ipynb", 4)
        assert kept.cells[0].outputs[0].text == "begun\n"
    finally:
        server.stop()


@in_loop
async def test_a_server_ends_when_its_client_closes_its_input_in_the_middle_of_a_cell(environment, tmp_path):
    process = await asyncio.create_subprocess_exec(*command(), env=environment, cwd=tmp_path, stdin=-1, stdout=-1)
    async def call(number, method, params):
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **({"id": number} if number else {}), "method": method, "params": params}).encode() + b"\n")
        await process.stdin.drain()
    await call(1, "initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}})
    assert json.loads(await process.stdout.readline())["result"]["serverInfo"]["name"] == "safepyrun"
    await call(None, "notifications/initialized", {})
    processes = children(process.pid)
    await call(2, "tools/call", {"name": "run_cell", "arguments": {"code": "import time\ntime.sleep(1000)"}})
    await asyncio.sleep(0.5)
    process.stdin.close()
    await asyncio.wait_for(process.wait(), 15)
    assert wait_until(lambda: not any(map(is_alive, processes)), 10)


# ---- a kernel that somebody has open -----------------------------------------------------------------------------------------------

@pytest.fixture
def opened(tmp_path):
    "A kernel that a person has open."
    kernel = RawKernel(tmp_path / "opened")
    yield kernel
    kernel.stop()


@in_loop
async def test_an_existing_kernel_shares_its_variables_and_lives_on(stdio, opened):
    opened.run("of_the_person = 'hers'")
    async with stdio("--existing", opened.file) as client:
        assert text(await run(client, "of_the_assistant = 1\nof_the_person")) == "'hers'"
        assert opened.run("of_the_assistant").plain == "1"
        refused = await client.call_tool("restart", {})
        assert refused.is_error and "somebody else" in text(refused)
    assert opened.alive and opened.run("of_the_assistant").plain == "1"


@in_loop
async def test_a_server_that_is_killed_leaves_an_existing_kernel_alone(environment, tmp_path, opened):
    server = Server(environment, tmp_path, "--existing", opened.file)
    try:
        async with server.client() as client:
            cell = asyncio.create_task(run(client, "import time\nprint('begun')\ntime.sleep(1.5)\nfinished = True"))
            await asyncio.to_thread(wait_for_stream, opened, "begun")
            server.process.kill()
            await asyncio.wait({cell}, timeout=1)
            cell.cancel()
    except BaseException: # its server is gone
        pass
    finally:
        server.stop()
    assert opened.alive and opened.run("finished").plain == "True"


def wait_for_stream(kernel, wanted):
    while True:
        message = kernel.client.get_iopub_msg(timeout=20)
        if message["msg_type"] == "stream" and wanted in message["content"]["text"]:
            return


@in_loop
async def test_an_existing_kernel_that_ends_is_told(stdio, opened):
    async with stdio("--existing", opened.file) as client:
        cell = asyncio.create_task(run(client, "import time\ntime.sleep(1000)"))
        await asyncio.to_thread(lambda: wait_until(lambda: any(is_alive(pid) for pid in children(opened.process.pid))))
        opened.process.kill()
        result = await cell
        assert result.is_error and "The kernel is gone" in text(result)


def test_a_kernel_without_the_sandbox_is_refused(environment, tmp_path):
    from jupyter_client import KernelManager
    from jupyter_client.kernelspec import KernelSpec
    manager = KernelManager()
    manager._kernel_spec = KernelSpec(argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"])
    manager.start_kernel()
    try:
        done = subprocess.run(command("--existing", manager.connection_file), env=environment, input="", capture_output=True, text=True, timeout=60)
    finally:
        manager.shutdown_kernel(now=True)
    assert done.returncode == 2 and "is ipython, not safepyrun" in done.stderr


# ---- the notebook ------------------------------------------------------------------------------------------------------------------

@in_loop
async def test_a_session_is_a_notebook(stdio, tmp_path):
    file = tmp_path / "session.ipynb"
    async with stdio("--notebook", file) as client:
        await run(client, "print('é'); 6 * 7")
        await run(client, "1 / 0")
        await client.call_tool("list_variables", {})
        await run(client, "import matplotlib.pyplot as plt\nplt.plot([1]);")
    notebook = nbformat.read(file, 4)
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == ["print('é'); 6 * 7", "1 / 0", "import matplotlib.pyplot as plt\nplt.plot([1]);"]
    assert [cell.execution_count for cell in notebook.cells] == [1, 2, 3]
    assert notebook.cells[0].outputs[0].text == "é\n" and notebook.cells[0].outputs[1].data["text/plain"] == "42"
    assert notebook.cells[1].outputs[0].ename == "ZeroDivisionError" and "image/png" in notebook.cells[2].outputs[0].data
    assert notebook.cells[0].metadata.safepyrun.tool == "run_cell" and [*tmp_path.glob(".*")] == []


@in_loop
async def test_a_notebook_is_gone_on_with_and_a_persons_changes_stay(stdio, tmp_path):
    file = tmp_path / "session.ipynb"
    async with stdio("--notebook", file) as client:
        await run(client, "'first'")
        notebook = nbformat.read(file, 4)
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# My notes"))
        nbformat.write(notebook, file)
        await run(client, "'second'")
    async with stdio("--notebook", file) as client:
        await run(client, "'third'")
    notebook = nbformat.read(file, 4)
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == ["# My notes", "'first'", "'second'", "'third'"]


@in_loop
async def test_a_notebook_that_cannot_be_written_loses_no_cell(stdio, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    async with stdio("--notebook", folder / "n.ipynb") as client:
        (folder / "n.ipynb").unlink()
        folder.rmdir()
        result = await run(client, "6 * 7")
        assert "42" in text(result) and "could not be written" in text(result)
        folder.mkdir()
        assert text(await run(client, "1")) == "1"
    assert [cell.source for cell in nbformat.read(folder / "n.ipynb", 4).cells] == ["6 * 7", "1"]
