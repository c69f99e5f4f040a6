"""`safepyrun mcp`: a front door for any assistant that speaks the Model Context Protocol."""
from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

MISSING = "safepyrun mcp needs the packages of the extra `mcp`: pip install 'safepyrun-kernel[mcp]'"


def add_options(parser: argparse.ArgumentParser) -> None:
    "Those of the command line."
    parser.add_argument("--http", type=int, nargs="?", const=0, metavar="PORT",
                        help="serve over streamable HTTP on 127.0.0.1 instead of standard input and output; the token is printed, or is SAFEPYRUN_MCP_TOKEN's")
    parser.add_argument("--existing", nargs="?", const="kernel-*.json", metavar="FILE|ID",
                        help="a kernel that is open already, for example in JupyterLab: its connection file or id; without it, the newest one")
    parser.add_argument("--kernel", default="safepyrun", metavar="NAME", help="the kernelspec of the server's own kernel (safepyrun)")
    parser.add_argument("--python", metavar="PYTHON", help="the Python that the cells of the server's own kernel run in")
    parser.add_argument("--folder", type=Path, default=Path(), metavar="DIR", help="the working directory of the server's own kernel")
    parser.add_argument("--notebook", type=Path, metavar="FILE", help="keep the session as a notebook; one that is there is gone on with")
    parser.add_argument("--max-output", type=int, default=30_000, metavar="CHARS", help="at most so much text in an answer (30000)")
    parser.add_argument("--kernel-option", action="append", default=[], metavar="OPTION", help="for the server's own kernel: --kernel-option=--confine")
    parser.set_defaults(do=main)


def main(options: argparse.Namespace) -> int:
    "Serve; the exit code."
    wrong = ("--max-output: at least 1000" if options.max_output < 1000 else
             f"--folder: {options.folder} is no folder" if not options.folder.is_dir() else
             f"--http: {options.http} is no port" if options.http is not None and not 0 <= options.http < 65536 else
             "--python and --kernel-option are for a kernel of the server's own, not for --existing"
             if options.existing and (options.python or options.kernel_option) else None)
    if wrong:
        print(f"safepyrun mcp: {wrong}", file=sys.stderr)
        return 2
    try:
        from .kernel import NoKernel
        from .notebook import BadNotebook
        from .server import serve_http, serve_stdio
    except ModuleNotFoundError as error:
        print(f"{MISSING} ({error})", file=sys.stderr)
        return 2
    try:
        asyncio.run(_serve(options, serve_stdio, serve_http))
    except (NoKernel, BadNotebook) as error:
        print(f"safepyrun mcp: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130
    return 0


async def _serve(options: argparse.Namespace, serve_stdio, serve_http) -> None: # type: ignore[no-untyped-def]
    from .cells import Cells
    from .kernel import Kernel
    from .notebook import Notebook
    kernel = (await Kernel.attach(options.existing) if options.existing else
              await Kernel.start(options.kernel, options.python, options.folder, options.kernel_option))
    try:
        notebook = Notebook(options.notebook, kernel.info["language_info"]) if options.notebook else None
        cells = Cells(kernel, notebook, options.max_output)
        await (serve_stdio(cells) if options.http is None else serve_http(cells, options.http))
    finally:
        await kernel.close()
