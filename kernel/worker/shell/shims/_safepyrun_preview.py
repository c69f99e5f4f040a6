"""%%preview: what a cell would do, found out in a fork (begin, end) and told in the worker (tell, apply).

The worker's C (kernel/worker/preview.c) makes the fork. What it wrote lies in the upper layers of overlays, one for
each folder below which it may write: a file there is new or replaces one, a device 0:0 stands for one that is gone.
"""
import os
import stat
import sys

# What %%preview shows in machine-readable form, beside text/plain.
MIME = "application/vnd.safepyrun.preview+json"

_HIDDEN = {"In", "Out", "get_ipython", "exit", "quit", "open", "display"}
_DIGEST_MOST = 64 << 20 # bytes of one variable that are looked at
_DIGESTS_MOST = 512 << 20 # ... of all
_TEXT_MOST = 1 << 20 # a larger file gets no diff
_DIFF_LINES = 200
_FILES_MOST = 1000


# ---- in the fork: variables


class _Enough(Exception):
    pass


class _Digest:
    "A file that keeps a digest of what is written to it."

    def __init__(self, most):
        import hashlib
        self._digest, self.size, self._most = hashlib.blake2b(), 0, most

    def write(self, data):
        size = len(data) if isinstance(data, bytes) else memoryview(data).nbytes
        self.size += size
        if self.size > self._most:
            raise _Enough
        self._digest.update(data)
        return size

    def value(self):
        return self._digest.digest()


def _digest(value, most):
    "(digest, bytes looked at); the digest is None for what cannot be compared."
    if value is None or isinstance(value, (int, float, complex, str, bytes, type)) or callable(value):
        return None, 0 # they do not change in place, or only their names count
    import pickle
    file = _Digest(most)
    try:
        pickle.Pickler(file, 5).dump(value)
    except BaseException: # whatever the object's own methods raise
        return None, file.size
    return file.value(), file.size


def _short(value):
    "A value in a few words."
    kind = type(value)
    shape = getattr(value, "shape", None) if kind.__module__.partition(".")[0] in ("numpy", "pandas", "polars") else None
    if isinstance(shape, tuple) and shape:
        return f"{kind.__name__} {' x '.join(map(str, shape))}"
    if kind.__name__ == "module":
        return f"module {value.__name__}"
    if kind in (list, dict, set, tuple, frozenset, str, bytes, int, float, complex, bool, type(None)):
        import reprlib
        short = reprlib.Repr()
        short.maxstring = short.maxother = 60
        try:
            return short.repr(value)
        except Exception:
            return kind.__name__
    name = getattr(value, "__name__", None)
    return f"{kind.__name__} {name}" if isinstance(name, str) else kind.__name__


def _variables(names):
    left, found = _DIGESTS_MOST, {}
    for name, value in list(names.items()):
        if isinstance(name, str) and not name.startswith("_") and name not in _HIDDEN:
            digest, size = _digest(value, min(left, _DIGEST_MOST))
            left = max(0, left - size)
            found[name] = (value, digest, _short(value))
    return found


def _compare(before, after):
    changes = []
    for name, (value, digest, short) in after.items():
        if name not in before:
            changes.append({"name": name, "change": "new", "type": type(value).__name__, "value": short})
            continue
        old, old_digest, old_short = before[name]
        plain = type(value) in (int, float, str, bytes, bool, type(None)) and type(value) is type(old) and value == old
        if (value is old or (digest is not None and type(value) is type(old))) and digest == old_digest or plain:
            continue
        changes.append({"name": name, "change": "changed", "type": type(value).__name__, "before": old_short, "value": short})
    changes += [{"name": name, "change": "deleted", "before": short} for name, (_, _, short) in before.items() if name not in after]
    return changes


# ---- in the fork: what would have gone out

_SENDS = {
    "subprocess.Popen": lambda a: ("start", " ".join(map(str, a[1])) if isinstance(a[1], (list, tuple)) else str(a[1] or a[0])),
    "os.system": lambda a: ("start", os.fsdecode(a[0])),
    "os.exec": lambda a: ("start", " ".join(map(os.fsdecode, a[1]))),
    "os.posix_spawn": lambda a: ("start", " ".join(map(os.fsdecode, a[1]))),
    "os.kill": lambda a: ("signal", f"{a[1]} to process {a[0]}"),
    "socket.connect": lambda a: ("connect", _address(a[1])),
    "socket.getaddrinfo": lambda a: ("connect", _address(a[:2])),
    "socket.sendto": lambda a: ("send", _address(a[1])),
    "urllib.Request": lambda a: ("request", f"{a[3]} {a[0]}"),
}
_sent = None


def _address(address):
    if isinstance(address, tuple) and len(address) > 1:
        return f"{address[0]}:{address[1]}"
    return os.fsdecode(address) if isinstance(address, (str, bytes)) else str(address)


def _note(kind, what):
    row = {"kind": kind, "what": what}
    if _sent is not None and row not in _sent:
        _sent.append(row)


def _listen(event, arguments):
    describe = _SENDS.get(event)
    if describe and _sent is not None:
        try:
            _note(*describe(arguments))
        except Exception:
            _note("other", event)


def begin(names):
    "Before the cell runs: what there is."
    global _sent
    _sent = []
    sys.addaudithook(_listen)
    return _variables(names)


def end(before, names, displays, refused, error, shown):
    "After it: what came of it, as JSON holds it."
    global _sent
    sent, _sent = _sent, None
    outputs = [[kind, content] for kind, content in displays]
    if shown and shown[0]:
        outputs.append(["display_data", {"data": shown[0], "metadata": shown[1], "transient": {}}])
    return {"outputs": outputs, "variables": _compare(before, _variables(names)), "sent": sent, "error": error,
            "refused": [{"kind": kind, "callable": name, "reason": reason} for kind, name, reason in refused]}


# ---- in the worker: files


def _read(path):
    with open(path, "rb") as file:
        return file.read(_TEXT_MOST + 1)


def _same(one, other):
    with open(one, "rb") as left, open(other, "rb") as right:
        while True:
            a, b = left.read(1 << 20), right.read(1 << 20)
            if a != b:
                return False
            if not a:
                return True


def _diff(path, before, after):
    "A unified diff, or None where one of them is no text or is long."
    try:
        old, new = (_read(p) if p else b"" for p in (before, after))
        if max(len(old), len(new)) > _TEXT_MOST or b"\0" in old or b"\0" in new:
            return None
        import difflib
        old, new = (text.decode().splitlines(keepends=True) for text in (old, new))
    except (OSError, UnicodeDecodeError):
        return None
    lines = [line if line.endswith("\n") else line + "\n" for line in
             difflib.unified_diff(old, new, path if before else "/dev/null", path if after else "/dev/null", n=2)]
    if len(lines) > _DIFF_LINES:
        lines = lines[:_DIFF_LINES] + [f"... {len(lines) - _DIFF_LINES} more lines\n"]
    return "".join(lines)


def _is_opaque(path):
    for key in ("user.overlay.opaque", "trusted.overlay.opaque"):
        try:
            if os.getxattr(path, key) == b"y":
                return True
        except OSError:
            pass
    return False


def _whole(path, change):
    "A folder that is gone, with all that was in it."
    rows = [{"path": path, "change": change, "kind": "folder"}]
    for folder, folders, files in os.walk(path):
        rows += [{"path": os.path.join(folder, name), "change": change, "kind": "file"} for name in files]
        if len(rows) > _FILES_MOST:
            break
    return rows


class _Walk:
    "The upper layer of one place, beside what lies below it."

    def __init__(self, rows, quiet):
        self.rows, self.quiet = rows, quiet

    def folder(self, upper, lower):
        opaque = _is_opaque(upper)
        if opaque and os.path.isdir(lower):
            there = set(os.listdir(upper))
            for name in sorted(set(os.listdir(lower)) - there):
                self.gone(os.path.join(lower, name))
        for name in sorted(os.listdir(upper)):
            if len(self.rows) > _FILES_MOST:
                return
            self.entry(os.path.join(upper, name), os.path.join(lower, name))

    def gone(self, path):
        if os.path.isdir(path) and not os.path.islink(path):
            self.rows += _whole(path, "deleted")
        elif os.path.lexists(path):
            self.rows.append({"path": path, "change": "deleted", "kind": "file", "size_before": os.lstat(path).st_size,
                              "diff": _diff(path, path, None) if os.path.isfile(path) else None})

    def entry(self, upper, lower):
        if any(lower == q or lower.startswith(q + "/") for q in self.quiet):
            return
        status = os.lstat(upper)
        if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
            self.gone(lower)
        elif stat.S_ISDIR(status.st_mode):
            if not os.path.isdir(lower):
                self.rows.append({"path": lower, "change": "created", "kind": "folder", "mode": stat.S_IMODE(status.st_mode)})
            self.folder(upper, lower)
        elif stat.S_ISLNK(status.st_mode):
            if not os.path.islink(lower) or os.readlink(lower) != os.readlink(upper):
                self.rows.append({"path": lower, "change": "changed" if os.path.lexists(lower) else "created", "kind": "link",
                                  "target": os.readlink(upper)})
        elif stat.S_ISREG(status.st_mode):
            self.file(upper, lower, status)
        else:
            self.rows.append({"path": lower, "change": "created", "kind": "other"})

    def file(self, upper, lower, status):
        row = {"path": lower, "change": "created", "kind": "file", "size": status.st_size, "mode": stat.S_IMODE(status.st_mode)}
        if os.path.lexists(lower):
            before = os.lstat(lower)
            row["change"], row["size_before"] = "changed", before.st_size
            mode = stat.S_IMODE(before.st_mode)
            if before.st_size == status.st_size and stat.S_ISREG(before.st_mode) and _same(upper, lower):
                if mode == row["mode"]:
                    return # opened for writing, and left as it was
                row["change"], row["mode_before"] = "mode", mode
            else:
                row["diff"] = _diff(lower, lower, upper)
        else:
            row["diff"] = _diff(lower, None, upper)
        row["_upper"] = upper
        self.rows.append(row)


def _files(answer):
    rows, base = [], f"/proc/self/fd/{answer['upper']}"
    for index, place in enumerate(answer["places"]):
        upper = f"{base}/{index}/up"
        if os.path.isdir(upper):
            _Walk(rows, answer["quiet"]).folder(upper, place)
    return rows


# ---- in the worker: telling


def _sizes(row):
    if row["kind"] != "file":
        return row["kind"]
    if row["change"] == "mode":
        return f"mode {row['mode_before']:o} -> {row['mode']:o}"
    now, before = row.get("size"), row.get("size_before")
    if now is None:
        return f"{before:,} bytes" if before is not None else "file"
    return f"{before:,} -> {now:,} bytes" if before is not None else f"{now:,} bytes"


def _describe(effects):
    lines = []
    if effects["died"]:
        lines.append(f"The cell would end Python: {effects['died']}.")
    for title, rows in (("Files", effects["files"]), ("Variables", effects["variables"])):
        if rows:
            lines.append(title + ":")
        for row in rows:
            if title == "Files":
                lines.append(f"  {row['change']:8} {row['path']} ({_sizes(row)})")
            else:
                old, new = row.get("before"), row.get("value")
                shown = f"{old} -> {new}" if old and new else new or f"was {old}"
                lines.append(f"  {row['change']:8} {row['name']}: {shown}")
    for title, rows in (("Would have been sent or started, and was not:", effects["sent"]),
                        ("Refused, as it would be in a cell:", effects["refused"])):
        if rows:
            lines.append(title)
            lines += [f"  {row['kind']}: {row['what'] if 'what' in row else row['callable']}" for row in rows]
    for row in effects["files"]:
        if row.get("diff"):
            lines += ["", row["diff"].rstrip("\n")]
    if not lines:
        lines.append("Nothing: no file and no variable would change.")
    return "Preview: nothing of this has happened.\n" + "\n".join(lines)


def tell(answer, publish):
    "Show what the fork showed, and its effects; the effects, a dict."
    if answer.get("wrong"):
        raise RuntimeError(f"no preview can be made here: {answer['wrong']}")
    for name in ("stdout", "stderr"):
        if answer.get(name):
            print(answer[name], end="", file=getattr(sys, name), flush=True)
    for kind, content in answer.get("outputs", ()):
        publish(kind, content)
    if answer.get("stack"):
        print(answer["stack"], file=sys.stderr)
    if answer.get("error"):
        publish("error", answer["error"])
    effects = {"files": _files(answer), "variables": answer.get("variables", []), "sent": answer.get("sent", []),
               "refused": answer.get("refused", []), "error": answer.get("error"), "died": answer.get("died"),
               "stdout": answer.get("stdout", ""), "stderr": answer.get("stderr", ""), "applied": False}
    for row in effects["files"]:
        row["_before"] = _stamp(row["path"])
    shown = {**effects, "files": [{k: v for k, v in row.items() if k[0] != "_"} for row in effects["files"]]}
    publish("display_data", {"data": {"text/plain": _describe(effects), MIME: shown}, "metadata": {}, "transient": {}})
    return effects


# ---- in the worker: applying


def _stamp(path):
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mode, 0 if stat.S_ISDIR(status.st_mode) else status.st_mtime_ns


def changed_since(effects):
    "Before anything is done: the paths that somebody changed since they were shown."
    return [row["path"] for row in effects["files"] if _stamp(row["path"]) != row["_before"]]


def others(effects, again):
    "The paths of which a second preview tells something else than the first, contents aside; or what stopped it."
    if again.get("wrong") or again.get("died") != effects["died"] or bool(again.get("error")) != bool(effects["error"]):
        return ["the second preview, which ended otherwise"]
    told = [{(row["path"], row["change"], row["kind"]) for row in rows} for rows in (effects["files"], _files(again))]
    return sorted({path for path, _, _ in told[0] ^ told[1]})


def differing(effects):
    "After the cell has run for real: the files whose content is not what was shown."
    wrong = []
    for row in effects["files"]:
        path, upper = row["path"], row.get("_upper")
        if row["change"] == "deleted":
            if os.path.lexists(path):
                wrong.append(row)
        elif row["kind"] == "folder":
            if not os.path.isdir(path):
                wrong.append(row)
        elif upper and not (os.path.isfile(path) and os.path.getsize(path) == row["size"] and _same(upper, path)):
            wrong.append(row)
    return wrong


def put(rows):
    "Make these files what the preview showed."
    import shutil
    for row in rows:
        path, upper = row["path"], row.get("_upper")
        if row["change"] == "deleted":
            if row["kind"] == "folder":
                shutil.rmtree(path, ignore_errors=True)
            elif os.path.lexists(path):
                os.unlink(path)
        elif row["kind"] == "folder":
            os.makedirs(path, exist_ok=True)
        elif upper:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copyfile(upper, path)
            os.chmod(path, row["mode"])
