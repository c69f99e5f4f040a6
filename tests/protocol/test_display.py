"""display() and the objects that show themselves, get_ipython() and its callbacks, over real sockets."""
import base64

import pytest

from test_cells import Kernel

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (40).to_bytes(4, "big") + (20).to_bytes(4, "big") + b"\x08\x02\0\0\0"


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    kernel.run("from IPython.display import *")
    yield kernel
    kernel.stop()


def shown(cell, msg_type="display_data"):
    "The contents of a cell's displays."
    assert cell.reply["status"] == "ok", cell.traceback
    return [m["content"] for m in cell.messages if m["msg_type"] == msg_type]


def test_nothing_of_it_is_imported_before_it_is_used():
    fresh = Kernel()
    try:
        names = ["IPython", "IPython.display", "comm", "matplotlib", "_safepyrun_shell", "_safepyrun_comm"]
        assert fresh.run(f"import sys; [n for n in {names} if n in sys.modules]").plain == "[]"
    finally:
        fresh.stop()


def test_display_is_there_without_import(kernel):
    content, = shown(kernel.run("display(1 + 1)"))
    assert content == {"data": {"text/plain": "2"}, "metadata": {}, "transient": {}}


@pytest.mark.parametrize("code, mime, data", [
    ("HTML('<b>x</b>')", "text/html", "<b>x</b>"),
    ("Markdown('*x*')", "text/markdown", "*x*"),
    ("Latex('$x$')", "text/latex", "$x$"),
    ("Math('$x^2$')", "text/latex", r"$\displaystyle x^2$"),
    ("SVG('<?xml?><svg/>')", "image/svg+xml", "<svg/>"),
    ("SVG('<p><svg><a />\\n</svg> </p>')", "image/svg+xml", "<svg><a/>\n</svg>"),
    ("SVG('<svg><a>')", "image/svg+xml", "<svg><a>"),
    ("JSON({'a': [1]})", "application/json", {"a": [1]}),
    ("GeoJSON({'type': 'Point'})", "application/geo+json", {"type": "Point"}),
    ("Javascript('1')", "application/javascript", "1"),
    ("Pretty('as it is')", "text/plain", "as it is"),
    (f"Image({PNG!r})", "image/png", base64.b64encode(PNG).decode()),
    ("Image(url='http://h/a.png', width=3)", "text/html", '<img src="http://h/a.png" width="3"/>'),
])
def test_objects_show_themselves(kernel, code, mime, data):
    content, = shown(kernel.run(f"display({code})"))
    assert content["data"][mime] == data


@pytest.mark.parametrize("code, part", [
    ("IFrame('http://h/', 10, 20, q=1)", 'src="http://h/?q=1"'),
    ("YouTubeVideo('abc', start=3)", "youtube.com/embed/abc?start=3"),
    ("Audio([0.0, 1.0], rate=8000)", "data:audio/wav;base64,UklGR"),
    ("Video('film.mp4', width=5)", '<video src="film.mp4" controls  width="5" >'),
    ("FileLink('not-there.txt')", "doesn't exist"),
    ("Code('x = 1')", "x"),
    ("ProgressBar(3)", "max='3' value='0'"),
])
def test_objects_show_html(kernel, code, part):
    assert part in kernel.run(code).data["text/html"]


def test_pictures_have_their_size(kernel):
    content, = shown(kernel.run(f"picture = Image({PNG!r}, retina=True); display(picture)"))
    assert content["metadata"] == {"image/png": {"width": 20, "height": 10}}


def test_the_size_of_a_picture_can_be_changed(kernel):
    content, = shown(kernel.run(f"picture = Image({PNG!r}); picture.width = 7; display(picture)"))
    assert content["metadata"] == {"image/png": {"width": 7}}


def test_a_picture_of_a_file(kernel, tmp_path):
    (tmp_path / "p.png").write_bytes(PNG)
    content, = shown(kernel.run(f"display(Image({str(tmp_path / 'p.png')!r}))"))
    assert base64.b64decode(content["data"]["image/png"]) == PNG


@pytest.mark.parametrize("code, error", [
    ("HTML(3)", "TypeError"), ("JSON(3)", "TypeError"), ("Image(3)", "TypeError"), ("Audio([1])", "ValueError"),
    ("update_display(1, display_id=None)", "TypeError"), ("Image('not-there.png')", "FileNotFoundError")])
def test_what_cannot_be_shown(kernel, code, error):
    assert kernel.run(code).reply["ename"] == error


def test_a_display_is_updated_by_its_handle(kernel):
    cell = kernel.run("handle = display('one', display_id=True); handle.update('two')")
    first, = shown(cell)
    second, = shown(cell, "update_display_data")
    assert first["transient"] == second["transient"] and second["data"]["text/plain"] == "'two'"


def test_a_display_is_updated_from_another_cell(kernel):
    kernel.run("display('one', display_id='mine')")
    content, = shown(kernel.run("update_display(HTML('two'), display_id='mine')"), "update_display_data")
    assert content["transient"] == {"display_id": "mine"} and content["data"]["text/html"] == "two"


def test_raw_bundles_metadata_and_clear(kernel):
    cell = kernel.run("display({'text/plain': 'p', 'x/y': 1}, raw=True, metadata={'x/y': {'k': 2}}, clear=True)")
    assert shown(cell, "clear_output") == [{"wait": True}]
    assert shown(cell) == [{"data": {"text/plain": "p", "x/y": 1}, "metadata": {"x/y": {"k": 2}}, "transient": {}}]


@pytest.mark.parametrize("option, mimes", [("include=['text/html']", {"text/html"}), ("exclude=['text/html']", {"text/plain"})])
def test_representations_are_chosen(kernel, option, mimes):
    content, = shown(kernel.run(f"display(HTML('x'), {option})"))
    assert set(content["data"]) == mimes


def test_clear_output(kernel):
    assert shown(kernel.run("clear_output(); clear_output(wait=True)"), "clear_output") == [{"wait": False}, {"wait": True}]


def test_a_formatter_for_a_type(kernel):
    kernel.run("class Plain: pass\nhtml = get_ipython().display_formatter.formatters['text/html']\n"
               "html.for_type(Plain, lambda value: '<i>plain</i>')")
    assert kernel.run("Plain()").data["text/html"] == "<i>plain</i>"
    assert "text/html" not in kernel.run("html.pop(Plain); Plain()").data


def test_a_formatter_by_name(kernel):
    kernel.run("html.for_type_by_name('fractions', 'Fraction', lambda value: f'<sup>{value}</sup>')")
    assert kernel.run("from fractions import Fraction; Fraction(1, 2)").data["text/html"] == "<sup>1/2</sup>"


def test_the_shell_is_one_object(kernel):
    assert kernel.run("import IPython\nfrom IPython.core.interactiveshell import InteractiveShell as S\n"
                      "shell = get_ipython()\nshell is IPython.get_ipython() is S.instance(), isinstance(shell, S), "
                      "S.initialized(), type(shell).__name__, 'IPKernelApp' in shell.config").plain == (
                          "(True, True, True, 'ZMQInteractiveShell', True)")


def test_names_and_code_of_the_shell(kernel):
    assert kernel.run("shell.push({'pushed': 5}); shell.ex('six = pushed + 1'); shell.ev('six'), "
                      "shell.user_ns['six'], shell.execution_count == len(In)").plain == "(6, 6, True)"


def test_run_cell_tells_what_came_of_it(kernel):
    cell = kernel.run("good, bad = shell.run_cell('20 + 1'), shell.run_cell('1/0')\n"
                      "good.result, good.success, bad.success, type(bad.error_in_exec).__name__", store_history=True)
    assert cell.messages[-2]["content"]["data"]["text/plain"] == "(21, True, False, 'ZeroDivisionError')"
    assert [m["content"]["ename"] for m in cell.messages if m["msg_type"] == "error"] == ["ZeroDivisionError"]


def test_there_is_no_second_ipython(kernel):
    assert kernel.run("IPython.start_ipython()").reply["ename"] in ("RuntimeError", "Denied")


def test_callbacks_are_told_what_ran(kernel):
    kernel.run("told = []\ndef before(info): told.append(info.raw_cell)\n"
               "def after(result): told.append((result.result, type(result.error_in_exec).__name__))\n"
               "def always(): told.append('always')\nevents = get_ipython().events\n"
               "events.register('pre_run_cell', before); events.register('post_run_cell', after)\n"
               "events.register('post_execute', always); told.clear()")
    kernel.run("told.clear()")
    kernel.run("40 + 2")
    kernel.run("1/0")
    seen = kernel.run("list(told)").plain
    kernel.run("events.unregister('pre_run_cell', before); events.unregister('post_run_cell', after)\n"
               "events.unregister('post_execute', always)")
    assert seen.replace("\n", "") == ("['always', (None, 'NoneType'), '40 + 2', 'always', (42, 'NoneType'), '1/0', "
                                      "'always', (None, 'ZeroDivisionError'), 'list(told)']")


def test_silent_cells_are_no_run_cell(kernel):
    kernel.run("ran = []\ndef note(info): ran.append(1)\nget_ipython().events.register('pre_run_cell', note)")
    kernel.run("0", silent=True)
    count = kernel.run("len(ran)").plain
    kernel.run("get_ipython().events.unregister('pre_run_cell', note)")
    assert count == "1"


def test_a_failing_callback_is_shown_and_stops_nothing(kernel):
    kernel.run("def fails(): raise ValueError('of the callback')\nget_ipython().events.register('pre_execute', fails)")
    cell = kernel.run("7")
    kernel.run("get_ipython().events.unregister('pre_execute', fails)")
    assert cell.plain == "7" and "of the callback" in cell.stream("stderr")


@pytest.mark.parametrize("register, fire", [
    ("get_ipython().events.register('pre_execute', functools.partial(os.system, {command!r}))", "0"),
    ("get_ipython().events.callbacks['pre_execute'].append(functools.partial(os.system, {command!r}))", "0"),
    ("get_ipython().register_magic_function(os.system, 'line', 'effect')", "%effect {command}"),
    ("get_ipython().display_formatter.formatters['text/html'].for_type(str, os.system)", "{command!r}"),
    ("get_ipython().run_cell('os.system({command!r})')", "0"),
    ("get_ipython().system({command!r})", "0"),
])
def test_what_the_kernel_calls_later_has_no_more_rights(tmp_path, register, fire):
    kernel = Kernel()
    try:
        target = tmp_path / "effect"
        kernel.run("import os, functools\n" + register.format(command=f"touch {target}"))
        kernel.run(fire.format(command=f"touch {target}"))
        assert kernel.run("'alive'").plain == "'alive'" and not target.exists()
    finally:
        kernel.stop()


@pytest.mark.parametrize("code", [
    "type(get_ipython()).run_line_magic = None", "del type(get_ipython()).run_line_magic",
    "type.__setattr__(type(get_ipython()), 'run_line_magic', None)", "import _safepyrun_kernel as k; k.query('settings', {})",
    "import _safepyrun_shell as s; s._kernel.run_magic('allow', 'os.system')",
    "import IPython.display as d; d.display = None"])
def test_the_kernels_parts_are_not_a_cells_to_change(kernel, code):
    assert kernel.run(code).reply["ename"] in ("Denied", "AttributeError")


@pytest.mark.parametrize("code", [
    "get_ipython().run_line_magic = lambda *a: 5", "get_ipython().run_cell = lambda *a: 5", "get_ipython().events = 5",
    "setattr(get_ipython(), 'run_cell_magic', lambda *a: 5)", "vars(get_ipython())['run_line_magic'] = lambda *a: 5",
    "get_ipython().register_magic_function(lambda line: 5, 'line', 'pwd_'); get_ipython().magics_manager.user['line']['ok_dests'] = lambda line: 5",
    "get_ipython().register_magic_function(lambda line: 5, 'line', 'ok_dests')"])
def test_the_shells_own_methods_and_magics_stay(kernel, code):
    kernel.run(code)
    assert kernel.run("5 in (get_ipython().run_line_magic('pwd', ''), get_ipython().run_line_magic('ok_dests', ''), get_ipython().events, "
                      "get_ipython().run_cell('pass'))").plain == "False"


@pytest.mark.parametrize("method", ["__len__", "__repr__", "__dir__", "__doc__", "__call__", "__signature__"])
def test_who_looks_at_an_object_does_nothing_with_it(kernel, tmp_path, method):
    "Completion and inspection call a class's methods, which may be a library's: the kernel's rights are not theirs."
    target = tmp_path / "effect"
    value = "property(pathlib.Path.touch)" if method in ("__doc__", "__signature__") else "pathlib.Path.touch"
    kernel.run(f"import pathlib\nclass Touched(type(pathlib.Path())): {method} = {value}\ntouched = Touched({str(target)!r})")
    for code in ("touched", "touched.", "touched("):
        kernel.client.complete(code, len(code), reply=True, timeout=10)
        kernel.client.inspect(code, len(code), 1, reply=True, timeout=10)
    kernel.run("get_ipython().object_inspect_text('touched', 1)\nget_ipython().complete('touched.')")
    assert kernel.run("'alive'").plain == "'alive'" and not target.exists()


def test_what_lies_on_the_path_has_no_rights_when_the_package_is_imported(tmp_path):
    kernel = Kernel()
    try:
        target = tmp_path / "effect"
        kernel.run(f"import os, sys\nclass Entry(str): __hash__ = os.makedirs\nsys.path.insert(0, Entry({str(target)!r}))")
        kernel.run("# safepyrun")
        assert kernel.run("'alive'").plain == "'alive'" and not target.exists()
    finally:
        kernel.stop()


def test_a_published_bundle_brings_its_buffers(kernel):
    cell = kernel.run("get_ipython().display_pub.publish({'text/plain': 'with'}, buffers=[b'bufdata', memoryview(b'more')])")
    shown, = (m for m in cell.messages if m["msg_type"] == "display_data")
    assert shown["content"]["data"] == {"text/plain": "with"} and [bytes(b) for b in shown["buffers"]] == [b"bufdata", b"more"]
