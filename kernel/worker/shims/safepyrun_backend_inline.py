"""matplotlib's backend in a notebook: figures are shown in the cell that made them, at its end or at show()."""
import _safepyrun_kernel as _kernel

formats = ["png"]
print_options = {}


def select():
    "Called when matplotlib was imported: figures go here unless the user named another backend."
    import os
    import matplotlib
    if not os.environ.get("MPLBACKEND"):
        matplotlib.rcParams["backend"] = "module://safepyrun_backend_inline"
        if "figure.dpi" in matplotlib.rcParamsDefault:
            matplotlib.rcParams["figure.dpi"] = matplotlib.rcParamsDefault["figure.dpi"]


def _draw(figure, kind):
    "The MIME type and the bytes of a figure in one format."
    import io
    options = {"bbox_inches": "tight", "dpi": "figure", **print_options}
    if kind in ("retina", "png2x"):
        options["dpi"] = figure.dpi * 2
    file = io.BytesIO()
    name = {"retina": "png", "png2x": "png", "jpg": "jpeg"}.get(kind, kind)
    if not figure.canvas.supports_blit:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        FigureCanvasAgg(figure)
    figure.canvas.print_figure(file, format=name, facecolor=figure.get_facecolor(), edgecolor=figure.get_edgecolor(),
                               **options)
    return {"png": "image/png", "jpeg": "image/jpeg", "svg": "image/svg+xml", "pdf": "application/pdf"}[name], file.getvalue()


def display_figure(figure):
    "Show one figure."
    import base64
    data, metadata = {"text/plain": repr(figure)}, {}
    for kind in formats:
        mime, raw = _draw(figure, kind)
        data[mime] = raw.decode() if mime == "image/svg+xml" else base64.b64encode(raw).decode()
        if mime == "image/png":
            width, height = int.from_bytes(raw[16:20], "big"), int.from_bytes(raw[20:24], "big")
            half = 2 if kind in ("retina", "png2x") else 1
            metadata[mime] = {"width": width // half, "height": height // half}
    _kernel.publish("display_data", {"data": data, "metadata": metadata, "transient": {}})


def show(*args, close=True, block=None, **kwargs):
    "Show all open figures now."
    import matplotlib.pyplot as plt
    from matplotlib._pylab_helpers import Gcf
    try:
        for manager in Gcf.get_all_fig_managers():
            if manager.canvas.figure.axes or manager.canvas.figure.get_children():
                display_figure(manager.canvas.figure)
    finally:
        if close and Gcf.get_all_fig_managers():
            plt.close("all")


def flush_figures():
    "Called at the end of each cell."
    import sys
    if "matplotlib.pyplot" not in sys.modules:
        return
    import matplotlib
    if "backend_inline" not in str(matplotlib.rcParams._get("backend") if hasattr(matplotlib.rcParams, "_get")
                                   else matplotlib.rcParams["backend"]):
        return
    try:
        show()
    except Exception as error:
        sys.stderr.write(_kernel.describe_error(error) + "\n")


def _agg():
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    return FigureCanvasAgg


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
            from matplotlib.figure import Figure
            figure = (FigureClass or Figure)(*args, **kwargs)
            return FigureManagerBase(FigureCanvas(figure), num)

        globals()["new_figure_manager"] = new_figure_manager
        return globals()[name]
    raise AttributeError(name)
