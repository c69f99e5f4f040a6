"""Execute a notebook through the kernel and print each cell and what came out of it.

usage: run_notebook.py NOTEBOOK [--kernel NAME]

Ends with 1 when a cell fails that was not meant to (those that are carry the tag "raises-exception").
The notebook file itself is not changed."""
import argparse
import sys
import textwrap
from pathlib import Path

import nbclient
import nbformat

BOLD, DIM, GREEN, RED, PLAIN = (("\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m")
                                if sys.stdout.isatty() else ("",) * 5)


def output_text(output):
    """What a terminal can show of one output, as str."""
    if output.output_type == "stream":
        return output.text.rstrip("\n")
    if output.output_type == "error":
        return f"{RED}{output.ename}{PLAIN}: {output.evalue}"
    pictures = [kind for kind in output.data if kind.startswith("image/")]
    if pictures:
        return f"{DIM}[{pictures[0]}, {len(output.data[pictures[0]]) * 3 // 4 // 1024 + 1} kB]{PLAIN}"
    return output.data.get("text/plain", f"{DIM}[{', '.join(output.data)}]{PLAIN}")


def show_source(cell, cell_index):
    if cell.cell_type == "code":
        print(f"{GREEN}In :{PLAIN} " + textwrap.indent(cell.source, "     ").lstrip(), flush=True)
    else:
        for paragraph in cell.source.split("\n\n"):
            style = BOLD if paragraph.startswith("#") else ""
            print(style + textwrap.fill(paragraph.lstrip("# "), 100) + PLAIN + "\n", flush=True)


def show_outputs(cell):
    for output in cell.outputs:
        print(textwrap.indent(output_text(output), "     "), flush=True)
    print(flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--kernel", default="safepyrun", help="name of the kernelspec")
    options = parser.parse_args()

    book = nbformat.read(options.notebook, as_version=4)
    client = nbclient.NotebookClient(
        book, kernel_name=options.kernel, timeout=120, on_cell_start=show_source,
        on_cell_executed=lambda cell, cell_index, execute_reply: show_outputs(cell),
        resources={"metadata": {"path": str(options.notebook.resolve().parent)}})
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError as error:
        print(f"{RED}The notebook stopped here{PLAIN}: {error.ename}: {error.evalue}", file=sys.stderr)
        return 1
    count = sum(cell.cell_type == "code" for cell in book.cells)
    print(f"{BOLD}{count} cells ran through the kernel {options.kernel}.{PLAIN}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
