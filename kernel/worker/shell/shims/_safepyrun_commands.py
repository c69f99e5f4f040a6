"""!cat, !ls and the like: programs answered by the kernel itself, as %cat and %ls are.

`answer(command)` gives (exit code, output, errors), or None for what is no such command: an unknown program or option, something that
only a shell does, or a file that cells may not write to. Those that write stand in _safepyrun_writers and _safepyrun_fetchers.
"""
import os
import re
import stat
import sys
import time
from contextlib import nullcontext

from _safepyrun_words import Output, Unknown, decoded, options, pipelines
from _safepyrun_writers import WRITERS, Writer, may_write

# ---- files


def cat(out, words, stdin):
    flags, _, paths = options(words, "n")
    count = 0
    for _, file in out.files(paths, stdin):
        if not flags:
            out.text.append(decoded(file.read()))
            continue
        for line in file:
            count += 1
            out.text.append(f"{count:6}\t{decoded(line)}")


def _parts(out, words, stdin, take):
    "head and tail: `take(file, count, what)` of each file."
    flags, values, paths = options(words, "qv", "nc")
    what = "c" if "c" in values else "n"
    count = values.get(what, "10")
    if not re.fullmatch(r"[+-]?\d+", count):
        raise Unknown
    titles = (len(paths) > 1 or "v" in flags) and "q" not in flags
    for number, (name, file) in enumerate(out.files(paths, stdin)):
        if titles:
            out.text.append(("\n" if number else "") + f"==> {'standard input' if name == '-' else name} <==\n")
        out.text.append(decoded(take(file, count, what)))


def head(out, words, stdin):
    def take(file, count, what):
        number = int(count)
        if number < 0:
            return b"".join(file.readlines()[:number]) if what == "n" else file.read()[:number]
        return b"".join(line for _, line in zip(range(number), file)) if what == "n" else file.read(number)
    _parts(out, words, stdin, take)


def tail(out, words, stdin):
    def take(file, count, what):
        number = abs(int(count))
        units = file.readlines() if what == "n" else file.read()
        part = units[max(number - 1, 0):] if count.startswith("+") else units[len(units) - min(number, len(units)):]
        return b"".join(part) if what == "n" else part
    _parts(out, words, stdin, take)


def wc(out, words, stdin):
    flags, _, paths = options(words, "lwmc")
    wanted = [kind for kind in "lwmc" if kind in flags] or ["l", "w", "c"]
    rows = []
    for name, file in out.files(paths, stdin):
        data = file.read()
        counts = {"l": data.count(b"\n"), "w": len(data.split()), "c": len(data), "m": len(data.decode("utf-8", "replace"))}
        rows.append(([counts[kind] for kind in wanted], len(data), "" if name == "-" and not paths else name))
    if len(rows) > 1:
        rows.append(([sum(column) for column in zip(*(row[0] for row in rows))], sum(row[1] for row in rows), "total"))
    width = 1 if len(wanted) == 1 and len(rows) == 1 else len(str(rows[-1][1])) if paths and rows else 7
    for counts, _, name in rows:
        out.text.append(" ".join(str(count).rjust(width) for count in counts) + (f" {name}" if name else "") + "\n")


def pwd(out, words, stdin):
    options(words, "LP")
    out.text.append(os.getcwd() + "\n")


def echo(out, words, stdin):
    flags = ""
    while words and re.fullmatch(r"-[neE]+", words[0]):
        flags += words.pop(0)[1:]
    text = " ".join(words)
    if "e" in flags:
        for escape, char in ((r"\n", "\n"), (r"\t", "\t"), (r"\\", "\\")):
            text = text.replace(escape, char)
    out.text.append(text + ("" if "n" in flags else "\n"))


# ---- ls

def human_size(count, human):
    if not human or count < 1024:
        return str(count)
    import math
    for unit in "KMGTP":
        count /= 1024
        if count < 1024:
            return f"{math.ceil(count * 10) / 10:.1f}{unit}" if count < 9.95 else f"{math.ceil(count)}{unit}"
    return str(count)


def _owner(number, lookup):
    try:
        return lookup(number)[0]
    except KeyError:
        return str(number)


def _long(entries, human):
    "The lines of ls -l. entries: (name, stat, path)."
    import grp
    import pwd as users
    rows, now = [], time.time()
    for name, status, path in entries:
        recent = now - 182 * 86400 < status.st_mtime <= now
        when = time.strftime("%b %e %H:%M" if recent else "%b %e  %Y", time.localtime(status.st_mtime))
        if stat.S_ISLNK(status.st_mode):
            name += f" -> {os.readlink(path)}"
        rows.append((stat.filemode(status.st_mode), str(status.st_nlink), _owner(status.st_uid, users.getpwuid),
                     _owner(status.st_gid, grp.getgrgid), human_size(status.st_size, human), when, name))
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "".join(" ".join((cell.rjust if i in (1, 4) else cell.ljust)(width) if i < 6 else cell
                            for i, (cell, width) in enumerate(zip(row, widths))) + "\n" for row in rows)


def _columns(names, width=80):
    "As on a terminal: down, then across."
    for rows in range(1, len(names) + 1):
        columns = [names[i:i + rows] for i in range(0, len(names), rows)]
        widths = [max(map(len, column)) for column in columns]
        if sum(widths) + 2 * (len(widths) - 1) < width or rows == len(names):
            lines = ([column[i].ljust(size) for column, size in zip(columns, widths) if i < len(column)] for i in range(rows))
            return "".join("  ".join(line).rstrip() + "\n" for line in lines)
    return ""


def _sorted(entries, flags):
    key = (lambda entry: -entry[1].st_mtime_ns) if "t" in flags else (lambda entry: -entry[1].st_size) if "S" in flags else None
    entries = sorted(entries, key=lambda entry: entry[0])
    return sorted(entries, key=key, reverse=False)[::-1 if "r" in flags else 1] if key else entries[::-1 if "r" in flags else 1]


def _listed(entries, flags, terminal):
    entries = _sorted(entries, flags)
    if not entries:
        return ""
    if "l" in flags:
        return _long(entries, "h" in flags)
    names = [name for name, _, _ in entries]
    return _columns(names) if terminal and "1" not in flags else "".join(name + "\n" for name in names)


def ls(out, words, stdin, terminal=False):
    flags, _, paths = options(words, "laA1htrSd")
    files, folders = [], []
    for path in paths or ["."]:
        try:
            status = os.stat(path) if "l" not in flags or os.path.isdir(path) else os.lstat(path)
        except OSError as error:
            out.errors.append(f"ls: cannot access '{path}': {error.strerror}\n")
            continue
        (folders if stat.S_ISDIR(status.st_mode) and "d" not in flags else files).append((path, status, path))
    out.text.append(_listed(files, flags, terminal))
    for number, (path, _, _) in enumerate(_sorted(folders, flags)):
        try:
            names = [name for name in os.listdir(path) if flags & {"a", "A"} or not name.startswith(".")]
        except OSError as error:
            out.errors.append(f"ls: cannot open directory '{path}': {error.strerror}\n")
            continue
        names += [".", ".."] if "a" in flags else []
        entries = [(name, os.lstat(os.path.join(path, name)), os.path.join(path, name)) for name in names]
        if len(paths) > 1:
            out.text.append(("\n" if number or files else "") + f"{path}:\n")
        if "l" in flags:
            blocks = sum(status.st_blocks for _, status, _ in entries) * 512
            out.text.append(f"total {human_size(blocks, True) if 'h' in flags else blocks // 1024}\n")
        out.text.append(_listed(entries, flags, terminal))


# ---- file

_KINDS = ((b"%PDF-", "PDF document"), (b"\x1f\x8b", "gzip compressed data"), (b"PK\x03\x04", "Zip archive data"),
          (b"\x89HDF", "Hierarchical Data Format (version 5) data"), (b"SQLite format 3\0", "SQLite 3.x database"),
          (b"\xff\xd8\xff", "JPEG image data"), (b"GIF8", "GIF image data"), (b"PAR1", "Apache Parquet"),
          (b"BZh", "bzip2 compressed data"), (b"\xfd7zXZ", "XZ compressed data"), (b"\x7fELF", "ELF"))


def _kind(data):
    if not data:
        return "empty"
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) > 24:
        width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        return f"PNG image data, {width} x {height}"
    for start, kind in _KINDS:
        if data.startswith(start):
            return kind
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "data"
    if re.search(r"[\0-\6\x0e-\x1a\x1c-\x1f]", text):
        return "data"
    kind = "ASCII text" if text.isascii() else "Unicode text, UTF-8 text"
    if max(map(len, text.split("\n"))) > 300:
        kind += ", with very long lines"
    return kind + (", with CRLF line terminators" if "\r\n" in text else "" if "\n" in text else ", with no line terminators")


def file(out, words, stdin):
    flags, _, paths = options(words, "b")
    if not paths:
        raise Unknown
    width = max(map(len, paths)) + 1
    for path in paths:
        try:
            with open(path, "rb") as data:
                kind = _kind(data.read(1 << 20))
        except IsADirectoryError:
            kind = "directory"
        except OSError as error:
            kind = f"cannot open `{path}' ({error.strerror})"
        out.text.append(kind + "\n" if "b" in flags else f"{(path + ':').ljust(width)} {kind}\n")


# ---- this Python

def python(out, words, stdin):
    if words not in (["-V"], ["--version"]):
        if words[:2] == ["-m", "pip"]:
            return pip(out, words[2:], stdin)
        raise Unknown
    out.text.append(f"Python {'.'.join(map(str, sys.version_info[:3]))}\n")


_QUIET = {"-q", "-qq", "-qqq", "--quiet"}
_IGNORED = {"--user", "--no-cache-dir", "--disable-pip-version-check", "-y", "--progress-bar=off", "--break-system-packages",
            "--no-warn-script-location", "--root-user-action=ignore"}


def pip(out, words, stdin):
    "pip install of what is installed, and what pip tells of what is there."
    if words and words[0] in _PIP_TELLS:
        return _PIP_TELLS[words[0]](out, [word for word in words[1:] if word not in _IGNORED])
    if words[:1] != ["install"]:
        raise Unknown
    wanted = [word for word in words[1:] if word not in _QUIET | _IGNORED]
    if not wanted:
        raise Unknown
    lines = [_installed(word) for word in wanted]
    if not _QUIET & set(words):
        out.text += lines


def _distributions():
    "{canonical name: distribution}, sorted: the first of a name is the one that is imported."
    from importlib import metadata
    found = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(name.replace("_", "-").replace(".", "-").lower(), distribution)
    return dict(sorted(found.items()))


def _pip_list(out, words):
    rows = [(found.metadata["Name"], found.version) for found in _distributions().values()]
    if words == ["--format=freeze"]:
        out.text += [f"{name}=={version}\n" for name, version in rows]
        return
    if words not in ([], ["--format=columns"]):
        raise Unknown
    rows.insert(0, ("Package", "Version"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    rows.insert(1, tuple("-" * width for width in widths))
    out.text += [f"{name:{widths[0]}} {version}".rstrip() + "\n" for name, version in rows]


def _pip_freeze(out, words):
    if words:
        raise Unknown
    tools = ("pip", "setuptools", "wheel", "distribute")
    out.text += [f"{found.metadata['Name']}=={found.version}\n" for name, found in _distributions().items() if name not in tools]


def _pip_show(out, words):
    "What the person asked for; a name that is not there is told as pip tells it."
    if not words or any(word.startswith("-") for word in words):
        raise Unknown
    there = _distributions()
    keys = [word.replace("_", "-").replace(".", "-").lower() for word in words]
    missing = [word for word, key in zip(words, keys) if key not in there]
    if missing:
        out.errors.append(f"WARNING: Package(s) not found: {', '.join(missing)}\n")
        out.code = 0 if len(missing) < len(words) else 1
    told = []
    for key in keys:
        if key in there:
            told.append(_described(there[key], key, there))
    out.text.append("---\n".join(told))


def _needed(distribution):
    "Canonical names of what the distribution needs without extras."
    import re
    return sorted({re.split(r"[\s;\[(<>=!~]", text)[0].replace("_", "-").replace(".", "-").lower()
                   for text in distribution.requires or () if "extra ==" not in text})


def _described(found, key, there):
    told = found.metadata.get  # what is not told is an error to [] from 3.15 on
    users = [other.metadata["Name"] for other in there.values() if key in _needed(other)]
    fields = {"Name": told("Name"), "Version": found.version, "Summary": told("Summary"), "Home-page": told("Home-page"),
              "Author": told("Author"), "Author-email": told("Author-email"),
              "License": told("License-Expression") or told("License"), "Location": str(found.locate_file("")).rstrip("/"),
              "Requires": ", ".join(_needed(found)), "Required-by": ", ".join(users)}
    return "".join(f"{field}: {value or ''}\n" for field, value in fields.items())


def _pip_version(out, words):
    from importlib import metadata
    try:
        found = metadata.distribution("pip")
    except metadata.PackageNotFoundError:
        raise Unknown from None
    out.text.append(f"pip {found.version} from {found.locate_file('pip')} (python {sys.version_info[0]}.{sys.version_info[1]})\n")


_PIP_TELLS = {"list": _pip_list, "freeze": _pip_freeze, "show": _pip_show, "--version": _pip_version, "-V": _pip_version}


def _installed(text, extra=""):
    "What pip says of a requirement that is met; Unknown when it is not, or cannot be judged."
    from importlib import metadata
    try:
        from packaging.requirements import InvalidRequirement, Requirement
    except ImportError:
        try:
            from pip._vendor.packaging.requirements import InvalidRequirement, Requirement
        except ImportError:
            raise Unknown from None
    try:
        requirement = Requirement(text)
        found = metadata.distribution(requirement.name)
    except (InvalidRequirement, metadata.PackageNotFoundError):
        raise Unknown from None
    if requirement.url or not requirement.specifier.contains(found.version, prereleases=True):
        raise Unknown
    for name in requirement.extras:
        for part in found.requires or ():
            needed = Requirement(part)
            if needed.marker and "extra" in str(needed.marker) and needed.marker.evaluate({"extra": name}):
                needed.marker = None
                _installed(str(needed))
    return f"Requirement already satisfied: {text} in {found.locate_file('')} ({found.version})\n".replace("/ (", " (")


# ---- lines

_PROGRAMS = {function.__name__: function for function in (cat, head, tail, wc, pwd, echo, ls, file, python, pip)}
_PROGRAMS.update(python3=python, pip3=pip)


def _prepared(line, dests):
    "The pipelines of a line with functions for names; Unknown when one of them is not for the kernel to answer."
    from _safepyrun_filters import PROGRAMS as filters
    prepared = []
    for pipeline in pipelines(line):
        stages = []
        for program, *words in pipeline.stages:
            if program in WRITERS:
                stages.append((program, Writer(program, words, dests), words))
            elif program in _PROGRAMS or program in filters:
                stages.append((program, _PROGRAMS.get(program) or filters[program], words))
            else:
                raise Unknown
        if pipeline.into:
            may_write(pipeline.into[0], dests)
        prepared.append((pipeline, stages))
    return prepared


def _run(stages, terminal):
    "(exit code, output, errors) of a pipeline."
    text, errors, code = None, [], 0
    for number, (program, function, words) in enumerate(stages):
        out = Output(program)
        more = {"terminal": terminal and number + 1 == len(stages)} if program == "ls" else {}
        function(out, list(words), text, **more)
        text, code = "".join(out.text), (1 if out.errors else 0) if out.code is None else out.code
        errors += out.errors
    return code, text, errors


def _target(into):
    "The open file that a pipeline's output goes into; None: there is none."
    return open(into[0], into[1], encoding="utf-8", errors="surrogateescape") if into else nullcontext()


def answer(command, dests, capture=False):
    "(exit code, output, errors) of a command line, or None. dests: the folders that cells may write to."
    said, errors, code, done = [], [], 0, False
    try:
        for pipeline, stages in _prepared(command, dests):
            if pipeline.joiner == "&&" and code:
                continue
            done = done or bool(pipeline.into) or any(program in WRITERS for program, *_ in stages)
            with _target(pipeline.into) as target:
                code, text, wrong = _run(stages, not capture and not target)
                if target:
                    target.write(text)
                else:
                    said.append(text)
            errors += wrong
    except Unknown:
        if not done:
            return None
        errors.append("an option that the kernel does not know: what stands before it in the line was done\n")
        code = 2
    return code, "".join(said), "".join(errors)
