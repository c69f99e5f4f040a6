"""Magics in cells: the kernel's own through get_ipython(), and those that cells define."""
import pytest

from test_cells import Kernel


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.stop()


def test_a_magic_is_a_method_call(kernel):
    kernel.run("here = %pwd")
    assert kernel.run("here == get_ipython().run_line_magic('pwd', '') == get_ipython().magic('pwd')").plain == "True"


def test_an_unknown_magic_is_a_usage_error(kernel):
    cell = kernel.run("%no_such_magic")
    assert cell.reply["ename"] == "UsageError" and "no_such_magic" in cell.reply["evalue"]


def test_a_command_of_the_shell_is_refused(kernel, tmp_path):
    cell = kernel.run(f"!touch {tmp_path}/effect")
    assert cell.reply["ename"] == "Denied" and not (tmp_path / "effect").exists()


def test_capture_keeps_text_and_displays(kernel):
    cell = kernel.run("%%capture kept\nprint('text')\ndisplay(5)")
    assert cell.types == ["status", "execute_input", "status"]
    assert kernel.run("kept.stdout, kept.outputs").plain == "('text\\n', [5])"


def test_the_pager_is_a_payload(kernel):
    cell = kernel.run("len?")
    page, = cell.reply["payload"]
    assert page["source"] == "page" and "number of items" in page["data"]["text/plain"] and page["start"] == 0


def test_a_payload_belongs_to_its_cell(kernel):
    kernel.run("len?")
    assert kernel.run("1").reply["payload"] == []


def test_set_next_input(kernel):
    assert kernel.run("get_ipython().set_next_input('x = 1')").reply["payload"] == [
        {"source": "set_next_input", "text": "x = 1", "replace": False}]


def test_exit_asks_the_frontend(kernel):
    payload, = kernel.run("exit()").reply["payload"]
    assert payload == {"source": "ask_exit", "keepkernel": False}


def test_a_function_becomes_a_magic(kernel):
    kernel.run("get_ipython().register_magic_function(lambda line: line.upper(), 'line', 'upper')")
    assert kernel.run("%upper abc").plain == "'ABC'"


def test_decorators_register_at_once(kernel):
    kernel.run("from IPython.core.magic import register_line_magic, register_cell_magic, register_line_cell_magic\n"
               "@register_line_magic\ndef twice(line):\n    return line * 2\n"
               "@register_cell_magic('lines')\ndef count(line, cell):\n    return line, len(cell.splitlines())\n"
               "@register_line_cell_magic\ndef both(line, cell=None):\n    return line, cell")
    assert kernel.run("%twice ab").plain == "'abab'"
    assert kernel.run("%%lines x\na\nb").plain == "('x', 2)"
    assert kernel.run("%both q").plain == "('q', None)"
    assert kernel.run("%%both q\nc").plain.startswith("('q', 'c")


def test_a_class_of_magics(kernel):
    kernel.run("from IPython.core.magic import Magics, magics_class, line_magic, cell_magic\n"
               "@magics_class\nclass Mine(Magics):\n"
               "    @line_magic\n    def own(self, line):\n        return line, self.shell is get_ipython()\n"
               "    @cell_magic('named')\n    def other(self, line, cell):\n        return cell.strip()\n"
               "get_ipython().register_magics(Mine)")
    assert kernel.run("%own q").plain == "('q', True)"
    assert kernel.run("%%named\nbody").plain == "'body'"


def test_a_cells_magic_has_a_cells_rights(kernel, tmp_path):
    kernel.run(f"@register_line_magic\ndef writes(line):\n    open({str(tmp_path / 'effect')!r}, 'w')")
    assert kernel.run("%writes").reply["ename"] == "Denied" and not (tmp_path / "effect").exists()


@pytest.mark.parametrize("line", ["InlineBackend.no_such = 1", "InlineBackend.figure_format = 'bmp'", "a b.c = 1", "NoSuch"])
def test_config_says_what_is_wrong(kernel, line):
    assert kernel.run(f"%config {line}").reply["ename"] in ("ValueError", "UsageError")


def test_config_takes_literals_only(kernel, tmp_path):
    cell = kernel.run(f"%config Some.thing = open({str(tmp_path / 'effect')!r}, 'w')")
    assert cell.reply["status"] == "error" and not (tmp_path / "effect").exists()


def test_other_settings_are_kept(kernel):
    kernel.run("%config Some.thing = [1, 2]")
    assert kernel.run("get_ipython().config.Some.thing").plain == "[1, 2]"
