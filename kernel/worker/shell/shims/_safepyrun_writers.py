"""!mkdir, !touch, !cp, !mv, !rm, !rmdir and !tee, answered by the kernel itself where cells may write to what they change.

Each is prepared before anything of its line is done: what it would change is looked up then, and a line with one place outside of the
destinations is no line for the kernel to answer. What is done is judged as any cell's call is.
"""
import os
import shutil
import stat

import _safepyrun
from _safepyrun_fetchers import FETCHERS, TARGETS
from _safepyrun_words import Unknown, options


def may_write(path, dests):
    "Unknown when cells may not write there."
    try:
        _safepyrun.check_dest(path, dests)
    except PermissionError:
        raise Unknown from None


class Writer:
    "A command that changes files, with the words it was given."

    def __init__(self, program, words, dests):
        self.run, targets = WRITERS[program], _TARGETS[program]
        for path in targets(words):
            may_write(path, dests)

    def __call__(self, out, words, stdin):
        self.run(out, words, stdin)


def _tries(out, path, work, said=""):
    "Do it; what the system says against it is the command's error. Refusals are raised."
    try:
        work()
    except _safepyrun.Denied:
        raise
    except (OSError, shutil.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        out.errors.append(f"{out.program}: {said} '{path}': {reason}\n" if said else f"{out.program}: {path}: {reason}\n")


# ---- folders


def mkdir(out, words, stdin):
    flags, _, paths = options(words, "p")
    for path in paths:
        _tries(out, path, lambda: os.makedirs(path, exist_ok=True) if "p" in flags else os.mkdir(path), "cannot create directory")


def rmdir(out, words, stdin):
    _, _, paths = options(words, "")
    for path in paths:
        _tries(out, path, lambda: os.rmdir(path), "failed to remove")


def _paths(letters):
    "What is named is changed. At least one."
    def targets(words):
        _, _, paths = options(words, letters)
        if not paths:
            raise Unknown
        return paths
    return targets


# ---- files


def touch(out, words, stdin):
    _, _, paths = options(words, "")
    for path in paths:
        def work():
            with open(path, "ab"):
                pass
            os.utime(path)
        _tries(out, path, work, "cannot touch")


def tee(out, words, stdin):
    flags, _, paths = options(words, "a")
    if stdin is None:
        raise Unknown
    for path in paths:
        def work():
            with open(path, "a" if "a" in flags else "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(stdin)
        _tries(out, path, work)
    out.text.append(stdin)


def rm(out, words, stdin):
    flags, _, paths = options(words, "rRfvd")
    for path in paths:
        is_folder = os.path.isdir(path) and not os.path.islink(path)
        if not os.path.lexists(path) and "f" in flags:
            continue
        if is_folder and not flags & {"r", "R", "d"}:
            out.errors.append(f"rm: cannot remove '{path}': Is a directory\n")
            continue
        work = (shutil.rmtree if flags & {"r", "R"} else os.rmdir) if is_folder else os.remove
        _tries(out, path, lambda: work(path), "cannot remove")
        if "v" in flags and not os.path.lexists(path):
            out.text.append(f"removed {'directory ' if is_folder else ''}'{path}'\n")


def _removed(words):
    paths = _paths("rRfvd")(words)
    for path in paths:
        if os.path.basename(path.rstrip("/")) in ("", ".", ".."):
            raise Unknown  # rm refuses these, each in its own way
    return paths


# ---- from here to there

_COPY, _MOVE = "rRafvpn", "fvn"


def _pairs(words, letters):
    "(flags, [(from, to)]) of cp and mv."
    flags, _, paths = options(words, letters)
    if len(paths) < 2:
        raise Unknown
    *sources, last = paths
    if os.path.isdir(last):
        return flags, [(source, os.path.join(last, os.path.basename(source.rstrip("/")))) for source in sources]
    if len(sources) > 1 or last.endswith("/"):
        raise Unknown
    return flags, [(sources[0], last)]


def _within(folder, path):
    folder, path = (os.path.realpath(name) for name in (folder, path))
    return path == folder or path.startswith(folder + "/")


def cp(out, words, stdin):
    flags, pairs = _pairs(words, _COPY)
    for source, to in pairs:
        if not os.path.lexists(source):
            out.errors.append(f"cp: cannot stat '{source}': No such file or directory\n")
        elif os.path.isdir(source) and not flags & {"r", "R", "a"}:
            out.errors.append(f"cp: -r not specified; omitting directory '{source}'\n")
        elif not ("n" in flags and os.path.lexists(to)):
            kept = flags & {"a", "p"}
            if os.path.isdir(source):
                _tries(out, to, lambda: shutil.copytree(source, to, symlinks=True, dirs_exist_ok=True,
                                                        copy_function=shutil.copy2 if kept else shutil.copy))
            else:
                _tries(out, to, lambda: (shutil.copy2 if kept else shutil.copy)(source, to, follow_symlinks="a" not in flags),
                       "cannot create regular file")
            if "v" in flags:
                out.text.append(f"'{source}' -> '{to}'\n")


def _copied(words):
    _, pairs = _pairs(words, _COPY)
    for source, to in pairs:
        if os.path.isdir(source) and _within(source, to) or os.path.realpath(source) == os.path.realpath(to) or not _is_plain(source):
            raise Unknown
    return [to for _, to in pairs]


def _is_plain(path):
    "No device or pipe, from which a copy would be read without end."
    return not os.path.exists(path) or stat.S_IFMT(os.stat(path).st_mode) in (stat.S_IFREG, stat.S_IFDIR)


def mv(out, words, stdin):
    flags, pairs = _pairs(words, _MOVE)
    for source, to in pairs:
        if not os.path.lexists(source):
            out.errors.append(f"mv: cannot stat '{source}': No such file or directory\n")
        elif not ("n" in flags and os.path.lexists(to)):
            _tries(out, source, lambda: shutil.move(source, to) if not os.path.isfile(to) else os.replace(source, to))
            if "v" in flags:
                out.text.append(f"renamed '{source}' -> '{to}'\n")


def _moved(words):
    _, pairs = _pairs(words, _MOVE)
    for source, to in pairs:
        if _within(source, to):
            raise Unknown
    return [path for pair in pairs for path in pair]


WRITERS = {function.__name__: function for function in (mkdir, rmdir, touch, tee, rm, cp, mv)} | FETCHERS
_TARGETS = {"mkdir": _paths("p"), "rmdir": _paths(""), "touch": _paths(""), "tee": _paths("a"), "rm": _removed, "cp": _copied, "mv": _moved} | TARGETS
