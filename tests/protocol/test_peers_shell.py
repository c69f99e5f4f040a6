"""What cells do with the shell object and its magics in notebooks that were made with IPython."""
import json
import os
import pstats
import subprocess
import sys

import IPython
import pytest
from test_cells import ANSI


@pytest.fixture
def shell(raw):
    "A kernel whose settings are as at its start, with `ip` and a magic %show that prints what it is given."
    raw.run("ip = get_ipython()\nip._prepare_code()\ndef show(line): print(repr(line))\nip.register_magic_function(show)")
    return raw


def shown(cell):
    "The texts of all results of a cell."
    return [m["content"]["data"]["text/plain"] for m in cell.messages if m["msg_type"] == "execute_result"]


# ---- {x} and $x


@pytest.mark.parametrize("line, given", [
    ("{x} $x {x + 1}", "5 5 6"), ("{{x}} $$x", "{x} $x"), ("{x!r} {d['a']}", "5 v"), ("{'ab'[0:1]}", "a"),
    ("{x} $nope", "{x} $nope"), ("{nope} $x", "{nope} $x"), ("{x", "{x"), ("'$x' $x", "'$x' 5"), ("100$", "100$"),
])
def test_values_stand_in_the_lines_of_magics(shell, line, given):
    """Given {expression} and $name in a magic's line, then their values are there, or the line as typed when one fails."""
    shell.run("x = 5; d = {'a': 'v'}")
    assert shell.run(f"%show {line}").stream() == repr(given) + "\n"
    assert shell.run(f"ip.var_expand({line!r})").plain == repr(given)


def test_values_of_the_function_that_the_magic_stands_in(shell):
    """Given a magic in a function, then its line sees the function's names before the notebook's."""
    shell.run("name, other = 'outer', 'seen'\ndef f(name):\n    %show {name} $name {other}\nf('inner')")
    assert shell.run("f('inner')").stream() == "'inner inner seen'\n"


def test_expressions_of_magics_are_guarded(shell, tmp_path):
    """Given an expression in a magic's line, then it may do what a cell may, and not more."""
    target = tmp_path / "effect"
    shell.run(f"import os\n%show {{os.mkdir({str(target)!r})}} {{open({str(target)!r}, 'w')}}")
    assert not target.exists()


def test_magics_that_take_the_line_as_typed(shell):
    """Given @no_var_expand and @needs_local_scope, then the line is not expanded, and the local names are handed over."""
    shell.run("from IPython.core.magic import no_var_expand, needs_local_scope, register_line_magic\n"
              "@register_line_magic\n@no_var_expand\n@needs_local_scope\n"
              "def raw_line(line, local_ns=None): print(line, local_ns['inside'])\n"
              "def g():\n    inside = 7\n    %raw_line {x} $x")
    assert shell.run("g()").stream() == "{x} $x 7\n"


# ---- what a cell shows


@pytest.mark.parametrize("value, source, results", [
    ("all", "1\n2\nif True:\n    3\ndef f():\n    4\n5", ["1", "2", "3", "5"]), ("none", "5", []), ("last", "1\nfor i in (1, 2): i", ["1", "2"]),
    ("last_expr_or_assign", "y = 77", ["77"]), ("last_expr_or_assign", "y = 1\ny += 1", ["2"]), ("last_expr", "1\n2", ["2"]),
])
@pytest.mark.parametrize("way", ["ip.ast_node_interactivity = {!r}", "InteractiveShell.ast_node_interactivity = {!r}",
                                 "%config InteractiveShell.ast_node_interactivity = {!r}"])
def test_which_statements_show_their_values(shell, way, value, source, results):
    """Given ast_node_interactivity in each of the ways to set it, then the values of those statements are shown."""
    assert shell.run("from IPython.core.interactiveshell import InteractiveShell\n" + way.format(value)).reply["status"] == "ok"
    assert shown(shell.run(source)) == results


def test_only_settings_can_be_set_on_the_shells_class(shell):
    """Given the shell's class, then a method of it cannot be replaced or deleted."""
    for code in ("type(ip).run_cell = None", "del type(ip).run_cell", "type.__setattr__(type(ip), 'run_cell', None)"):
        assert shell.run(code).reply["status"] == "error"
    assert shell.run("ip.run_cell('x = 1 + 1').success, x").plain == "(True, 2)"


def test_precision_of_floats(shell):
    """Given %precision, then floats and those in containers have so many digits until it is taken back."""
    assert shell.run("%precision 3").plain == "'%.3f'"
    assert shell.run("[3.14159265, 1]").plain == "[3.142, 1]"
    assert shell.run("%precision %.2e").plain == "'%.2e'"
    assert shell.run("31.4159").plain == "3.14e+01"
    assert shell.run("%precision").plain == "'%r'"
    assert shell.run("3.14159265").plain == "3.14159265"
    assert shell.run("%precision x").reply["ename"] == "UsageError"


def test_pretty_printing_is_switched(shell):
    """Given %pprint, then containers are shown as repr() gives them, and laid out again after the next one."""
    wide = "list(range(40))"
    assert "\n" in shell.run(wide).plain
    assert shell.run("%pprint").stream() == "Pretty printing has been turned OFF\n"
    assert "\n" not in shell.run(wide).plain
    shell.run("%pprint on")
    assert "\n" in shell.run(wide).plain


# ---- transformers and errors


def test_the_users_own_transformers(shell):
    """Given functions in input_transformers_cleanup and _post and in ast_transformers, then cells run as they change them."""
    shell.run("def tx(lines): return [line.replace('FOO', 'print(41)') for line in lines]\n"
              "import ast\nclass T(ast.NodeTransformer):\n    def visit_Constant(self, node):\n"
              "        return ast.copy_location(ast.Constant(42), node) if node.value == 41 else node\nt = T()")
    for name in ("cleanup", "post"):
        shell.run(f"ip.input_transformers_{name}.append(tx)")
        assert shell.run("FOO").stream() == "41\n"
        shell.run("ip.ast_transformers.append(t)")
        assert shell.run("FOO").stream() == "42\n"
        shell.run(f"ip.ast_transformers.remove(t); ip.input_transformers_{name}.remove(tx)")
    assert shell.run("FOO").reply["ename"] == "NameError"


@pytest.mark.parametrize("place, changed", [
    ("input_transformers_cleanup", "lambda lines: [program]"), ("input_transformers_post", "lambda lines: [program]"),
    ("ast_transformers", "type('T', (), {'visit': lambda self, node: ast.parse(program)})()")])
def test_what_transformers_write_is_judged(start, tmp_path, place, changed):
    """Given a transformer that makes another program of a cell, then that program is refused what a cell is."""
    target = tmp_path / "effect"
    kernel = start()
    program = f"open({str(target)!r}, 'w')"
    kernel.run(f"import ast\nprogram = {program!r}\nget_ipython().{place}.append({changed})")
    assert kernel.run("1").reply["ename"] == "Denied" and not target.exists()


def test_a_tree_transformer_that_fails_is_taken_out(shell):
    """Given an ast transformer that raises, then the cell runs, stderr tells, and the next cell hears nothing."""
    shell.run("class Bad:\n    def visit(self, node): raise ValueError('bad tree')\nip.ast_transformers.append(Bad())")
    cell = shell.run("print(1)")
    assert cell.stream() == "1\n" and "bad tree" in cell.stream("stderr")
    assert shell.run("2").stream("stderr") == ""


def test_a_tree_transformer_may_refuse_a_cell(start):
    """Given an ast transformer that raises InputRejected, then the cell does not run and the transformer stays."""
    kernel = start()
    kernel.run("from IPython.core.error import InputRejected\nclass No:\n    def visit(self, node): raise InputRejected('not this')\n"
               "get_ipython().ast_transformers.append(No())")
    for _ in range(2):
        cell = kernel.run("print(1)")
        assert cell.reply["ename"] == "InputRejected" and cell.stream() == ""


def test_handlers_of_errors(shell):
    """Given set_custom_exc, then that class of errors is the handler's to show; one that fails is taken out."""
    shell.run("class Mine(Exception): pass\n"
              "def handler(shell, kind, value, tb, tb_offset=None): print('mine', kind.__name__, value)\n"
              "ip.set_custom_exc((Mine,), handler)")
    cell = shell.run("raise Mine('text')")
    assert cell.stream() == "mine Mine text\n" and "error" not in cell.types and cell.reply["status"] == "error"
    assert shell.run("1/0").reply["ename"] == "ZeroDivisionError"
    shell.run("ip.set_custom_exc((Mine,), lambda *a, **k: 1/0)")
    failed = shell.run("raise Mine('again')")
    assert "error" in failed.types and "Custom TB Handler failed" in failed.stream("stderr")
    assert shell.run("ip.custom_exceptions").plain == "()"


@pytest.mark.parametrize("mode, has, has_not", [
    ("Minimal", "ZeroDivisionError", "return"), ("Plain", "Traceback (most recent call last):", "---->"),
    ("Verbose", "divisor = 0", "nothing"), ("Context", "----> ", "divisor = 0")])
def test_modes_of_tracebacks(shell, mode, has, has_not):
    """Given %xmode, then errors are told in that way, by the message and the reply."""
    assert shell.run(f"%xmode {mode}").stream() == f"Exception reporting mode: {mode}\n"
    cell = shell.run("def divide(divisor):\n    return 1 / divisor\ndivide(0)")
    text = ANSI.sub("", "\n".join(cell.reply["traceback"]))
    assert has in text and has_not not in text
    assert [m["content"]["traceback"] for m in cell.messages if m["msg_type"] == "error"] == [cell.reply["traceback"]]


def test_the_last_error_is_shown_again(shell):
    """Given an error, then %tb shows it once more and sys.last_value is it."""
    shell.run("1/0")
    cell = shell.run("%tb")
    assert [m["content"]["ename"] for m in cell.messages if m["msg_type"] == "error"] == ["ZeroDivisionError"]
    assert cell.reply["status"] == "ok"
    assert shell.run("import sys; type(sys.last_value).__name__").plain == "'ZeroDivisionError'"


# ---- what libraries ask


def test_completion_and_completeness_from_cells(shell):
    """Given complete() and check_complete(), then they answer as complete_request and is_complete_request do."""
    assert shell.run("longish_name = {}\nip.complete('longish_na')").plain == "('longish_na', ['longish_name'])"
    assert shell.run("'longish_name' in ip.Completer.complete('print(longi', 'print(longi')[1]").plain == "True"
    assert shell.run("ip.check_complete('def f():'), ip.check_complete('1'), ip.check_complete('a = = 1')").plain == (
        "(('incomplete', '    '), ('complete', ''), ('invalid', ''))")
    assert "%show" in shell.run("ip.complete('%sho')[1]").plain


def test_transformers_by_ipythons_names(shell):
    """Given the shell's transformer manager, then it makes plain Python of a cell, and judges whether it is whole."""
    assert shell.run("ip.transform_cell('%time x')").plain == r'''"get_ipython().run_line_magic('time', 'x')\n"'''
    assert shell.run("ip.input_transformer_manager.check_complete('for i in x:')").plain == "('incomplete', 4)"
    assert shell.run("import IPython\nIPython.core.interactiveshell.InteractiveShell is type(ip).__mro__[1]").plain == "True"


def test_the_number_of_the_next_cell(shell):
    """Given execution_count, then it is one more than the running cell's, as IPython counts."""
    cell = shell.run("ip.execution_count")
    assert int(cell.plain) == cell.reply["execution_count"] + 1


def test_where_the_history_is(start, tmp_path):
    """Given the history manager, then it tells its file and the number of its session."""
    kernel = start("--history", tmp_path / "history.sqlite")
    assert kernel.run("m = get_ipython().history_manager\nm.hist_file, m.session_number").plain == repr(
        (str(tmp_path / "history.sqlite"), 1))


def test_names_go_into_the_notebook(shell):
    """Given push() with names of the calling function, then the notebook has their values."""
    shell.run("def f():\n    one, two = 1, 2\n    ip.push('one two')\nf()")
    assert shell.run("one, two").plain == "(1, 2)"


def test_a_syntax_error_is_an_error_before_execution(shell):
    """Given run_cell, then what kept the source from running and what it raised are told apart."""
    assert shell.run("r = ip.run_cell('def (')\ntype(r.error_before_exec).__name__, r.error_in_exec, r.success").plain == (
        "('SyntaxError', None, False)")
    assert shell.run("r = ip.run_cell('1/0')\nr.error_before_exec, type(r.error_in_exec).__name__").plain == "(None, 'ZeroDivisionError')"


def test_ipykernels_names_stand_for_this_kernel(shell):
    """Given imports from ipykernel, then the application runs, the shell is its shell, and comms are the kernel's."""
    assert shell.run("from ipykernel.zmqshell import ZMQInteractiveShell\nfrom ipykernel.kernelapp import IPKernelApp\n"
                     "isinstance(ip, ZMQInteractiveShell), IPKernelApp.initialized(), "
                     "IPKernelApp.instance().kernel is ip.kernel").plain == "(True, True, True)"
    cell = shell.run("from ipykernel.comm import Comm\nc = Comm(target_name='t', data={'a': 1})")
    assert [m["content"]["target_name"] for m in cell.messages if m["msg_type"] == "comm_open"] == ["t"]
    assert shell.run("c.close()").types == ["status", "execute_input", "comm_close", "status"]
    refused = shell.run("from ipykernel.connect import get_connection_file; get_connection_file()")
    assert refused.reply["ename"] == "RuntimeError"


def test_the_pager(shell):
    """Given IPython.core.page, %page and %pdoc, then texts are payloads for the pager."""
    def pages(code):
        return [p["data"]["text/plain"] for p in shell.run(code).reply["payload"] if p["source"] == "page"]

    assert pages("from IPython.core.page import page; page('one'); page('two')") == ["one", "two"]
    assert pages("long = [1, 2]\n%page long") == ["[1, 2]"]
    assert pages("%pdoc len") == ["Return the number of items in a container."]
    assert "def documented" in pages("def documented():\n    'text'\n%psource documented")[0]


def test_help_for_magics_of_the_users(shell):
    """Given %name? for a registered magic, then its documentation is shown, and %lsmagic lists it."""
    shell.run("def own(line):\n    'what own does'\nip.register_magic_function(own)")
    assert "what own does" in ANSI.sub("", shell.run("%own?").reply["payload"][0]["data"]["text/plain"])
    assert "%own" in shell.run("%lsmagic").plain


# ---- extensions


EXTENSION = '''
def load_ipython_extension(ip):
    ip.register_magic_function(lambda line: print("{word}", line), "line", "word")
def unload_ipython_extension(ip):
    ip.magics_manager.user["line"].pop("word")
'''


def test_extensions_come_and_go(shell, tmp_path):
    """Given a module with load_ipython_extension, then %load_ext, %reload_ext and %unload_ext do what they say."""
    file = tmp_path / "an_extension.py"
    file.write_text(EXTENSION.format(word="first"))
    shell.run(f"import sys; sys.dont_write_bytecode = True; sys.path.insert(0, {str(tmp_path)!r})")
    assert shell.run("%load_ext an_extension").reply["status"] == "ok"
    assert shell.run("%word x").stream() == "first x\n"
    assert "already loaded" in shell.run("%load_ext an_extension").stream()
    file.write_text(EXTENSION.format(word="the second"))
    assert shell.run("%reload_ext an_extension").reply["status"] == "ok"
    assert shell.run("%word x").stream() == "the second x\n"
    shell.run("%unload_ext an_extension")
    assert shell.run("%word x").reply["ename"] == "UsageError"
    assert "not loaded" in shell.run("%unload_ext an_extension").stream()
    assert shell.run("%load_ext no_such_extension").reply["ename"] == "ModuleNotFoundError"
    assert "not an IPython extension" in shell.run("%load_ext json").stream()


def test_an_extension_is_held_as_a_cell_is(shell, tmp_path):
    """Given an extension that writes a file when it is loaded, then it is refused."""
    target = tmp_path / "effect"
    (tmp_path / "writing_extension.py").write_text(f"def load_ipython_extension(ip):\n    open({str(target)!r}, 'w')\n")
    shell.run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})")
    assert shell.run("%load_ext writing_extension").reply["ename"] == "Denied" and not target.exists()


def test_changed_modules_are_loaded_anew(start, tmp_path):
    """Given %autoreload 2, when a module's file changes, then the next cell sees the new functions."""
    pytest.importorskip("IPython")
    kernel = start("--python", sys.executable, "--python-version", "%d.%d" % sys.version_info[:2])
    file = tmp_path / "changing_module.py"
    file.write_text("def value(): return 'old'\n")
    os.utime(file, (1, 1))
    cell = kernel.run(f"import sys; sys.dont_write_bytecode = True; sys.path.insert(0, {str(tmp_path)!r})\n"
                      "%load_ext autoreload\n%autoreload 2\nimport changing_module\n%allow changing_module\nchanging_module.value()")
    assert cell.plain == "'old'"
    file.write_text("def value(): return 'the new one'\n")
    assert kernel.run("changing_module.value()").plain == "'the new one'"


def test_classes_of_magics_parse_their_options(shell):
    """Given a class of magics, then parse_options gives the options and the rest; %alias_magic gives one another name."""
    shell.run("from IPython.core.magic import Magics, magics_class, line_cell_magic\n@magics_class\nclass Mine(Magics):\n"
              "    @line_cell_magic\n    def both(self, line, cell=None):\n"
              "        options, rest = self.parse_options(line, 'ab:', 'long=')\n        print(options, rest, cell)\n"
              "ip.register_magics(Mine)")
    assert shell.run("%both -a -b 3 the rest").stream() == "{'a': '', 'b': '3'} the rest None\n"
    assert shell.run("%%both --long 'a b'\nbody").stream() == "{'long': 'a b'}  body\n\n"
    assert shell.run("%both -x").reply["ename"] == "UsageError"
    shell.run("%alias_magic -l other both")
    assert shell.run("%other -a").stream() == "{'a': ''}  None\n"
    assert shell.run("%alias_magic other no_such").reply["ename"] == "UsageError"


# ---- earlier input


def test_earlier_input_comes_back(shell, tmp_path):
    """Given %recall, %load, %rerun, then earlier cells, files and sources are put into a cell or run again."""
    count = shell.run("print('again')").reply["execution_count"]
    payload = shell.run(f"%recall {count}").reply["payload"]
    assert payload == [{"source": "set_next_input", "text": "print('again')", "replace": False}]
    assert shell.run(f"%rerun {count}").stream().endswith("=== Output: ===\nagain\n")
    (tmp_path / "loaded.py").write_text("loaded = 1\n")
    payload = shell.run(f"%load {tmp_path / 'loaded.py'}").reply["payload"]
    assert payload[0]["replace"] and payload[0]["text"].endswith("loaded = 1\n")
    assert shell.run("%load no-such-file.py").reply["ename"] == "ValueError"


def test_input_is_saved_only_where_cells_may_write(start, tmp_path):
    """Given %save, then a file below ok_dests has the cells, and one elsewhere is refused."""
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    kernel = start("--magics", "open")
    kernel.run("kept = 1")
    kernel.run(f"%ok_dests {allowed}")
    kernel.run(f"%save {allowed / 'cells.py'} 1")
    assert (allowed / "cells.py").read_text() == "kept = 1\n"
    assert kernel.run(f"%save {tmp_path / 'cells.py'} 1").reply["ename"] == "Denied" and not (tmp_path / "cells.py").exists()


COUNTING = """
from IPython.core.magic import Magics, magics_class, line_magic
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.core.page import page
from IPython.utils.ipstruct import Struct

@magics_class
class Counting(Magics):
    @magic_arguments()
    @argument("-n", type=int)
    @line_magic
    def count(self, line):
        return Struct(n=parse_argstring(self.count, line).n, shell=self.shell)

def load_ipython_extension(shell):
    shell.register_magics(Counting)
"""


def test_an_extension_of_parts_that_are_ipythons_own(start, tmp_path):
    """Given a Python without IPython, when an extension needs more of it than the kernel has, then the error says so; when it
    is installed meanwhile, then the extension works with it, and the kernel's own parts stay."""
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    library, = bare.glob("lib/python*/site-packages")
    (library / "counting.py").write_text(COUNTING)
    kernel = start("--python", bare / "bin" / "python", "--python-version", "%d.%d" % sys.version_info[:2])
    assert kernel.run("import IPython\nfrom IPython.display import HTML\nIPython.__path__").plain == "[]"
    cell = kernel.run("%load_ext counting")
    assert cell.reply["ename"] == "ModuleNotFoundError"
    assert "No module named 'IPython.core.magic_arguments': the extension counting needs IPython" in cell.reply["evalue"]
    assert "%pip install ipython" in cell.reply["evalue"]
    cell = kernel.run("import IPython.utils")
    assert (cell.reply["ename"], cell.reply["evalue"]) == ("ModuleNotFoundError", "No module named 'IPython.utils'")

    installed = os.path.dirname(os.path.dirname(IPython.__file__))
    assert kernel.run(f"import sys\nsys.path.append({installed!r})").reply["status"] == "ok"
    assert kernel.run("%load_ext counting").reply["status"] == "ok"
    assert kernel.run("found = %count -n 5\n(found.n, found.shell is get_ipython())").plain == "(5, True)"
    code = ("import sys, IPython.core.interactiveshell, IPython.core.getipython\n"
            "[sys.modules[n].__spec__.origin for n in ('IPython', 'IPython.core.magic', 'IPython.core.interactiveshell')],"
            " IPython.get_ipython() is IPython.core.getipython.get_ipython() is get_ipython()")
    assert kernel.run(code).plain == "(['frozen', 'frozen', 'frozen'], True)"


def test_names_are_deleted_by_pattern(shell):
    """Given %reset_selective -f and %xdel, then the names that match are gone and the others stay."""
    shell.run("left_a, left_b, stays = 1, 2, 3")
    shell.run("%reset_selective -f ^left_")
    shell.run("%xdel stays")
    assert shell.run("[name for name in ('left_a', 'left_b', 'stays', 'show') if name in globals()]").plain == "['show']"


@pytest.mark.parametrize("forget", ["%reset out", "%reset -f"])
@pytest.mark.parametrize("cells", [
    ["make()"], ["make()"] * 4, ["make()", "1", "2", "3"], ["x = make()", "x", "%reset_selective -f ^x$"],
    ["x = make(); x", "%reset_selective -f ^x$", "1"], ["x = make(); x", "_", "%xdel x"], ["make()", "_ = 5", "6", "del _, __", "make()"],
])
def test_forgotten_results_are_freed(shell, cells, forget):
    """Given results in Out, _, __, ___ and _N in any order, when they are forgotten, then the objects are gone and _ is the next result."""
    shell.run("import weakref\nclass Big: pass\n_made = weakref.WeakSet()\n"
              "def make():\n    new = Big(); _made.add(new); return new")
    for cell in cells:
        assert shell.run(cell).reply["status"] == "ok", cell
    assert shell.run(forget).reply["status"] == "ok"
    assert shell.run("print(len(_made), [_, __, ___], len(Out))").stream() == "0 ['', '', ''] 0\n"
    assert shell.run("'shown'").plain == "'shown'"
    assert shell.run("print(_, len(Out))").stream() == "shown 1\n"


def test_a_result_deleted_by_xdel_is_freed(shell):
    """Given a result that is in _ and Out, when %xdel deletes it, then it is gone, and later results are in _ as ever."""
    shell.run("import weakref\nclass Big: pass\nbig = Big(); gone = weakref.ref(big)")
    shell.run("big")
    shell.run("%xdel big")
    assert shell.run("print(gone(), _)").stream() == "None None\n"
    shell.run("7")
    assert shell.run("print(_)").stream() == "7\n"


def test_code_is_profiled(shell):
    """Given %prun, then the functions that ran are in the pager, or are returned with -r."""
    shell.run("def busy():\n    return sum(range(100))")
    assert "busy" in shell.run("%prun busy()").reply["payload"][0]["data"]["text/plain"]
    assert shell.run("stats = %prun -q -r busy()\nstats.total_calls > 1").plain == "True"
    part = shell.run("%prun -l 0.5 busy()").reply["payload"][0]["data"]["text/plain"]
    assert "List reduced" in part, part


def test_a_profile_is_kept_where_cells_may_write(start, tmp_path):
    """Given %prun -D and -T, then the figures lie where they were asked for, below a destination alone."""
    for folder in ("open", "closed"):
        (tmp_path / folder).mkdir()
    shell = start("--magics", "open")
    shell.run(f"%ok_dests --add {tmp_path}/open")
    cell = shell.run(f"%prun -q -D {tmp_path}/open/figures -T {tmp_path}/open/text sum(range(9))")
    assert cell.stream().count("*** Profile") == 2
    assert pstats.Stats(f"{tmp_path}/open/figures").total_calls > 0
    assert "function calls" in (tmp_path / "open/text").read_text()
    assert shell.run(f"%prun -q -D {tmp_path}/closed/figures 1").reply["ename"] == "Denied"
    assert shell.run(f"%prun -q -T {tmp_path}/closed/text 1").reply["ename"] == "Denied"
    assert list((tmp_path / "closed").iterdir()) == []


# ---- input


def test_answers_keep_their_nul_bytes(raw):
    """Given an answer to input() with a NUL byte in it, then the cell gets all of it."""
    raw.ask("text = input('?')", answer="a\0b")
    reply = raw.reply()
    assert reply["content"]["status"] == "ok", json.dumps(reply["content"])
    while raw.client.get_iopub_msg(timeout=5)["content"].get("execution_state") != "idle":
        pass
    assert raw.run("text").plain == r"'a\x00b'"


# ---- what programs look at


def test_programs_find_ipython_and_ipykernel(shell):
    """Given the ways in which programs ask where they run, then the answer is a notebook."""
    assert shell.run("import sys; __IPYTHON__, hasattr(sys, 'ps1'), 'zmqshell' in str(type(ip)), 'ipykernel' in str(ip), "
                     "type(ip).__name__, 'IPKernelApp' in ip.config").plain == "(True, True, True, True, 'ZMQInteractiveShell', True)"


@pytest.mark.parametrize("source, shown", [
    ("ip.has_trait('xmode'), 'xmode' in ip.traits(), ip.parent is ip.kernel", "(True, True, True)"),
    ("ip.get_local_scope()['ip'] is ip, ip.ns_table['user_global'] is ip.user_ns, ip.kernel.user_ns is ip.user_ns", "(True, True, True)"),
    ("ip.kernel.language_info['name']", "'python'"), ("import collections\ncollections.defaultdict(int, a=1)", "defaultdict(int, {'a': 1})")])
def test_attributes_that_libraries_read(shell, source, shown):
    """Given attributes of the shell that libraries read, then they are there."""
    assert shell.run(source).plain == shown


def test_how_the_last_cell_ended(shell):
    """Given a cell that failed, then the shell tells until another has ended well."""
    shell.run("1/0")
    assert shell.run("ip.last_execution_succeeded, type(ip.last_execution_result.error_in_exec).__name__").plain == (
        "(False, 'ZeroDivisionError')")
    assert shell.run("ip.last_execution_succeeded").plain == "True"


@pytest.mark.parametrize("word", ["exit", " quit\n"])
def test_leaving_without_parentheses(shell, word):
    """Given a cell that is nothing but exit or quit, then the frontend is asked to end the kernel."""
    assert shell.run(word).reply["payload"] == [{"source": "ask_exit", "keepkernel": False}]
    assert shell.run("(exit,)").reply["payload"] == []


def test_an_error_comes_before_what_callbacks_show(shell):
    """Given a post_run_cell callback that prints, when a cell fails, then its error is shown first."""
    shell.run("def after(result): print('after')\nip.events.register('post_run_cell', after)")
    types = shell.run("1/0").types
    assert types.index("error") < types.index("stream")
    shell.run("ip.events.unregister('post_run_cell', after)")
    assert "not registered" in shell.run("ip.events.unregister('post_run_cell', after)").reply["evalue"]
    assert shell.run("ip.events.register('no_such_event', print)").reply["ename"] == "KeyError"


def test_formatters_tell_what_they_have(shell):
    """Given a printer for a class, then lookup, `in` and pop find it, by its bases and names too."""
    shell.run("class P: pass\nclass Q(P): pass\nhtml = ip.display_formatter.formatters['text/html']\nhtml.for_type(P, lambda p: 'P')")
    assert shell.run("html.lookup(Q()) is html.lookup_by_type(P), P in html, '__main__.P' in html, int in html").plain == (
        "(True, True, True, False)")
    assert shell.run("html.pop(P); html.pop(P, 'none')").plain == "'none'"
    assert shell.run("html.pop(P)").reply["ename"] == "KeyError"


def test_progress_bars_move(shell):
    """Given a ProgressBar, then setting its progress updates what is shown."""
    cell = shell.run("from IPython.display import ProgressBar\nbar = ProgressBar(3); display(bar); bar.progress = 2")
    assert "update_display_data" in cell.types


def test_debuggers_want_input(shell):
    """Given breakpoint() without an input box, then the error says so; %pdb switches."""
    assert shell.run("breakpoint()").reply["ename"] == "StdinNotImplementedError"
    assert "ON" in shell.run("%pdb on").stream() and "OFF" in shell.run("%pdb off").stream()
    assert shell.run("%pdb maybe").reply["ename"] == "UsageError"


def test_an_extension_that_times_cells(start, tmp_path):
    """Given an extension as ipython-autotime is, with every decorator of IPython's magics, when it is loaded, then it hears of
    each cell, and no more once it is unloaded."""
    (tmp_path / "timing_cells.py").write_text(
        "from IPython.core.magic import Magics, magics_class, line_magic, output_can_be_silenced\n@magics_class\nclass Timing(Magics):\n"
        "    @output_can_be_silenced\n    @line_magic\n    def told(self, line): return 7\n"
        "def before(info): print('before')\ndef after(result): print('after', result.result)\n"
        "def load_ipython_extension(ip):\n    ip.register_magics(Timing)\n    ip.events.register('pre_run_cell', before)\n    ip.events.register('post_run_cell', after)\n"
        "def unload_ipython_extension(ip):\n    ip.events.unregister('pre_run_cell', before)\n    ip.events.unregister('post_run_cell', after)\n")
    shell = start()
    shell.run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n%load_ext timing_cells")
    cell = shell.run("1 + 1")
    assert cell.stream() == "before\nafter 2\n" and cell.plain == "2"
    assert shell.run("%told").plain == "7"
    assert not any(message["msg_type"] == "execute_result" for message in shell.run("%told;").messages)
    shell.run("%unload_ext timing_cells")
    assert shell.run("3").stream() == ""


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="crypt went with Python 3.13")
def test_a_library_hashes_a_password(start, tmp_path):
    "crypt of the C library, which passlib asks for; a cell's library computes."
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages/hashing.py").write_text("def hashed(word):\n    import _crypt\n    return _crypt.crypt(word, '$6$salt')\n")
    shell = start("--floor", "auto")
    assert shell.run(f"import sys; sys.path.insert(0, {str(tmp_path / 'site-packages')!r})\nimport hashing\nhashing.hashed('a')[:8]").plain == "'$6$salt$'"
