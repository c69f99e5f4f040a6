"""Figures in cells, with the matplotlib of the Python that runs these tests."""
import base64
import sys

import pytest

from test_cells import Kernel

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel("--python", sys.executable)
    assert kernel.run("import matplotlib\nimport matplotlib.pyplot as plt").reply["status"] == "ok"
    yield kernel
    kernel.stop()


@pytest.fixture(autouse=True)
def plain_settings(kernel):
    yield
    kernel.run("%config InlineBackend.figure_format = 'png'")
    kernel.run("%config InlineBackend.close_figures = True\nplt.close('all')")


def figures(cell):
    assert cell.reply["status"] == "ok", cell.traceback
    return [m["content"] for m in cell.messages if m["msg_type"] == "display_data"]


def errors(cell):
    return [m["content"]["ename"] for m in cell.messages if m["msg_type"] == "error"]


def png_size(content):
    png = base64.b64decode(content["data"]["image/png"])
    assert png.startswith(b"\x89PNG")
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_the_backend_is_inline(kernel):
    assert "backend_inline" in kernel.run("matplotlib.get_backend()").plain


def test_a_figure_is_shown_at_the_end_of_its_cell_once(kernel):
    cell = kernel.run("lines = plt.plot([1, 2])\nprint('drawn')")
    figure, = figures(cell)
    assert cell.types.index("stream") < cell.types.index("display_data")
    assert figure["metadata"]["image/png"] == dict(zip(("width", "height"), png_size(figure)))
    assert figure["data"]["text/plain"] == "<Figure size 640x480 with 1 Axes>"
    assert figures(kernel.run("plt.get_fignums()")) == []


def test_show_shows_at_once(kernel):
    cell = kernel.run("lines = plt.plot([1, 2])\nplt.show()\nprint('after')")
    assert len(figures(cell)) == 1 and cell.types.index("display_data") < cell.types.index("stream")


def test_each_open_figure_is_shown(kernel):
    assert len(figures(kernel.run("for i in range(3):\n    plt.figure(); plt.plot([i])"))) == 3


def test_nothing_to_see(kernel):
    assert figures(kernel.run("f, a = plt.subplots(); plt.close(f)")) == []


def test_a_figure_with_nothing_in_it_is_shown_as_text(kernel):
    figure, = figures(kernel.run("f = plt.figure()"))
    assert figure["data"] == {"text/plain": "<Figure size 640x480 with 0 Axes>"}


def test_figures_made_while_not_interactive_wait_for_show(kernel):
    assert figures(kernel.run("plt.ioff()\nlines = plt.plot([1])\nplt.ion();")) == []
    assert len(figures(kernel.run("plt.show()"))) == 1
    assert figures(kernel.run("with plt.ioff():\n    f = plt.figure()")) == []
    kernel.run("plt.close('all')")


def test_figures_that_stay_open_come_with_the_cell_that_makes_them(kernel):
    kernel.run("%config InlineBackend.close_figures = False")
    assert len(figures(kernel.run("lines = plt.plot([1])"))) == 1
    assert figures(kernel.run("1")) == []
    assert figures(kernel.run("%config InlineBackend.close_figures = True")) == []
    assert len(figures(kernel.run("plt.close('all')\nlines = plt.plot([1])"))) == 1


def test_matplotlib_inline_comes_back_from_another_backend(kernel):
    assert figures(kernel.run("matplotlib.use('svg')\nlines = plt.plot([1])")) == []
    assert len(figures(kernel.run("plt.close('all')\n%matplotlib inline\nlines = plt.plot([1])"))) == 1


@pytest.mark.parametrize("code", ["f = plt.figure(); f.suptitle('t');", "f = plt.figure(); f.legend([], []);"])
def test_figures_without_axes(kernel, code):
    figure, = figures(kernel.run(code))
    assert "image/png" in figure["data"]


def test_a_figure_is_a_result_with_its_picture(kernel):
    cell = kernel.run("f, a = plt.subplots(); plt.close(f); lines = a.plot([1])\nf")
    assert base64.b64decode(cell.data["image/png"]).startswith(b"\x89PNG")


def test_a_figure_is_displayed_later_with_its_picture(kernel):
    figure, = figures(kernel.run("lines = a.plot([2])\ndisplay(f)"))
    assert "image/png" in figure["data"]


def test_a_figure_of_a_failing_cell_is_shown(kernel):
    cell = kernel.run("lines = plt.plot([1])\n1/0")
    assert cell.reply["ename"] == "ZeroDivisionError" and "display_data" in cell.types
    assert kernel.run("plt.get_fignums()").plain == "[]"


def test_a_figure_that_raises_stops_nothing(kernel):
    cell = kernel.run("class Bad(matplotlib.artist.Artist):\n    def draw(self, renderer):\n        raise ValueError('bad')\n"
                      "f, a = plt.subplots(); a.add_artist(Bad())\ng, b = plt.subplots()\nprint('ok')")
    assert errors(cell) == ["ValueError"] and cell.stream() == "ok\n" and cell.reply["status"] == "ok"
    assert [("image/png" in figure["data"]) for figure in figures(cell)] == [False, True]
    assert kernel.run("plt.get_fignums()").plain == "[]"


def test_retina_is_twice_as_fine(kernel):
    before = png_size(figures(kernel.run("plt.plot([1, 2]);"))[0])
    kernel.run("%config InlineBackend.figure_format = 'retina'")
    figure, = figures(kernel.run("plt.plot([1, 2]);"))
    width, height = png_size(figure)
    assert width > 1.9 * before[0] and figure["metadata"]["image/png"] == {"width": width // 2, "height": height // 2}


def test_svg(kernel):
    kernel.run("from IPython.display import set_matplotlib_formats\nset_matplotlib_formats('svg')")
    figure, = figures(kernel.run("plt.plot([1, 2]);"))
    assert "<svg" in figure["data"]["image/svg+xml"] and "image/png" not in figure["data"]


def test_figures_may_stay_open(kernel):
    kernel.run("%config InlineBackend.close_figures = False")
    kernel.run("plt.plot([1]);")
    assert kernel.run("plt.get_fignums()").plain == "[1]"


def test_capture_takes_figures(kernel):
    assert figures(kernel.run("%%capture kept\nlines = plt.plot([1])")) == []
    output, = figures(kernel.run("kept.show()"))
    assert "image/png" in output["data"]


def test_matplotlib_inline_goes_through(kernel):
    cell = kernel.run("%matplotlib inline\nlines = plt.plot([1])")
    assert len(figures(cell)) == 1


def test_another_backend_shows_nothing(kernel):
    cell = kernel.run("old = matplotlib.get_backend()\nplt.switch_backend('agg')\nlines = plt.plot([1])")
    kernel.run("plt.close('all')\nplt.switch_backend(old)")
    assert figures(cell) == []


def test_the_magic_takes_backends_that_show_nothing(kernel):
    kernel.run("old = matplotlib.get_backend()")
    cell = kernel.run("%matplotlib agg\nlines = plt.plot([1])\nmatplotlib.get_backend().lower()")
    assert cell.plain == "'agg'" and figures(cell) == []
    cell = kernel.run("plt.close('all')\n%matplotlib inline\nlines = plt.plot([1])")
    assert len(figures(cell)) == 1
    assert kernel.run("%matplotlib tk").reply["ename"] == "UsageError"
    kernel.run("plt.close('all')\nplt.switch_backend(old)")


def test_the_users_own_backend_is_kept(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    kernel = Kernel("--python", sys.executable)
    try:
        assert kernel.run("import matplotlib.pyplot as plt, matplotlib\nmatplotlib.get_backend()").plain.lower() == "'agg'"
    finally:
        kernel.stop()


@pytest.mark.parametrize("backend", ["notebook", "nbagg", "widget", "ipympl"])
def test_backends_of_notebooks_are_shown_inline(kernel, backend):
    """Given a notebook that asks for figures to zoom into, then it runs, stderr says what it gets, and the figure is shown."""
    cell = kernel.run(f"%matplotlib {backend}\nlines = plt.plot([1])")
    assert len(figures(cell)) == 1 and f"%matplotlib {backend}: figures are shown inline" in cell.stream("stderr")


def test_drawing_has_a_cells_rights(kernel, tmp_path):
    cell = kernel.run("class Writes(matplotlib.artist.Artist):\n    def draw(self, renderer):\n"
                      f"        open({str(tmp_path / 'effect')!r}, 'w')\nf, a = plt.subplots(); a.add_artist(Writes())\nNone")
    assert "Denied" in errors(cell) and not (tmp_path / "effect").exists()
