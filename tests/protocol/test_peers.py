"""What notebooks, libraries and launchers that were made with other Python kernels rely on."""
import datetime
import os
import re
import signal
import sys

import pytest
from test_cells import ANSI


def test_settings_of_classes_on_the_command_line(start):
    """Given a launcher that passes IPython's settings, when the kernel starts, then it takes the history's place from
    them, says which it does not have, and runs cells."""
    kernel = start("--HistoryManager.hist_file=:memory:", "--InteractiveShell.colors=Linux")
    assert kernel.run("print(6 * 7)").stream() == "42\n"
    assert "InteractiveShell.colors is no setting of this kernel" in kernel.log
    assert "HistoryManager" not in kernel.log


def test_execute_reply_tells_when_it_started(raw):
    """Given a cell that takes a while, then its reply says when it started, from which frontends show how long it took."""
    msg_id = raw.client.execute("import time; time.sleep(0.2)")
    reply = raw.client.get_shell_msg(timeout=10)
    assert reply["parent_header"]["msg_id"] == msg_id
    started = datetime.datetime.fromisoformat(reply["metadata"]["started"].replace("Z", "+00:00"))
    assert reply["header"]["date"] - started >= datetime.timedelta(seconds=0.2)


def test_of_two_texts_for_the_next_cell_the_later_stands(raw):
    """Given set_next_input called twice, then the reply carries one payload, the later; pages are all kept."""
    cell = raw.run("ip = get_ipython()\nip.set_next_input('one')\nip.set_next_input('two')")
    assert [p["text"] for p in cell.reply["payload"]] == ["two"]
    pages = raw.run("ip.run_line_magic('pinfo', 'len')\nip.run_line_magic('pinfo', 'max')").reply["payload"]
    assert [p["source"] for p in pages] == ["page", "page"]


def test_payloads_of_one_source(raw):
    """Given two payloads with the same source, then with single=False the reply has both, else the later."""
    code = "for n in range(2): get_ipython().payload_manager.write_payload({{'source': 'test', 'n': n}}, single={})"
    assert [p["n"] for p in raw.run(code.format(False)).reply["payload"]] == [0, 1]
    assert [p["n"] for p in raw.run(code.format(True)).reply["payload"]] == [1]


def test_in_is_the_historys_list(raw):
    """Given extensions that keep the shell's lists, then those are In and Out themselves."""
    assert raw.run("ip = get_ipython()\nh = ip.history_manager\n"
                   "ip.user_ns['In'] is h.input_hist_parsed is h.input_hist_raw is In, h.output_hist is Out").plain == "(True, True)"


@pytest.mark.parametrize("call, kept", [("exit()", False), ("quit(keep_kernel=True)", True), ("exit(True)", True)])
def test_exit_may_keep_the_kernel(raw, call, kept):
    """Given exit with and without keep_kernel, then the frontend is told whether the kernel runs on."""
    assert raw.run(call).reply["payload"] == [{"source": "ask_exit", "keepkernel": kept}]


def test_tracebacks_of_indented_cells_mark_the_right_columns(raw):
    """Given a cell that is indented as a whole, when a line fails, then what is marked is the expression that failed."""
    traceback = "\n".join(raw.run("    a = 1\n    b = a.foo + 2").reply["traceback"])
    assert re.search(r"\x1b\[43ma\.foo\x1b\[0m \+ 2", traceback), traceback


def test_tracebacks_of_magics_show_what_was_typed(raw):
    """Given a magic that fails, then its line is shown as typed, and no part of it is marked."""
    traceback = "\n".join(raw.run("a = 1\n%run no-such-file.py").reply["traceback"])
    assert "2 %run no-such-file.py" in ANSI.sub("", traceback)
    assert "\x1b[43m" not in traceback.partition("%run")[0] + traceback.partition("%run")[2].splitlines()[0]


def test_threads_print_where_they_are_told_to(raw):
    """Given a thread of an older cell that takes a later cell's request as its parent, then it prints there, and back at
    its own cell when it is told so."""
    first = raw.run("""
import threading
ip, go, done = get_ipython(), threading.Event(), threading.Event()
def work():
    go.wait(10)
    token = ip.set_thread_parent(later)
    print("later", flush=True)
    ip.reset_thread_parent(token)
    print("own", flush=True)
    done.set()
thread = threading.Thread(target=work); thread.start()
""")
    later = raw.run("later = ip.get_parent()\ngo.set()\nassert done.wait(10)\nthread.join()")
    assert later.reply["status"] == "ok"
    assert later.stream() == "later\n"
    assert "".join(m["content"]["text"] for m in later.others) == "own\n"
    assert first.reply["status"] == "ok"


def test_the_parent_tells_the_session(raw):
    """Given get_ipython().kernel, then the request of the running cell and the identity of its session can be read."""
    cell = raw.run("k = get_ipython().kernel\np = k.get_parent('shell')\n"
                   "print(p['header']['msg_type'], k._parent_ident['shell'][0].decode() == p['header']['session'])")
    assert cell.stream() == "execute_request True\n"


def test_libraries_send_through_the_kernels_session(raw):
    """Given code that sends displays through get_ipython().kernel, then they arrive as the running cell's, and a request
    that get_parent() gave gets what is sent for it."""
    first = raw.run("k = get_ipython().kernel\nold = k.get_parent()\nbundle = {'data': {'text/plain': 'x'}, 'metadata': {},"
                    " 'transient': {'display_id': 'd'}}\nk.send_response(k.iopub_socket, 'display_data', bundle)")
    assert [m["content"]["transient"] for m in first.messages if m["msg_type"] == "display_data"] == [{"display_id": "d"}]
    second = raw.run("k.session.send(k.iopub_socket, 'update_display_data', bundle, parent=old)")
    assert second.types == ["status", "execute_input", "status"]
    assert [m["msg_type"] for m in second.others] == ["update_display_data"]


def test_objects_are_inspected_from_cells(raw):
    """Given object_inspect and user_expressions, then they give what an inspect_request and an execute_reply give."""
    cell = raw.run("ip = get_ipython()\nprint(ip.object_inspect('len')['found'], ip.object_inspect('nothing')['found'])\n"
                   "print('Docstring:' in ip.object_inspect_text('len'))\n"
                   "r = ip.user_expressions({'a': '6*7', 'b': '1/0'})\n"
                   "print(r['a']['data']['text/plain'], r['b']['status'], r['b']['ename'])")
    assert ANSI.sub("", cell.stream()) == "True False\nTrue\n42 error ZeroDivisionError\n"


def test_display_classes_go_by_ipythons_names(raw):
    """Given an object of a display class, then its text is what notebooks made with IPython have."""
    assert raw.run("from IPython.display import HTML, Image\nHTML('x')").plain == "<IPython.core.display.HTML object>"
    assert raw.run("import pickle; pickle.loads(pickle.dumps(HTML('y'))).data").plain == "'y'"


def test_errors_without_a_message_end_in_a_colon(raw):
    """Given an error without a message, then its last line is as notebooks made with IPython have it."""
    assert ANSI.sub("", raw.run("raise ValueError").reply["traceback"][-1]) == "ValueError: "


@pytest.mark.parametrize("source, shown", [
    ("len", "<function len(obj, /)>"), ("[].append", "<function list.append(object, /)>"),
    ("def f(x, *a, k=1): pass\n[f]", "[<function __main__.f(x, *a, k=1)>]"), ("lambda: 0", "<function __main__.<lambda>()>"),
])
def test_functions_show_their_parameters(raw, source, shown):
    """Given a function as a cell's value, then its text tells its parameters."""
    assert raw.run(source).plain == shown


def test_objects_that_lay_themselves_out(raw):
    """Given a class with _repr_pretty_, then what it writes to the printer is shown, in containers as well."""
    cell = raw.run("class P:\n    def _repr_pretty_(self, p, cycle):\n        with p.group(2, 'P(', ')'):\n"
                   "            p.text('a')\n            p.breakable()\n            p.pretty([1])\n[P(), 2]")
    assert cell.plain == "[P(a [1]), 2]"


def test_representations_of_a_wrong_type_are_left_out(raw):
    """Given a _repr_html_ that gives a number, then the text is shown alone, and stderr says why."""
    cell = raw.run("class N:\n    def _repr_html_(self): return 5\n    def __repr__(self): return 'N'\nN()")
    assert cell.data == {"text/plain": "N"}
    assert "text/html" in cell.stream("stderr")


def test_an_empty_display_is_a_place_to_update(raw):
    """Given display(display_id=True) without an object, then an empty output is there, which its handle fills."""
    cell = raw.run("handle = display(display_id=True)\nhandle.update(4)")
    assert cell.types == ["status", "execute_input", "display_data", "update_display_data", "status"]
    empty, filled = (m["content"] for m in cell.messages if "display" in m["msg_type"])
    assert empty["data"] == {} and filled["data"] == {"text/plain": "4"}
    assert empty["transient"] == filled["transient"]


def test_frames_go_by_ipythons_names(raw):
    """Given a frame, then cells may make it and its text is what notebooks made with IPython have."""
    assert raw.run("from IPython.display import IFrame\nIFrame('http://x', 1, 2)").plain.startswith("<IPython.lib.display.IFrame at")
    assert raw.run("from IPython.lib.display import IFrame as same\nsame is IFrame").plain == "True"


def test_printers_for_plain_text(raw):
    """Given a text/plain printer for a type, then it writes what is shown, inside containers and after it is taken back."""
    cell = raw.run("plain = get_ipython().display_formatter.formatters['text/plain']\nclass X: pass\n"
                   "plain.for_type(X, lambda x, p, cycle: p.text('an X'))\n[X(), {1: X()}]")
    assert cell.plain == "[an X, {1: an X}]"
    assert raw.run("plain.pop(X) and None\nX()").plain.startswith("<__main__.X at")


def test_the_names_of_earlier_inputs(raw):
    """Given three cells, then in the third _i and _ii are the first two's sources, and its own is the last of In."""
    raw.run("'first'"), raw.run("'second'")
    assert raw.run("(_i, _ii, In[-1])").plain == repr(("'second'", "'first'", "(_i, _ii, In[-1])"))


def test_displays_are_captured_by_ipythons_context_manager(start):
    """Given capture_output(), then displays are kept and can be shown later."""
    pytest.importorskip("IPython")
    kernel = start("--python", sys.executable, "--python-version", "%d.%d" % sys.version_info[:2])
    cell = kernel.run("from IPython.utils.capture import capture_output\nwith capture_output() as kept:\n    display(3)\n"
                      "    print('p')\nkept.stdout, len(kept.outputs)")
    assert cell.reply["status"] == "ok" and "display_data" not in cell.types
    assert cell.plain == r"('p\n', 1)"
    assert "display_data" in kernel.run("kept.show()").types


def test_importing_ipython_is_enough_for_its_parts(start):
    """Given sympy's printing of containers, then the IPython.lib.pretty that it reaches as an attribute is there."""
    pytest.importorskip("IPython")
    kernel = start("--python", sys.executable, "--python-version", "%d.%d" % sys.version_info[:2])
    assert kernel.run("import IPython\nIPython.lib.pretty.pretty([1]), IPython.core.getipython.get_ipython() is get_ipython(), "
                      "hasattr(IPython.lib, 'nothing')").plain == "('[1]', True, False)"


def test_displays_of_one_kind(raw):
    """Given display_html and its like, then objects are shown by that representation, or what is given is it already."""
    cell = raw.run("from IPython.display import display_html, display_markdown\nclass H:\n"
                   "    def _repr_html_(self): return '<b>'\n    def _repr_latex_(self): return '$x$'\n"
                   "    def __repr__(self): return 'H'\ndisplay_html(H())\ndisplay_markdown('*m*', raw=True)")
    shown = [m["content"]["data"] for m in cell.messages if m["msg_type"] == "display_data"]
    assert shown == [{"text/html": "<b>"}, {"text/markdown": "*m*"}]


def test_what_libraries_ask_of_the_shell(raw):
    """Given the attributes that libraries use, then they act as IPython's."""
    assert raw.run("import IPython\nip = get_ipython()\n"
                   "isinstance(ip, IPython.core.interactiveshell.InteractiveShell)").plain == "True"
    assert raw.run("ip.displayhook(5)").plain == "5"
    page = {"source": "page", "data": {"text/plain": "x"}, "start": 0}
    assert raw.run(f"ip.payload_manager.write_payload({page})").reply["payload"] == [page]
    assert raw.run("gone = 1\nip.del_var('gone')\n'gone' in globals()").plain == "False"


def test_a_subshells_thread_is_among_pythons(raw):
    """Given a subshell, then Python counts its thread until the subshell is deleted."""
    count = ("import threading, time\ndef becomes(wanted):\n    until = time.monotonic() + 10\n"
             "    while threading.active_count() != wanted and time.monotonic() < until: time.sleep(0.01)\n"
             "    return threading.active_count() - before\nbefore = threading.active_count()")
    assert raw.run(count).reply["status"] == "ok"
    subshell = raw.control("create_subshell_request")["subshell_id"]
    assert raw.run("becomes(before + 1)").plain == "1"
    assert raw.control("delete_subshell_request", subshell_id=subshell)["status"] == "ok"
    assert raw.run("becomes(before)").plain == "0"
    while raw.client.iopub_channel.msg_ready():
        raw.client.get_iopub_msg()


def test_subshells_come_and_go_in_quick_succession(raw):
    """Given subshells that are deleted as soon as their cell has run, then the next one, which takes over the number of one
    whose thread is still ending, answers all the same."""
    for number in range(60):
        subshell = raw.control("create_subshell_request")["subshell_id"]
        request = raw.client.session.msg("execute_request", {"code": str(number), "silent": True})
        request["header"]["subshell_id"] = subshell
        raw.client.shell_channel.send(request)
        assert raw.client.get_shell_msg(timeout=10)["parent_header"]["msg_id"] == request["header"]["msg_id"]
        assert raw.control("delete_subshell_request", subshell_id=subshell)["status"] == "ok"
        while raw.client.iopub_channel.msg_ready():
            raw.client.get_iopub_msg()


def test_a_fault_handler_tells_on_stderr_alone(raw):
    """Given faulthandler, then what it would write goes to stderr, into no file of the cell's choice, and the interrupt stays the kernel's."""
    assert raw.run("import faulthandler, signal, os, sys\nfaulthandler.enable()\nfaulthandler.register(signal.SIGUSR2, all_threads=False)"
                      ).reply["status"] == "ok"
    for code in ("faulthandler.register(signal.SIGUSR2, file=sys.__stderr__)", "faulthandler.register(signal.SIGUSR2, 5)",
                 "faulthandler.register(signal.SIGINT)", "faulthandler.enable(5)", "faulthandler.dump_traceback_later(1)"):
        assert raw.run(code).reply["ename"] == "Denied", code
    asking = raw.ask("input()")
    os.kill(raw.worker, signal.SIGUSR2)
    raw.client.input("")
    assert "most recent call first" in raw.finish_cell(asking).stream("stderr")
    assert raw.run("faulthandler.unregister(signal.SIGUSR2)").plain == "True"


def test_a_magic_used_wrongly_says_so_in_one_line(raw):
    """Given a magic with IPython's arguments, when they are wrong, then the error is what is wrong, not how it was found out."""
    raw.run("from IPython.core.magic import Magics, magics_class, line_magic\n"
            "from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring\n@magics_class\nclass Own(Magics):\n"
            "    @magic_arguments()\n    @argument('-n', type=int)\n    @line_magic\n    def own(self, line): return parse_argstring(self.own, line).n\n"
            "get_ipython().register_magics(Own)")
    assert raw.run("%own -n 3").plain == "3"
    for wrong, words in (("%own -n x", "argument -n: invalid int value: 'x'"), ("%automagic x", "%automagic takes on, off or nothing")):
        reply = raw.run(wrong).reply
        assert (reply["ename"], reply["evalue"]) == ("UsageError", words)
        assert len(reply["traceback"]) == 1 and words in reply["traceback"][0]


def test_the_inspector_tells_of_objects(raw):
    """Given get_ipython().inspector and a captured display, then they have what extensions use of them."""
    assert raw.run("get_ipython().inspector.info(len)['type_name']").plain == "'builtin_function_or_method'"
    assert raw.run("get_ipython().alias_manager.is_alias('ls')").plain == "False"
    cell = raw.run("from IPython.utils.capture import capture_output\nwith capture_output() as out: display('x')\nout.outputs[0].display()")
    assert [m["content"]["data"] for m in cell.messages if m["msg_type"] == "display_data"] == [{"text/plain": "'x'"}]
