"""The kernel as a person meets it in JupyterLab."""
import os
import signal

from lab_page import DISPLAY_NAME, WAIT_MS, Notebook, open_notebook
from playwright.sync_api import expect


def test_the_launcher_offers_the_kernel_with_its_logo(lab, page):
    page.goto(f"{lab.url}/lab?token=t&reset")
    card = page.locator(f'.jp-LauncherCard[title^="{DISPLAY_NAME}"]').first
    expect(card).to_be_visible(timeout=WAIT_MS)
    expect(card.locator("img")).to_have_js_property("complete", True)
    assert card.locator("img").evaluate("image => image.naturalWidth") > 0
    card.click()
    notebook = Notebook(page)
    assert "42" in notebook.run(0, "6 * 7")


def test_a_cell_prints_and_shows_its_value(notebook):
    text = notebook.run(0, "print('printed')\n[n * n for n in range(4)]")
    assert "printed" in text and "[0, 1, 4, 9]" in text


def test_a_dataframe_is_a_table_and_a_plot_a_picture(notebook):
    notebook.run(0, "import pandas as pd\n"
                    "table = pd.DataFrame({'city': ['Oslo', 'Porto', 'Quito'], 'degrees': [3.5, 17.2, 14.1]})\n"
                    "table")
    expect(notebook.outputs(0).locator("table")).to_contain_text("Porto")
    notebook.run(1, "table.plot.bar(x='city', color='#24958f', figsize=(5, 2), legend=False);")
    expect(notebook.outputs(1).locator("img").first).to_be_visible(timeout=WAIT_MS)


def test_an_error_shows_the_cells_own_line(notebook):
    text = notebook.run(0, "def half(x):\n    return x / 0\nhalf(3)")
    assert "ZeroDivisionError" in text and "return x / 0" in text


def test_a_refused_call_asks_and_after_a_no_the_file_is_still_there(notebook, lab):
    (lab.root / "keep.csv").write_text("1")
    notebook.start(0, "import os\nos.remove('keep.csv')")
    notebook.answer("n")
    notebook.wait_done(0)
    assert "os.remove" in "\n".join(notebook.outputs(0).all_inner_texts())
    assert (lab.root / "keep.csv").read_text() == "1"


def test_a_refusal_is_seen_once(notebook):
    """Given a refused cell, then its error says why and what would permit it, once, and nothing else does but the question that a person
    answered with no."""
    notebook.start(0, "def save(text):\n    open('report.txt', 'w').write(text)\nsave('all')")
    notebook.answer("n")
    notebook.wait_done(0)
    outputs = notebook.outputs(0)
    expect(outputs).to_have_count(2, timeout=WAIT_MS)
    expect(outputs.first).to_contain_text("The cell goes on with this only if you permit it")
    seen = outputs.last.inner_text()
    assert seen.count("Dest 'report.txt' not allowed") == seen.count("%ok_dests --add") == 1, seen
    assert "----> 2     open('report.txt', 'w').write(text)" in seen
    notebook.run(1, "save.__globals__")
    expect(notebook.outputs(1)).to_have_count(1)
    seen = notebook.outputs(1).inner_text()
    assert seen.count("it reaches the variables of other code") == seen.count("%%trusted") == 1, seen


def test_a_yes_lets_the_cell_go_on(notebook, lab):
    (lab.root / "old.csv").write_text("1")
    notebook.start(0, "import os\nos.remove('old.csv')\n'gone'")
    notebook.answer("o")
    notebook.wait_done(0)
    expect(notebook.outputs(0).last).to_contain_text("'gone'")
    assert not (lab.root / "old.csv").exists()


def test_a_session_is_asked_once_and_a_project_is_written(notebook, lab):
    for name in ("s1", "s2", "s3"):
        (lab.root / name).mkdir()
        (lab.root / name / "a").write_text("1")
    notebook.start(0, "import os\nos.remove('s1/a')")
    notebook.answer("s")
    notebook.wait_done(0)
    expect(notebook.page.locator(".jp-Stdin-input")).to_have_count(0, timeout=WAIT_MS)
    (lab.root / "s1" / "a").write_text("1")
    notebook.run(1, "os.remove('s1/a')\n'gone again'")
    expect(notebook.outputs(1).last).to_contain_text("'gone again'")
    notebook.start(2, "os.remove('s2/a')\n'and that'")
    notebook.answer("p")
    notebook.wait_done(2)
    expect(notebook.page.locator(".jp-Stdin-input")).to_have_count(0, timeout=WAIT_MS)
    assert "os.remove in ./s2" in (lab.root / ".safepyrun.toml").read_text()
    (lab.root / ".safepyrun.toml").unlink()
    notebook.start(3, "os.remove('s3/a')")
    notebook.answer("n")
    notebook.wait_done(3)
    assert [(lab.root / name / "a").exists() for name in ("s1", "s2", "s3")] == [False, False, True]


def test_native_code_asks_in_the_cell(notebook, lab):
    notebook.start(0, "import duckdb\nduckdb.sql(\"COPY (SELECT 1 AS a) TO 'native.csv'\")\n'done'")
    expect(notebook.page.locator(".jp-Stdin-prompt")).to_contain_text("[o]nce", timeout=WAIT_MS)
    assert not (lab.root / "native.csv").exists()
    notebook.answer("o")
    notebook.wait_done(0)
    assert (lab.root / "native.csv").read_text() == "a\n1\n"


def test_a_question_that_nobody_answers_is_a_no(lab, page, settings, request):
    settings("ask_timeout_s = 2\n")
    (lab.root / "late.csv").write_text("1")
    notebook = open_notebook(lab, page, request.node.name + ".ipynb")
    notebook.start(0, "import os\nos.remove('late.csv')")
    notebook.wait_done(0)
    assert "%ok_dests --add" in "\n".join(notebook.outputs(0).all_inner_texts())
    notebook.answer("s")  # JupyterLab keeps the box, and runs no cell before; it is too late for a yes
    notebook.run(1, "1 + 1")
    expect(notebook.outputs(1).last).to_contain_text("2")
    assert (lab.root / "late.csv").exists()


def test_input_asks_in_the_cell(notebook):
    notebook.start(0, "name = input('Who? ')\nf'Hello, {name}!'")
    box = notebook.page.locator(".jp-Stdin-input")
    expect(box).to_be_visible(timeout=WAIT_MS)
    box.fill("Ada")
    box.press("Enter")
    notebook.wait_done(0)
    expect(notebook.outputs(0).last).to_contain_text("Hello, Ada!")


def test_getpass_hides_what_is_typed(notebook):
    notebook.start(0, "import getpass\nlen(getpass.getpass('Secret: '))")
    box = notebook.page.locator(".jp-Stdin-input")
    expect(box).to_have_attribute("type", "password", timeout=WAIT_MS)
    box.fill("hunter2")
    box.press("Enter")
    notebook.wait_done(0)
    expect(notebook.outputs(0).last).to_contain_text("7")
    assert "hunter2" not in notebook.cells.nth(0).inner_text()


def test_interrupt_ends_a_loop_and_the_next_cell_runs(notebook):
    notebook.start(0, "print('looping')\nwhile True: pass")
    expect(notebook.outputs(0).first).to_contain_text("looping", timeout=WAIT_MS)
    notebook.page.locator('jp-button[data-command="notebook:interrupt-kernel"], '
                          '[data-command="notebook:interrupt-kernel"]').first.click()
    notebook.wait_done(0)
    expect(notebook.outputs(0).last).to_contain_text("KeyboardInterrupt")
    assert "'alive'" in notebook.run(1, "'alive'")


def test_restart_clears_the_names(notebook):
    notebook.run(0, "kept = 1")
    notebook.page.locator('[data-command="notebook:restart-kernel"]').first.click()
    notebook.page.locator(".jp-Dialog .jp-mod-accept").click()
    notebook.wait_idle()
    assert "NameError" in notebook.run(1, "kept")


def test_a_worker_that_dies_says_so_in_the_cell_and_the_kernel_lives(notebook):
    notebook.start(0, "import os, time\nprint('worker', os.getpid(), flush=True)\ntime.sleep(600)")
    expect(notebook.outputs(0).first).to_contain_text("worker", timeout=WAIT_MS)
    os.kill(int(notebook.outputs(0).first.inner_text().split()[1]), signal.SIGSEGV)
    notebook.wait_done(0)
    expect(notebook.outputs(0).last).to_contain_text("SIGSEGV")
    assert "42" in notebook.run(1, "6 * 7")


def test_tab_completes(notebook):
    notebook.run(0, "temperature_in_oslo = 3")
    notebook.type(1, "")
    notebook.page.keyboard.type("temperature_in", delay=20)
    notebook.page.keyboard.press("Tab")
    offer = notebook.page.locator(".jp-Completer-item", has_text="temperature_in_oslo")
    taken = notebook.cells.nth(1).locator(".cm-content", has_text="temperature_in_oslo")
    expect(offer.or_(taken).first).to_be_visible(timeout=WAIT_MS)


def test_a_hundred_thousand_lines_leave_the_page_responsive(notebook):
    notebook.start(0, "for i in range(100_000): print(i)")
    expect(notebook.outputs(0).first).to_contain_text("0", timeout=WAIT_MS)
    assert "'after'" in notebook.run(1, "'after'")


def test_a_refusal_and_a_question_as_in_the_picture(lab, page):
    """The page that docs/img/lab.png shows: a table, a plot, a refusal, a question."""
    notebook = open_notebook(lab, page, "degrees.ipynb")
    page.set_viewport_size({"width": 1200, "height": 960})
    notebook.run(0, "import pandas as pd\n"
                    "table = pd.DataFrame({'city': ['Oslo', 'Porto', 'Quito'], 'degrees': [3.5, 17.2, 14.1]})\n"
                    "table")
    notebook.run(1, "table.plot.bar(x='city', color='#24958f', figsize=(5, 1.4), legend=False, rot=0);")
    expect(notebook.outputs(1).locator("img").first).to_be_visible(timeout=WAIT_MS)
    notebook.start(2, "import shutil\nshutil.rmtree('measurements')  # tidy up")
    notebook.answer("n")
    expect(notebook.outputs(2).last).to_contain_text("Denied", timeout=WAIT_MS)
    notebook.start(3, "table.to_csv('degrees.csv')")
    expect(page.locator(".jp-Stdin-input")).to_be_visible(timeout=WAIT_MS)
    page.keyboard.press("Escape")
    notebook.screenshot("lab.png")


DEBUGGED = "def area(width, height):\n    product = width * height\n    return product\n\n\nsides = [3, 4]\nanswer = area(*sides)\nanswer"


def breakpoint_at(notebook, index, line):
    """Click into the margin of the cell's line (counted from 1)."""
    cell = notebook.cells.nth(index)
    number = cell.locator(".cm-lineNumbers .cm-gutterElement").get_by_text(str(line), exact=True).bounding_box()
    margin = cell.locator(".cm-breakpoint-gutter").first.bounding_box()
    notebook.page.mouse.click(margin["x"] + margin["width"] / 2, number["y"] + number["height"] / 2)
    expect(cell.locator(".cm-breakpoint-icon").last).to_be_visible(timeout=WAIT_MS)


def test_the_debugger_stops_shows_variables_and_steps_as_in_the_picture(notebook):
    """A click sets the breakpoint; the cell stops there, shows its names, is stepped and ends. Its picture is that of docs/debugger.md."""
    page = notebook.page
    page.set_viewport_size({"width": 1300, "height": 700})
    notebook.type(0, DEBUGGED)
    page.locator(".jp-DebuggerBugButton").click()
    expect(page.locator(".jp-DebuggerVariables")).to_be_visible(timeout=WAIT_MS)
    expect(notebook.cells.nth(0).locator(".cm-breakpoint-gutter").first).to_be_attached(timeout=WAIT_MS)
    breakpoint_at(notebook, 0, 2)
    notebook.cells.nth(0).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    stopped = notebook.cells.nth(0).locator(".jp-DebuggerEditor-highlight")
    expect(stopped).to_have_text("    product = width * height", timeout=WAIT_MS)
    frames = page.locator(".jp-DebuggerCallstackFrame")
    expect(frames.first).to_contain_text("area", timeout=WAIT_MS)
    variables = page.locator(".jp-debuggerVariables-local .jp-TreeItem")
    expect(variables).to_have_text(["height4", "width3"], timeout=WAIT_MS)
    notebook.screenshot("debugger.png")
    page.locator("[data-command='debugger:next']").click()
    expect(stopped).to_have_text("    return product", timeout=WAIT_MS)
    expect(variables.filter(has_text="product")).to_have_text("product12", timeout=WAIT_MS)
    page.locator("[data-command='debugger:stepOut']").click()
    expect(stopped).to_have_text("answer = area(*sides)", timeout=WAIT_MS)
    page.locator("[data-command='debugger:continue']").click()
    expect(notebook.outputs(0).last).to_have_text("12", timeout=WAIT_MS)
    expect(stopped).to_have_count(0, timeout=WAIT_MS)
