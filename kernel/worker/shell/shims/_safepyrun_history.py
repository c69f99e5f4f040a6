"""Magics of earlier input: ranges of it, and showing, saving, running it again."""
import re
import shlex

import _safepyrun_kernel as _kernel
from IPython.core.error import UsageError
from _safepyrun_shell import shell

_RANGE = re.compile(r"((?P<session>~?\d{1,6})/)?(?P<start>\d{1,9})?"
                    r"((?P<sep>[-:])((?P<last_session>~?\d{1,6})/)?(?P<end>\d{1,9})?)?$")


def ranges(text):
    """(session, first line, one past the last or None) for each part of '4', '4-6', '4:7', '5-', '~1/3-5', '243/',
    '~8/1-~6/5'; sessions below 1 count back from this one. '' is this session."""
    found = []
    for word in text.split() or ["1-"]:
        match = _RANGE.match(word)
        if not match or not (match["start"] or match["session"]):
            raise UsageError(f"{word} is no range; write 4, 4-6 or ~1/4-6")
        first = _session(match["session"] or "~0")
        last = _session(match["last_session"]) if match["last_session"] else first
        start = int(match["start"] or 1)
        if match["end"]:
            stop = int(match["end"]) + (match["sep"] == "-")
        else:
            stop = start + 1 if match["start"] and not match["sep"] else None
        found += [(session, start if session == first else 1, stop if session == last else None)
                  for session in range(first, last + 1)]
    return found


def _session(text):
    return -int(text[1:]) if text.startswith("~") else int(text)


def entries(text, raw=True, output=False):
    "(session, line, input), or with `output` (session, line, (input, output)), of ranges."
    rows = []
    for session, start, stop in ranges(text):
        rows += _entries(session, start, stop, output)
    return rows if raw else [(session, line, _translated(entry, output)) for session, line, entry in rows]


def _entries(session, start, stop, output):
    if session == 0 and not output:  # what runs now is among them
        inputs = shell.history_manager.input_hist_raw
        return [(0, line, inputs[line]) for line in range(max(start, 1), len(inputs) if stop is None else min(stop, len(inputs)))]
    return shell.history_manager.get_range(session, start, stop, output=output)


def _translated(entry, output):
    return (shell.transform_cell(entry[0]).rstrip("\n"), entry[1]) if output else shell.transform_cell(entry).rstrip("\n")


def lines(text, raw=False):
    "The sources of ranges, one after the other; of '' all but this cell's."
    found = [entry for _, _, entry in entries(text, raw)]
    return "\n".join(found if text.strip() else found[:-1])


def options(line, flags="", valued="", magic=""):
    "(set of letters, dict of letter -> value, list of the other words) of a magic's line."
    try:
        words, given, values, rest = shlex.split(line), set(), {}, []
    except ValueError as error:
        raise UsageError(f"%{magic}: {error}") from None
    while words:
        word = words.pop(0)
        if len(word) > 1 and word[0] == "-" and word[1] in valued:
            if not word[2:] and not words:
                raise UsageError(f"%{magic}: -{word[1]} takes a value")
            values[word[1]] = word[2:] or words.pop(0)
        elif len(word) > 1 and word[0] == "-" and set(word[1:]) <= set(flags):
            given |= set(word[1:])
        elif word.startswith("-") and not word[1:].isdigit():
            raise UsageError(f"%{magic}: unknown option {word}")
        else:
            rest.append(word)
    return given, values, rest


# ---- %history


def history(line):
    "Print earlier input: [-n] [-o] [-p] [-t] [-u] [-f FILE] [-g [PATTERN]] [-l [COUNT]] [RANGE ...]"
    line = re.sub(r"(^|\s)-l(?=\s+-|\s*$)", r"\1-l 10", line)
    line, searched, pattern = _split_search(line)
    given, values, rest = options(line, "noptu", "fl", "history")
    output = "o" in given
    if searched:
        query = {"hist_access_type": "search", "pattern": f"*{pattern}*", "unique": "u" in given}
        rows = _asked(query, output, _count(values["l"]) if "l" in values else None)
    elif "l" in values:
        rows = _asked({"hist_access_type": "tail", "n": _count(values["l"])}, output, None)
    else:
        rows = entries(" ".join(rest), output=output)
    text = "".join(_shown(row, given, searched, output) for row in rows)
    if "f" not in values:
        print(text, end="")
        return
    import os
    with open(os.path.expanduser(values["f"]), "w", encoding="utf-8") as file:
        file.write(text)


hist = history


def _split_search(line):
    "(the line without it, was -g given, its pattern): everything behind -g is the pattern."
    match = re.search(r"(^|\s)-(?P<more>[a-z]*)g(\s+|$)(?P<pattern>.*)$", line, re.S)
    if not match:
        return line, False, ""
    pattern = match["pattern"].strip()
    if len(pattern) > 1 and pattern[0] == pattern[-1] and pattern[0] in "'\"":
        pattern = pattern[1:-1]
    return line[:match.start()] + (f" -{match['more']}" if match["more"] else ""), True, pattern


def _count(text):
    if not text.isdigit() or int(text) < 1:
        raise UsageError(f"%history: -l takes a number from 1, not {text}")
    return int(text)


def _asked(query, output, most):
    rows = _kernel.query("history", {**query, "raw": True, "output": output}).get("history", ())
    return [tuple(row) for row in rows][-most if most else 0:]


def _shown(row, given, searched, output):
    session, line, entry = row
    source, result = entry if output else (entry, None)
    if "t" in given:
        source = shell.transform_cell(source).rstrip("\n")
    number = f"{session}/{line}" if searched or session else str(line)
    head = f"{number:>4}:{chr(10) if chr(10) in source else ' '}" if searched or "n" in given else ""
    if "p" in given:
        source = ">>> " + "\n... ".join(source.split("\n"))
    return f"{head}{source}\n" + (f"{result}\n" if result is not None else "")


# ---- sources for cells


def source_of(words):
    "What %load, %recall and the like take: ranges of earlier input, a file, a name."
    import os
    if words and all((match := _RANGE.match(word)) and (match["start"] or match["session"]) for word in words.split()):
        return lines(words, raw=True)
    if os.path.isfile(os.path.expanduser(words)):
        with open(os.path.expanduser(words), encoding="utf-8") as file:
            return file.read()
    value = _kernel.namespace().get(words)
    if isinstance(value, (str, Macro)):
        return getattr(value, "value", value)
    if callable(value):
        import inspect
        return inspect.getsource(value)
    raise ValueError(f"{words!r} was not found in history, as a file, nor in the user namespace.")


def load(line):
    "Put source into this cell: [-y] [-n] [-r LINES] [-s NAMES] FILE | RANGE | OBJ. LINES: '1-3,7'; NAMES: 'f,C'."
    _, values, words = options(line, "yn", "rs", "load")
    if not words:
        raise UsageError("Missing filename, or macro name.")
    source = source_of(" ".join(words))
    if "r" in values:
        source = "\n".join(_picked(source.split("\n"), values["r"])) + "\n"
    if "s" in values:
        source = _symbols(source, values["s"].split(","))
    shell.set_next_input(f"# %load {line.strip()}\n{source}", replace=True)


loadpy = load


def _picked(all_lines, text):
    for part in text.split(","):
        first, dash, last = part.replace(":", "-").partition("-")
        if not (first + last).isdigit():
            raise UsageError(f"%load: {part} is no range of lines; write 1-3,7")
        yield from all_lines[int(first or 1) - 1:int(last) if last else len(all_lines) if dash else int(first)]


def _symbols(source, names):
    import ast
    tree = ast.parse(source)
    parts = {node.name: ast.get_source_segment(source, node) for node in tree.body if hasattr(node, "name")}
    missing = [name for name in names if name not in parts]
    if missing:
        print(f"The symbol{'s' if missing[1:] else ''} {', '.join(missing)} {'were' if missing[1:] else 'was'} not found")
    return "\n".join(parts[name] for name in names if name in parts) + "\n"


def pycat(line):
    "Show a file's source in the pager."
    try:
        source = source_of(line.strip())
    except ValueError:
        print("Error: no such file, variable, or history range")
    else:
        _kernel.add_payload({"source": "page", "data": {"text/plain": source}, "start": 0})


def recall(line):
    "Put earlier input (or the last result) into the next cell."
    words = line.strip()
    shell.set_next_input(str(_kernel.namespace().get("_", "")) if not words else source_of(words))


rep = recall


def rerun(line):
    "Run earlier input again: RANGE, -l COUNT of the last cells, -g PATTERN for the last that has it, or the last one."
    line, searched, pattern = _split_search(line)
    _, values, words = options(line, "", "l", "rerun")
    inputs = shell.history_manager.input_hist_raw[1:-1]
    if searched:
        found = [source for source in inputs if pattern.strip("*") in source][-1:]
    elif "l" in values:
        found = inputs[-_count(values["l"]):]
    else:
        found = [lines(" ".join(words), raw=True)] if words else inputs[-1:]
    source = "\n".join(found)
    if not source:
        print("No lines in history match specification")
        return
    print(f"=== Executing: ===\n{source}\n=== Output: ===")
    shell.run_cell(source)


def save(line):
    "[-f] [-a] FILE [RANGE]: write earlier input into a file below %ok_dests."
    given, _, words = options(line, "far", "", "save")
    if not words:
        raise UsageError("Missing filename.")
    path = words[0] if words[0].endswith((".py", ".ipy")) else words[0] + (".ipy" if "r" in given else ".py")
    source = source_of(" ".join(words[1:])) if words[1:] else lines("", raw=True)
    with open(path, "a" if "a" in given else "w", encoding="utf-8") as file:
        file.write(source if source.endswith("\n") else source + "\n")
    print(f"The following commands were written to file `{path}`:\n{source}")


def notebook(line):
    "FILE: write this session as a notebook below %ok_dests."
    import json
    path, cells = line.strip(), []
    if not path:
        raise UsageError("%notebook takes the name of a file")
    for _, count, source in entries("")[:-1]:
        outputs = []
        if count in shell.history_manager.output_hist:
            data, metadata = _kernel.format(shell.history_manager.output_hist[count], None, None)
            outputs = [{"output_type": "execute_result", "data": data, "metadata": metadata, "execution_count": count}]
        cells.append({"cell_type": "code", "execution_count": count, "metadata": {}, "source": source, "outputs": outputs})
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, file, indent=1)


# ---- macros


class Macro:
    "Source that runs when a cell is its name alone. value: str."

    def __init__(self, code):
        self.value = code

    def __str__(self):
        return self.value

    def __repr__(self):
        return f"IPython.macro.Macro({self.value!r})"

    def __add__(self, other):
        if isinstance(other, (Macro, str)):
            return Macro(f"{self.value}\n{other}")
        return NotImplemented


def macro(line):
    "NAME RANGE ...: let NAME stand for earlier input; without a range list the macros."
    given, _, words = options(line, "rq", "", "macro")
    if not words:
        return sorted(name for name, value in _kernel.namespace().items() if isinstance(value, Macro))
    if not words[0].isidentifier() or not words[1:]:
        raise UsageError("usage: %macro NAME RANGE ...")
    _kernel.namespace()[words[0]] = Macro(source_of(" ".join(words[1:])))
    if "q" not in given:
        print(f"Macro `{words[0]}` created. To execute, type its name (without quotes).\n=== Macro contents: ===")
        print(_kernel.namespace()[words[0]])
    return None


def run_macro(value):
    "Called by the kernel for a cell that is a name alone: True when that was a macro, which has run."
    if not isinstance(value, Macro):
        return False
    shell.run_cell(value.value)
    return True


# ---- logging of input


class _Logger:
    "Writes what cells get as input (-o: and their results) into a file below %ok_dests."

    def __init__(self, path, mode, given):
        self.path, self.given, self.active = path, given, True
        self.file = open(path, "a" if mode == "append" else "w", encoding="utf-8")
        self._write("# IPython log file\n\n")

    def _write(self, text):
        self.file.write(text)
        self.file.flush()

    def log(self, result):
        "After each cell."
        if not self.active or not result.info.store_history:
            return
        import time
        stamp = time.strftime("# %a, %d %b %Y %H:%M:%S\n") if "t" in self.given else ""
        source = result.info.raw_cell if "r" in self.given else shell.transform_cell(result.info.raw_cell)
        shown = f"#[Out]# {result.result!r}\n" if "o" in self.given and result.result is not None else ""
        self._write(stamp + source.rstrip("\n") + "\n" + shown)


_logger = None


def logstart(line):
    "[-o] [-r] [-t] [-q] [FILE [append|over|rotate|backup|global]]: log input from now on."
    global _logger
    given, _, words = options(line, "ortq", "", "logstart")
    if _logger:
        raise UsageError("a log is being written already: " + _logger.path)
    _logger = _Logger(words[0] if words else "ipython_log.py", words[1] if words[1:] else "rotate", given)
    shell.events.register("post_run_cell", _logger.log)
    if "q" not in given:
        print("Activating auto-logging. Current session state plus future input saved.")
        logstate("")


def logstate(line):
    "What is logged, and where to."
    if not _logger:
        print("Logging has not been activated.")
        return
    print(f"Filename       : {_logger.path}\nOutput logging : {'o' in _logger.given}\nRaw input log  : {'r' in _logger.given}\n"
          f"Timestamping   : {'t' in _logger.given}\nState          : {'active' if _logger.active else 'temporarily suspended'}")


def logstop(line):
    "End the log."
    global _logger
    if not _logger:
        print("Logging hadn't been started.")
        return
    shell.events.unregister("post_run_cell", _logger.log)
    _logger.file.close()
    _logger = None


def _switch(active):
    if not _logger:
        print("Logging hasn't been started yet (use logstart for that).")
    else:
        _logger.active = active
        print(f"Switching logging {'ON' if active else 'OFF'}")


def logon(line):
    "Go on with the log."
    _switch(True)


def logoff(line):
    "Suspend the log."
    _switch(False)
