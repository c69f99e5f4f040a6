"""Comms both ways: the kernel's own manager, the package `comm`, and widgets."""
import sys

import pytest

from test_cells import Kernel

SETUP = '''
manager = get_ipython().kernel.comm_manager
opened, got = [], []
def target(comm, message):
    opened.append(comm)
    print('opened with', message['content']['data'])
    @comm.on_msg
    def on_message(message):
        got.append((message['content']['data'], [bytes(b) for b in message['buffers']]))
        print('got', message['content']['data'])
        comm.send({'echo': message['content']['data']}, buffers=[b'back', memoryview(b'again')])
    comm.on_close(lambda message: print('closed'))
manager.register_target('test', target)
'''


def send(kernel, msg_type, content, buffers=()):
    "Send a comm message; what came on iopub until the kernel was idle again, its statuses left out."
    client = kernel.client
    message = client.session.msg(msg_type, content)
    client.session.send(client.shell_channel.socket, message, buffers=list(buffers))
    seen = []
    while True:
        got = client.get_iopub_msg(timeout=20)
        assert got["parent_header"]["msg_id"] == message["header"]["msg_id"]
        if got["msg_type"] != "status":
            seen.append(got)
        elif got["content"]["execution_state"] == "idle":
            return seen


def info(kernel, target_name=None):
    "The comms that the kernel says are open."
    client = kernel.client
    client.comm_info(target_name)
    reply = client.get_shell_msg(timeout=20)
    while True:
        got = client.get_iopub_msg(timeout=20)
        if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
            assert reply["content"]["status"] == "ok"
            return reply["content"]["comms"]


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    kernel.run(SETUP)
    yield kernel
    kernel.stop()


def test_there_are_no_comms_at_first():
    fresh = Kernel()
    try:
        assert info(fresh) == {}
    finally:
        fresh.stop()


def test_the_frontend_opens_talks_and_closes(kernel):
    seen = send(kernel, "comm_open", {"comm_id": "a", "target_name": "test", "data": {"n": 1}})
    assert [m["content"]["text"] for m in seen] == ["opened with {'n': 1}\n"]
    assert info(kernel) == {"a": {"target_name": "test"}}
    seen = send(kernel, "comm_msg", {"comm_id": "a", "data": {"n": 2}}, [b"\0one", b"two"])
    assert [m["msg_type"] for m in seen] in (["stream", "comm_msg"], ["comm_msg", "stream"])
    answer, = (m for m in seen if m["msg_type"] == "comm_msg")
    assert answer["content"] == {"comm_id": "a", "data": {"echo": {"n": 2}}}
    assert [bytes(b) for b in answer["buffers"]] == [b"back", b"again"]
    assert kernel.run("got.pop()").plain == "({'n': 2}, [b'\\x00one', b'two'])"
    seen = send(kernel, "comm_close", {"comm_id": "a", "data": {}})
    assert [m["content"]["text"] for m in seen] == ["closed\n"]
    assert info(kernel) == {}


def test_a_number_that_a_browser_sends(kernel):
    """Given 1e20 as JSON.stringify writes it, then the handler gets that number, exactly, and can send it back."""
    kernel.run(SETUP)
    send(kernel, "comm_open", {"comm_id": "large", "target_name": "test", "data": {}})
    echo, = [m["content"] for m in send(kernel, "comm_msg", {"comm_id": "large", "data": {"value": 10 ** 20}})
             if m["msg_type"] == "comm_msg"]
    assert echo["data"] == {"echo": {"value": 10 ** 20}}
    assert kernel.run("got[-1][0]").plain == "{'value': 100000000000000000000}"
    send(kernel, "comm_close", {"comm_id": "large"})


def test_an_unknown_target_is_closed_again(kernel):
    seen = send(kernel, "comm_open", {"comm_id": "b", "target_name": "nobody", "data": {}})
    assert [m["content"]["comm_id"] for m in seen if m["msg_type"] == "comm_close"] == ["b"]
    assert any("nobody" in m["content"].get("text", "") for m in seen) and info(kernel) == {}


def test_a_target_that_raises_is_closed_again(kernel):
    kernel.run("def raises(comm, message): raise ValueError('of the target')\nmanager.register_target('raises', raises)")
    seen = send(kernel, "comm_open", {"comm_id": "c", "target_name": "raises", "data": {}})
    assert [m["content"]["comm_id"] for m in seen if m["msg_type"] == "comm_close"] == ["c"]
    assert any("of the target" in m["content"].get("text", "") for m in seen)


def test_a_handler_that_raises_is_shown(kernel):
    send(kernel, "comm_open", {"comm_id": "d", "target_name": "test", "data": {}})
    kernel.run("def fails(message): raise ValueError('of the handler')\nopened[-1].on_msg(fails)")
    seen = send(kernel, "comm_msg", {"comm_id": "d", "data": {}})
    assert any("of the handler" in m["content"].get("text", "") for m in seen)
    send(kernel, "comm_close", {"comm_id": "d", "data": {}})
    assert kernel.run("1").plain == "1"


@pytest.mark.parametrize("msg_type", ["comm_msg", "comm_close"])
def test_messages_for_nobody_pass(kernel, msg_type):
    assert send(kernel, msg_type, {"comm_id": "nobody", "data": {}}) == []


@pytest.mark.parametrize("content", [{}, {"comm_id": 3, "data": {}}, {"comm_id": None}])
@pytest.mark.parametrize("msg_type", ["comm_open", "comm_msg", "comm_close"])
def test_malformed_messages_harm_nothing(kernel, msg_type, content):
    send(kernel, msg_type, content)
    assert kernel.run("1").plain == "1"


def test_the_kernel_opens_and_the_list_is_filtered(kernel):
    cell = kernel.run("from _safepyrun_comm import create_comm\nown = create_comm('mine', data={'n': 1}, buffers=[b'x'])")
    opening, = (m for m in cell.messages if m["msg_type"] == "comm_open")
    assert opening["content"]["target_name"] == "mine" and opening["content"]["data"] == {"n": 1}
    assert [bytes(b) for b in opening["buffers"]] == [b"x"]
    comm_id = opening["content"]["comm_id"]
    assert info(kernel, "mine") == {comm_id: {"target_name": "mine"}} and info(kernel, "other") == {}
    assert [m["msg_type"] for m in kernel.run("own.close(); own.close()").messages].count("comm_close") == 1
    assert info(kernel) == {}


def test_handlers_see_the_request(kernel):
    kernel.run("seen = []\nmanager.register_target('header', lambda comm, message: seen.append(message['header']))")
    send(kernel, "comm_open", {"comm_id": "e", "target_name": "header", "data": {}})
    send(kernel, "comm_close", {"comm_id": "e", "data": {}})
    assert kernel.run("seen[0]['msg_type'], len(seen[0]['msg_id']) > 8").plain == "('comm_open', True)"


@pytest.mark.parametrize("handler", [
    "lambda message: os.system('touch {target}')", "lambda message: open('{target}', 'w')",
    "lambda message: (lambda f: f('touch {target}'))(vars(os)['system'])"])
def test_handlers_have_a_cells_rights(kernel, tmp_path, handler):
    send(kernel, "comm_open", {"comm_id": "f", "target_name": "test", "data": {}})
    kernel.run(f"import os\nopened[-1].on_msg({handler.format(target=tmp_path / 'effect')})")
    seen = send(kernel, "comm_msg", {"comm_id": "f", "data": {}})
    send(kernel, "comm_close", {"comm_id": "f", "data": {}})
    assert any("Denied" in m["content"].get("text", "") for m in seen) and not (tmp_path / "effect").exists()


# ---- with libraries of the Python that runs these tests

@pytest.fixture(scope="module")
def widgets():
    pytest.importorskip("ipywidgets")
    kernel = Kernel("--python", sys.executable)
    assert kernel.run("import ipywidgets as w\nslider = w.IntSlider(value=3)\nslider").reply["status"] == "ok"
    yield kernel
    kernel.stop()


def updates(cell_or_messages):
    "The states that were sent to the frontend; not the echoes of its own."
    messages = getattr(cell_or_messages, "messages", cell_or_messages)
    data = [m["content"]["data"] for m in messages if m["msg_type"] == "comm_msg"]
    return [d["state"] for d in data if d["method"] == "update"]


def test_the_package_comm_uses_the_kernels_manager(widgets):
    assert widgets.run("import comm\ncomm.get_comm_manager() is get_ipython().kernel.comm_manager").plain == "True"


def test_a_widget_is_shown_by_its_model(widgets):
    view = widgets.run("slider").data["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] in info(widgets, "jupyter.widget")


def test_python_moves_the_slider(widgets):
    assert updates(widgets.run("slider.value = 8")) == [{"value": 8}]


def test_the_frontend_moves_the_slider(widgets):
    model = widgets.run("slider.observe(lambda change: print('now', change.new), 'value')\nslider.model_id").plain.strip("'")
    seen = send(widgets, "comm_msg", {"comm_id": model, "data": {"method": "update", "state": {"value": 42}, "buffer_paths": []}})
    assert [m["content"]["text"] for m in seen if m["msg_type"] == "stream"] == ["now 42\n"]
    assert updates(seen) == []  # the frontend has it
    assert widgets.run("slider.value").plain == "42"


def test_output_widgets_name_the_request_whose_output_they_take(widgets):
    cell = widgets.run("out = w.Output()\nwith out:\n    print('inside')")
    msg_id = cell.messages[0]["parent_header"]["msg_id"]
    assert updates(cell) == [{"msg_id": msg_id}, {"msg_id": ""}]


def test_errors_go_into_the_output_widget(widgets):
    cell = widgets.run("with out: 1/0")
    assert cell.reply["status"] == "ok" and cell.types.count("error") == 1


def test_interact_runs_with_each_value(widgets):
    cell = widgets.run("control = w.interactive(lambda x: print('x is', x), x=(0, 10))\ndisplay(control)")
    assert "x is 5\n" in cell.stream()
    model = widgets.run("control.children[0].model_id").plain.strip("'")
    seen = send(widgets, "comm_msg", {"comm_id": model, "data": {"method": "update", "state": {"x": 0, "value": 7},
                                                                 "buffer_paths": []}})
    assert "".join(m["content"]["text"] for m in seen if m["msg_type"] == "stream") == "x is 7\n"


def test_the_handler_of_a_button_runs(widgets):
    model = widgets.run("button = w.Button()\nbutton.on_click(lambda b: print('clicked'))\nbutton.model_id").plain.strip("'")
    seen = send(widgets, "comm_msg", {"comm_id": model, "data": {"method": "custom", "content": {"event": "click"}}})
    assert [m["content"]["text"] for m in seen if m["msg_type"] == "stream"] == ["clicked\n"]


@pytest.mark.parametrize("buffers", ["[bytes(2**30 + 8192)]", "[bytes(2**29), bytes(2**29 + 8192)]", "[bytes(2**32 + 1)]"])
def test_a_message_too_large_is_an_error_of_the_cell(kernel, buffers):
    kernel.run("from _safepyrun_comm import create_comm\nlarge = create_comm('mine')")
    cell = kernel.run(f"large.send({{}}, buffers={buffers})")  # the memory is never touched
    assert cell.reply["status"] == "error" and "too long" in cell.reply["evalue"], cell.reply
    assert kernel.run("large.send({}, buffers=[b'x'])\n'still there'").plain == "'still there'"


@pytest.mark.parametrize("code", ["import comm", "import json, comm", "import matplotlib\nmatplotlib.get_backend()"])
def test_the_kernel_takes_part_in_an_import_whoever_imports_first(start, code):
    cell = start().run(code)
    assert cell.reply["status"] == "ok", cell.traceback
