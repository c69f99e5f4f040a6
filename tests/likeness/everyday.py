"""Everyday cells under ipykernel and under this kernel, a session of each, message by message.

    python tests/likeness/everyday.py [--python ENV/bin/python] [--only WORD]

Prints where they part, and how many of how many are alike: what was shown, its forms and texts, errors with their tracebacks, the reply and
its payload. Colours, addresses and times aside. What a person is asked for is granted. PYTHON needs ipykernel, ipywidgets, tqdm, pandas
and matplotlib. What is meant to differ stands in MEANT, with its reason; test_everyday.py in tests/jupyter runs it."""
import argparse
import difflib
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from built import BUILD  # noqa: E402
from everyday_cells import CELLS  # noqa: E402
from everyday_more import CELLS as MORE  # noqa: E402

PASSING = [(r"\x1b\[[0-9;]*m", ""), (r"0x[0-9a-fA-F]{6,}", "0x"), (r"[0-9a-f]{32}", "HEX"),
           (r"\d+(\.\d+)? ?(ns|µs|us|μs|ms|s)\b", "TIME"), (r"\d+(\.\d+)?it/s|\?it/s|\d\d:\d\d<\S+", "RATE"), (r"Task-\d+", "Task-N"), (r"Thread-\d+", "Thread-N"),
           (r"/tmp/[^\s'\":,)]*|Cell In\[\d+\](?=[\":(])", "FILE"), (r" \((\d+\.py|Cell In\[\d+\]), line \d+\)", ""),
           (r"\.? Did you (mean|forget)[^\n\"]*", ""), (r"FILE\((\d+)\)|FILE\)", "FILE"), (r"#[A-Za-z]\w*_[0-9a-f]{5}|_T_[0-9a-f]{5}|T_[0-9a-f]{5}", "STYLE"), (r"-{10,}", "----"), (r"[ \t]+\n", "\n")]
# What a cell begins with: why it may differ.
MEANT = {
    "_dh": "folders are texts", "%dhist": "%cd - is kept as well",
    "try:": "the place of the first error, where IPython 9 shows that of the second",
    "raise ExceptionGroup": "an error with its outputs, where ipykernel prints to stderr", "async with asyncio.TaskGroup": "as above",
    "endless()": "repeated frames are counted", "raise SystemExit": "no hint about exit, quit and Ctrl-D",
    "x = (1,": "Python's own words", '"""unfinished': "Python's own words", "eval(": "the cell's own line is shown", "exec(": "the cell's own line is shown",
    "compile(": "the cell's own line is shown", "asyncio.run": "works", "loop = asyncio.get_event_loop": "no loop runs in a cell that does not await",
    "await asyncio.wait_for": "source lines keep their indentation", "with ThreadPoolExecutor() as p: p.submit": "as above", "Code(": "no LaTeX of it",
    "get_ipython().run_cell": "the result object is shorter", "get_ipython().system": "no terminal: lines end without a carriage return",
    "%who": "display is not listed", "%ls": "as system; no mark for links", "!echo shell": "as system", "%nosuchmagic": "an error with a hint", "%%nosuchcell": "an error with a hint",
    "%matplotlib": "a warning of another cell's", "1/0": "%xmode Plain is Python's own form", "%alias": "what IPython has aliases for are magics", "%autocall": "not there",
    "%%bash": "the cell's text, not its bytes", "!exit": "without a shell there is no exit", "?str": "no self of what is bound", "f?": "where a cell's function is from",
    "Documented": "classes of cells have their source", "*int*": "printed, not paged", "str.*": "printed, not paged", "%psearch": "printed, not paged",
    "%time?": "our own help", "%pdoc": "no class docstring of functions", "%pdef": "white space", "%pfile": "other words", "%store": "keeps nothing",
    "%macro": "white space", "%run": "Python's own error", "%reset": "where a warning comes from", "%debug": "no frames of the kernel's to skip", "%pdb": "no frames of the kernel's to skip",
    "from getpass": "the prompt that Python itself shows", "async with asyncio.timeout": "source lines keep their indentation", "asyncio.get_running_loop": "no loop runs in a cell that does not await",
    "ax = plt": "pictures have a size", "%config InlineBackend": "shorter", "help(len)": "white space", "?": "our own words", "def rec": "repeated frames are counted", "sys.exit": "no hint about exit, quit and Ctrl-D",
    "os.system(": "a program is asked about", "import subprocess": "a program is asked about", "print(os.popen": "a program is asked about", "!echo": "no terminal: lines end without a carriage return",
    "with tqdm": "the rate", "from tqdm.asyncio": "the rate", "%time sum": "the time",
    "breakpoint()": "stops", "import pdb": "stops in the cell, not in the kernel", "df['nothing']": "no line for a source that is not there", "pd.read_csv": "source lines keep their indentation",
    "plt.": "pictures have a size", "fig,": "pictures have a size", "sys.stdout.isatty": "utf-8 in small letters", "sys.argv": "no options of the kernel's", "__name__": "__doc__ is a program's",
}


def settled(value):
    if isinstance(value, dict):
        return {key: settled(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [settled(inner) for inner in value]
    if not isinstance(value, str):
        return value
    for pattern, stands_for in PASSING:
        value = re.sub(pattern, stands_for, value)
    return value


def outline(traceback):
    "Where a traceback leads and what it says: the lines of the source around it are told in another way."
    plain = re.sub(r"\x1b\[[0-9;]*m", "", traceback).splitlines()
    return [line.strip() for line in plain
            if re.match(r"\s*(File|Cell) |-*> ?\d|[A-Za-z_.]+(Error|Exception|Group|Interrupt|Denied)\b|The above|During|  [+|]", line) and "IPython/core" not in line]


class Session:
    "One kernel of the two, in a folder of its own."

    def __init__(self, ours, python, folder):
        folder.mkdir(parents=True)
        file = folder / "connection.json"
        write_connection_file(str(file), ip="127.0.0.1", key=b"a key")
        argv = [python, "-m", "ipykernel_launcher", "-f", file]
        (folder / "config/safepyrun").mkdir(parents=True)
        (folder / "config/safepyrun/config.toml").write_text('shell = ["sh", "bash", "cat", "false", "exit", "echo"]\n')
        if ours:
            argv = [BUILD / "safepyrun-kernel", "-f", file, "--python", python, "--history", ":memory:", "--magics", "open"]
        environment = {**os.environ, "HOME": str(folder), "IPYTHONDIR": str(folder / "ipython"), "XDG_CONFIG_HOME": str(folder / "config"),
                       "XDG_STATE_HOME": str(folder / "state"), "MPLCONFIGDIR": str(folder / "mpl"), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        self.process = subprocess.Popen(list(map(str, argv)), cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        stdin=subprocess.DEVNULL)
        self.client = BlockingKernelClient(connection_file=str(file))
        self.client.load_connection_file()
        self.client.start_channels(hb=False)
        self.client.wait_for_ready(timeout=60)

    def stop(self):
        self.client.stop_channels()
        self.process.kill()
        self.process.wait()

    def run(self, cell, answers=(), seconds=20):
        "What the cell shows, as a list of texts and dicts."
        asked, until, reply, idle, shown, quiet = list(answers), time.monotonic() + seconds, None, False, [], 0
        msg_id = self.client.execute(cell, allow_stdin=True)
        while not (reply and idle):
            if time.monotonic() > until:
                return [*shown, {"end": "none in time"}]
            if self.client.stdin_channel.msg_ready() and quiet > 3:  # what was shown before it comes first
                question = self.client.get_stdin_msg(timeout=1)["content"]
                shown.append({"asked": question["prompt"], "password": question["password"]})
                self.client.input(asked.pop(0) if asked else "")
            if reply is None and self.client.shell_channel.msg_ready():
                message = self.client.get_shell_msg(timeout=1)
                reply = message["content"] if message["parent_header"].get("msg_id") == msg_id else None
            try:
                message = self.client.get_iopub_msg(timeout=0.02)
            except queue.Empty:
                quiet += 1
                continue
            quiet = 0
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            if kind == "status":
                idle |= content["execution_state"] == "idle"
            elif kind == "stream":
                if shown and content["name"] in shown[-1]:
                    shown[-1][content["name"]] += content["text"]
                else:
                    shown.append({content["name"]: content["text"]})
            elif kind == "error":
                shown.append({"error": content["ename"], "value": content["evalue"], "traceback": outline("\n".join(content["traceback"]))})
            elif kind in ("execute_result", "display_data", "update_display_data"):
                shown.append({kind: {mime: text if mime.startswith("text/") else "..." for mime, text in content["data"].items()},
                              "metadata": content.get("metadata"), "id": bool(content.get("transient", {}).get("display_id"))})
            elif kind == "clear_output":
                shown.append({"clear": content["wait"]})
        shown.append({"reply": reply["status"], "payload": [{**p, "data": (p.get("data") or {}).get("text/plain")} if "data" in p else p
                                                            for p in reply.get("payload", [])]})
        return shown


def lines(shown):
    return json.dumps(settled(shown), indent=1, ensure_ascii=False, sort_keys=True).replace("\\n", "\n").splitlines()


def compare(python, cells, tell=print, seconds=20):
    "The cells that part, as (cell, lines of a diff)."
    parted = []
    with tempfile.TemporaryDirectory() as folder:
        sessions = [Session(ours, python, Path(folder) / name / "home") for ours, name in ((False, "theirs"), (True, "ours"))]
        try:
            for cell in cells:
                code, *answers = cell.split("\n<< ")
                theirs, ours = (lines(session.run(code, answers, seconds)) for session in sessions)
                if theirs != ours:
                    parted.append((cell, list(difflib.unified_diff(theirs, ours, "ipykernel", "ours", lineterm="", n=2))))
                    tell(f"==== {cell}\n" + "\n".join(map(str, [reason(cell) or "NOT MEANT", *parted[-1][1][2:]])))
        finally:
            for session in sessions:
                session.stop()
    return parted


def reason(cell):
    return next((why for word, why in MEANT.items() if cell.startswith(word)), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--only", default="")
    parser.add_argument("--more", action="store_true", help="the cells of everyday_more.py")
    options = parser.parse_args()
    cells = [cell for cell in (MORE if options.more else CELLS) if options.only in cell]
    parted = compare(options.python, cells)
    meant = [cell for cell, _ in parted if reason(cell)]
    print(*(f"not meant: {cell}" for cell, _ in parted if not reason(cell)), sep="\n")
    print(f"{len(cells) - len(parted)} of {len(cells)} alike, {len(meant)} meant to differ")
    return len(parted) > len(meant)


if __name__ == "__main__":
    sys.exit(main())
