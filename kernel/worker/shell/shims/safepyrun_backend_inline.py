"""matplotlib's backend in a notebook: figures are shown in the cell that made them, at its end or at show()."""
import _safepyrun_kernel as _kernel

formats = ["png"]
print_options = {}
close_figures = True
_TYPES = {"png": "image/png", "retina": "image/png", "png2x": "image/png", "jpeg": "image/jpeg", "jpg": "image/jpeg",
          "svg": "image/svg+xml", "pdf": "application/pdf"}


def set_formats(names):
    "The formats of figures, each a key of _TYPES. ValueError for another."
    global formats
    unknown = [name for name in names if name not in _TYPES]
    if unknown:
        raise ValueError(f"figures have no format {unknown[0]!r}; there are {', '.join(_TYPES)}")
    formats = list(names) or ["png"]


def configure(name, value):
    "A setting of IPython's InlineBackend. figure_format(s): str or several; print_figure_kwargs, rc: dict; close_figures: bool."
    global print_options, close_figures
    if name in ("figure_format", "figure_formats"):
        set_formats([value] if isinstance(value, str) else value)
    elif name == "print_figure_kwargs":
        print_options = dict(value)
    elif name == "close_figures":
        close_figures = bool(value)
    elif name == "rc":
        import matplotlib
        matplotlib.rcParams.update(value)
    else:
        raise ValueError(f"InlineBackend has no setting {name!r}")


_made = []  # figures of this cell, while matplotlib is interactive
_wanted = False  # by %matplotlib inline, whatever the environment says


def use():
    "%matplotlib inline."
    global _wanted
    import sys
    _wanted = True
    if "matplotlib.pyplot" in sys.modules:
        if "backend_inline" not in str(sys.modules["matplotlib"].get_backend()):
            sys.modules["matplotlib.pyplot"].switch_backend("module://safepyrun_backend_inline")
        sys.modules["matplotlib"].interactive(True)
    elif "matplotlib" in sys.modules:
        select()


def select():
    "Called when matplotlib was imported: figures go here unless the user named another backend."
    import os
    import matplotlib
    formatters = _kernel.get_ipython().display_formatter.formatters
    for mime, printer in _PRINTERS.items():
        formatters[mime].for_type_by_name("matplotlib.figure", "Figure", printer)
    if _wanted or not os.environ.get("MPLBACKEND"):
        matplotlib.rcParams["backend"] = "module://safepyrun_backend_inline"
        matplotlib.interactive(True)
        if "figure.dpi" in matplotlib.rcParamsDefault:
            matplotlib.rcParams["figure.dpi"] = matplotlib.rcParamsDefault["figure.dpi"]


def _draw(figure, mime):
    "(data, metadata) of a figure as one MIME type, or None when figures are not shown as such."
    kind = next((kind for kind in formats if _TYPES[kind] == mime), None)
    if kind is None or len(figure.get_children()) <= 1:  # nothing but its background
        return None
    import io
    half = 2 if kind in ("retina", "png2x") else 1
    options = {"bbox_inches": "tight", "dpi": figure.dpi * half if half > 1 else "figure", **print_options}
    file = io.BytesIO()
    name = {"retina": "png", "png2x": "png", "jpg": "jpeg"}.get(kind, kind)
    if type(figure.canvas).__name__ == "FigureCanvasBase":
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        FigureCanvasAgg(figure)
    figure.canvas.print_figure(file, format=name, facecolor=figure.get_facecolor(), edgecolor=figure.get_edgecolor(),
                               **options)
    data, metadata = file.getvalue(), {}
    if name == "png":
        width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        metadata = {"width": width // half, "height": height // half}
    return (data.decode() if name == "svg" else data), metadata


class _Printer:
    "Draws figures as one MIME type, for display."

    def __init__(self, mime):
        self.mime = mime

    def __call__(self, figure):
        return _draw(figure, self.mime)


_PRINTERS = {mime: _Printer(mime) for mime in ("image/png", "image/jpeg", "image/svg+xml", "application/pdf")}


def display_figure(figure):
    "Show one figure; an error in it is shown instead of the picture."
    data, metadata = _kernel.format(figure)
    if data:
        _kernel.publish("display_data", {"data": data, "metadata": metadata, "transient": {}})


def show(*args, close=None, block=None, **kwargs):
    "Show all open figures now. close: forget them afterwards (the setting close_figures)."
    import matplotlib.pyplot as plt
    from matplotlib._pylab_helpers import Gcf
    try:
        for manager in Gcf.get_all_fig_managers():
            display_figure(manager.canvas.figure)
    finally:
        _made.clear()
        if (close_figures if close is None else close) and Gcf.get_all_fig_managers():
            plt.close("all")


def flush_figures():
    "Called at the end of each cell: shows all figures when it made one, or with close_figures off those that it made."
    import sys
    if "matplotlib.pyplot" not in sys.modules or not _made:
        return
    from matplotlib._pylab_helpers import Gcf
    try:
        if close_figures:
            show()
        else:
            open_ = {manager.canvas.figure for manager in Gcf.get_all_fig_managers()}
            for figure in [figure for figure in _made if figure in open_]:
                display_figure(figure)
    except Exception as error:
        _kernel.publish("error", _kernel.error_content(error))
    finally:
        _made.clear()


def __getattr__(name):
    # Made when matplotlib asks: importing matplotlib here would import it at the kernel's start.
    if name in ("FigureCanvas", "FigureManager", "new_figure_manager"):
        from matplotlib.backend_bases import FigureManagerBase
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.backend_bases import _Backend

        class FigureCanvas(FigureCanvasAgg):
            "Agg's canvas."

        FigureCanvas.__qualname__ = "FigureCanvas"
        globals().update(FigureCanvas=FigureCanvas, FigureManager=FigureManagerBase)

        def new_figure_manager(num, *args, FigureClass=None, **kwargs):
            from matplotlib import is_interactive
            from matplotlib.figure import Figure
            figure = (FigureClass or Figure)(*args, **kwargs)
            manager = FigureManagerBase(FigureCanvas(figure), num)
            if is_interactive():
                _made.append(figure)
            return manager

        globals()["new_figure_manager"] = new_figure_manager
        return globals()[name]
    raise AttributeError(name)
