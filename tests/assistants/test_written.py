"""What assistants write runs: every cell of written.py does as it says there, in a kernel with a person and in one without."""
import http.server
import json
import re
import sys
import threading

import pytest
from test_approvals import Notebook
from written import WRITTEN
from written_more import MORE

RUNS = [(name, cells) for name, want, cells in WRITTEN + MORE if want == "runs"]
OTHERS = [(name, want, cells) for name, want, cells in WRITTEN + MORE if want != "runs"]
ROUNDS = 5 # refusals that one cell may meet, one after the other


@pytest.fixture(scope="module")
def port():
    "Of an HTTP server on this machine."
    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            text = (b"<title>T</title><h1>H</h1><a href='/x'>x</a>" if self.path.endswith(".html") else
                    json.dumps({"items": [{"id": 1}]}).encode())
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if self.path.endswith(".html") else "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def furnish(folder):
    "The files that the cells find beside them."
    rows = ["name,dept,salary,date,score"]
    rows += [f"name{i},{'abc'[i % 3]},{1000 + i * 37 % 2000},2024-0{1 + i % 6}-1{i % 9},{i % 7}" for i in range(60)]
    (folder / "data.csv").write_text("\n".join(rows) + "\n")
    (folder / "mymod.py").write_text("V = 1\ndef f(x):\n    return x + 1\n")
    (folder / "old").mkdir(exist_ok=True)
    (folder / "old" / "file").write_text("x")
    (folder.parent / "src").mkdir(exist_ok=True)
    (folder.parent / "src" / "helper_mod.py").write_text("X = 1\n")


@pytest.fixture
def notebook(tmp_path):
    "A fresh kernel beside its files."
    kernel = Notebook(tmp_path)
    furnish(kernel.folder)
    yield kernel
    kernel.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    "One kernel for cells that ask for nothing."
    kernel = Notebook(tmp_path_factory.mktemp("shared"))
    furnish(kernel.folder)
    yield kernel
    kernel.stop()


def refusal(cell):
    """What the sandbox said of a cell; None when it ran or failed otherwise. A library may wrap the refusal in an error of its own (requests
    does): then it is in the text."""
    for message in cell.messages:
        if message["msg_type"] == "error":
            wrapped = re.search(r"Denied\(.*to permit it: ([^'\"]+)", message["content"]["evalue"])
            return message["metadata"].get("safepyrun") or ({"remedy": wrapped[1]} if wrapped else None)
    return None


def fine(cell):
    return cell.reply["status"] == "ok" or f"{cell.reply['ename']}: {cell.reply['evalue']}"


def with_remedies(kernel, run, code):
    "Run a cell, and after each refusal what it names, literally; the refusals."
    met = []
    for _ in range(ROUNDS):
        cell = run(code)
        if (said := refusal(cell)) is None:
            break
        met.append(said)
        assert said["remedy"], said
        assert fine(kernel.ask(said["remedy"], *["s"] * 5)) is True, said
    assert fine(cell) is True, met
    return met


@pytest.mark.parametrize("name, cells", RUNS, ids=[name for name, _ in RUNS])
def test_it_runs_without_anybody(shared, port, name, cells):
    shared.run("%reset -f")
    for code in cells:
        msg_id = shared.client.execute(code.replace("PORT", str(port)), allow_stdin=False)
        assert fine(shared.collect(msg_id, timeout=60)) is True, code  # what it imports may take long on a busy machine


@pytest.mark.parametrize("name, cells", RUNS[::4], ids=[name for name, _ in RUNS[::4]])
def test_it_runs_without_a_question(shared, port, name, cells):
    "The kernel has no other way for a person than for nobody, until something is refused: every fourth is enough."
    shared.run("%reset -f")
    for code in cells:
        cell = shared.ask(code.replace("PORT", str(port)))
        assert fine(cell) is True and cell.asked == [], code


@pytest.mark.parametrize("name, want, cells", OTHERS, ids=[name for name, _, _ in OTHERS])
def test_its_remedies_work_when_followed_literally(notebook, port, name, want, cells):
    if name in ("procpool", "multiprocessing") and sys.version_info >= (3, 14):
        pytest.skip("processes are started afresh from 3.14 on, and find no function of a notebook's: BrokenProcessPool in plain Python as well")
    met = []
    for code in cells:
        met += with_remedies(notebook, notebook.run, code.replace("PORT", str(port)))
    assert met or want == "either"


@pytest.mark.parametrize("name, want, cells", OTHERS[::3], ids=[name for name, _, _ in OTHERS[::3]])
def test_it_runs_with_a_person_who_says_yes(notebook, port, name, want, cells):
    for code in cells:
        with_remedies(notebook, lambda code: notebook.ask(code, *["s"] * 40, timeout=60), code.replace("PORT", str(port)))


# ---- those that want something else ------------------------------------------------------------------------------------------------

def test_a_script_that_ends_in_sys_exit_ends_as_in_other_kernels(notebook):
    cell = notebook.run("import argparse, sys\ndef main(argv=None) -> int:\n    p = argparse.ArgumentParser()\n"
                        "    p.add_argument('--input', default='data.csv')\n    print(p.parse_args(argv).input)\n    return 0\n"
                        "if __name__ == '__main__':\n    sys.exit(main([]))")
    assert cell.stream() == "data.csv\n" and cell.reply["ename"] == "SystemExit" and refusal(cell) is None


def test_commands_that_read_are_answered_others_have_a_remedy(notebook):
    for code in ("!ls", "!ls -la data.csv", "files = !ls\nprint(files)", "!pip install pandas", "%pip install pandas", "%ls"):
        assert fine(notebook.run(code)) is True, code
    met = with_remedies(notebook, notebook.run, "!git --version")
    assert len(met) == 1 and "git" in met[0]["remedy"]


def test_the_folder_is_changed_and_a_librarys_module_not_reloaded(notebook):
    assert fine(notebook.run("import os, sys\nos.chdir('..')\nprint(os.getcwd())\nsys.path.append('src'); sys.path.insert(0, os.path.abspath('.'))")) is True
    assert refusal(notebook.run("import importlib, json\nimportlib.reload(json)"))["callable"] == "importlib.reload"
    assert fine(notebook.run("import helper_mod")) is True
    assert fine(notebook.run("importlib.reload(helper_mod)")) is True


def test_input_is_asked_of_the_person_and_fails_without(notebook):
    code = "name = input('Name: ')\nprint(name)"
    assert notebook.run(code).reply["ename"] == "StdinNotImplementedError"
    cell = notebook.ask(code, "Ada")
    assert cell.asked == ["Name: "] and cell.stream() == "Ada\n"


def test_copies_beside_and_elsewhere_after_a_question_each(notebook, tmp_path):
    asked = []
    for code in ("import shutil\nshutil.copy('data.csv', 'backup.csv')", f"shutil.copy2('data.csv', {str(tmp_path / 'elsewhere.csv')!r})",
                 "import os\nos.rename('backup.csv', 'moved.csv')"):
        met = with_remedies(notebook, notebook.run, code)
        asked.append(len(met))
    assert asked[:2] == [1, 1] and (notebook.folder / "moved.csv").exists() and (tmp_path / "elsewhere.csv").exists()


def test_a_name_that_was_imported_before_it_was_allowed(notebook):
    notebook.run("from mymod import f")
    notebook.run("f(1)")
    notebook.run("%allow mymod.f")
    assert notebook.run("f(1)").plain == "2"


def test_a_module_that_a_cell_wrote_is_imported(notebook):
    notebook.ask("%ok_dests .", "s")
    notebook.run("open('m8.py', 'w').write('try:\\n    1/0\\nexcept Exception as e: pass\\n')")
    assert fine(notebook.run("import m8")) is True


def test_libraries_import_in_a_project_that_may_be_written_to(tmp_path):
    for _ in range(2):
        kernel = Notebook(tmp_path)
        furnish(kernel.folder)
        try:
            if not kernel.project.exists():
                assert fine(kernel.ask("%ok_dests --add .", "p")) is True
            assert fine(kernel.ask("import pandas as pd\npd.read_csv('data.csv').to_csv('out.csv')\nimport numpy", *["p"] * 3)) is True
        finally:
            kernel.stop()


def test_native_code_that_writes_names_where(notebook):
    before = (notebook.folder / "data.csv").read_text()
    notebook.run("import duckdb")
    notebook.run("%allow duckdb")
    said = refusal(notebook.run("duckdb.sql(\"COPY (SELECT 1 AS a) TO 'data.csv'\")"))
    assert "data.csv" in said["reason"] and (notebook.folder / "data.csv").read_text() == before


def test_ones_own_output_may_be_removed(notebook):
    notebook.ask("%ok_dests .", "s")
    for code in ("open('t.txt', 'w').write('x')", "import os; os.remove('t.txt')",
                 "open('t.txt', 'w').write('x')\nimport pathlib; pathlib.Path('t.txt').unlink()"):
        assert fine(notebook.run(code)) is True, code
