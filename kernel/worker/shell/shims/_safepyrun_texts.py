"""!cut, !tr, !sed -n, !find, !md5sum and the like, answered by the kernel itself; see _safepyrun_commands."""
import fnmatch
import os
import re

from _safepyrun_words import Unknown, decoded, options


def _lines(out, paths, stdin):
    for _, file in out.files(paths, stdin):
        text = decoded(file.read())
        yield from text.split("\n")[:-1] if text.endswith("\n") or not text else text.split("\n")


def _chosen(text):
    "Is the number chosen? By 1,3-5,7-"
    ranges = []
    for part in text.split(","):
        found = re.fullmatch(r"(\d*)(-?)(\d*)", part)
        if not found or part in ("", "-"):
            raise Unknown
        first = int(found[1] or 1)
        ranges.append((first, int(found[3]) if found[3] else None if found[2] else first))
    return lambda number: any(first <= number and (last is None or number <= last) for first, last in ranges)


def cut(out, words, stdin):
    flags, values, paths = options(words, "s", "dfc")
    if ("f" in values) == ("c" in values) or len(values.get("d", " ")) != 1:
        raise Unknown
    chosen, mark = _chosen(values.get("f", values.get("c"))), values.get("d", "\t")
    for line in _lines(out, paths, stdin):
        parts = list(line) if "c" in values else line.split(mark)
        if "f" in values and len(parts) == 1:
            out.text += [] if "s" in flags else [line + "\n"]
        else:
            out.text.append(("" if "c" in values else mark).join(part for at, part in enumerate(parts, 1) if chosen(at)) + "\n")


def _set(text):
    "The characters of one of tr's sets."
    if "[" in text or "\\" in text.replace("\\n", "").replace("\\t", ""):
        raise Unknown
    text = text.replace("\\n", "\n").replace("\\t", "\t")
    return re.sub(r"(.)-(.)", lambda found: "".join(map(chr, range(ord(found[1]), ord(found[2]) + 1))), text, flags=re.S)


def tr(out, words, stdin):
    flags, _, sets = options(words, "ds")
    if stdin is None or len(sets) != (1 if flags else 2) or len(flags) > 1:
        raise Unknown
    first = _set(sets[0])
    if "d" in flags:
        out.text.append(stdin.translate(dict.fromkeys(map(ord, first))))
    elif "s" in flags:
        out.text.append(re.sub(f"([{re.escape(first)}])\\1+", r"\1", stdin))
    else:
        second = _set(sets[1])
        if not second:
            raise Unknown
        out.text.append(stdin.translate(dict(zip(map(ord, first), second + second[-1] * len(first)))))


def tac(out, words, stdin):
    _, _, paths = options(words, "")
    for path in paths or ["-"]:
        out.text += [line + "\n" for line in reversed(list(_lines(out, [path], stdin)))]


def rev(out, words, stdin):
    _, _, paths = options(words, "")
    out.text += [line[::-1] + "\n" for line in _lines(out, paths, stdin)]


def nl(out, words, stdin):
    _, _, paths = options(words, "")
    count = 0
    for line in _lines(out, paths, stdin):
        count += bool(line)
        out.text.append(f"{count:6}\t{line}\n" if line else "       \n")


def seq(out, words, stdin):
    if not 1 <= len(words) <= 3 or not all(re.fullmatch(r"-?\d+", word) for word in words):
        raise Unknown
    numbers = list(map(int, words))
    first, step, last = {1: (1, 1, numbers[-1]), 2: (numbers[0], 1, numbers[-1])}.get(len(numbers), tuple(numbers))
    if not step or abs(last - first) // abs(step) > 1_000_000:
        raise Unknown
    out.text += [f"{number}\n" for number in range(first, last + (1 if step > 0 else -1), step)]


def sed(out, words, stdin):
    "-n 'NUMBERSp' alone: it shows lines."
    flags, _, rest = options(words, "n")
    found = re.fullmatch(r"(\d+)(?:,(\d+|\$))?p", rest[0]) if flags and rest else None
    if not found:
        raise Unknown
    first, last = int(found[1]), found[2] or found[1]
    for number, line in enumerate(_lines(out, rest[1:], stdin), 1):
        out.text += [line + "\n"] if number == first or first < number and (last == "$" or number <= int(last)) else []


def find(out, words, stdin):
    tests, rest = [], list(words)
    paths = []
    while rest and not rest[0].startswith(("-", "(", "!")):
        paths.append(rest.pop(0))
    deepest = float("inf")
    while rest:
        test, value = rest.pop(0), rest.pop(0) if rest else None
        if test == "-maxdepth" and value and value.isdigit():
            deepest = int(value)
        elif test in ("-name", "-iname") and value is not None:
            fold = str.lower if test == "-iname" else str
            tests.append(lambda path, value=fold(value), fold=fold: fnmatch.fnmatchcase(fold(os.path.basename(path.rstrip("/")) or path), value))
        elif test == "-type" and value in ("f", "d"):
            is_it = os.path.isfile if value == "f" else os.path.isdir
            tests.append(lambda path, is_it=is_it: is_it(path) and not os.path.islink(path))
        else:
            raise Unknown

    def walk(path, depth):
        out.text += [path + "\n"] if all(test(path) for test in tests) else []
        if depth < deepest and os.path.isdir(path) and not os.path.islink(path):
            try:
                names = [entry.name for entry in os.scandir(path)]
            except OSError as error:
                return out.errors.append(f"find: '{path}': {error.strerror}\n")
            for name in names:
                walk(os.path.join(path, name), depth + 1)

    for path in paths or ["."]:
        if os.path.lexists(path):
            walk(path, 0)
        else:
            out.errors.append(f"find: '{path}': No such file or directory\n")


def _sums(kind):
    def program(out, words, stdin):
        import hashlib
        _, _, paths = options(words, "b")
        for name, file in out.files(paths, stdin):
            out.text.append(f"{hashlib.new(kind, file.read()).hexdigest()}  {name}\n")
    return program


def basename(out, words, stdin):
    if not 1 <= len(words) <= 2 or words[0].startswith("-"):
        raise Unknown
    name = os.path.basename(words[0].rstrip("/")) or words[0][:1]
    end = words[1] if len(words) > 1 else ""
    out.text.append((name[:-len(end)] if end and name.endswith(end) and name != end else name) + "\n")


def dirname(out, words, stdin):
    if not words or words[0].startswith("-"):
        raise Unknown
    out.text += [(os.path.dirname(word.rstrip("/")) or ("/" if word.startswith("/") else ".")) + "\n" for word in words]


def realpath(out, words, stdin):
    _, _, paths = options(words, "f")
    if not paths:
        raise Unknown
    out.text += [os.path.realpath(path) + "\n" for path in paths]


def readlink(out, words, stdin):
    if "-f" not in words:
        raise Unknown
    realpath(out, words, stdin)


def uname(out, words, stdin):
    flags, _, rest = options(words, "asnrvm")
    if rest or "a" in flags:
        raise Unknown
    told = os.uname()
    fields = (("s", told.sysname), ("n", told.nodename), ("r", told.release), ("v", told.version), ("m", told.machine))
    out.text.append(" ".join(value for flag, value in fields if flag in (flags or {"s"})) + "\n")


PROGRAMS = {function.__name__: function for function in (cut, tr, tac, rev, nl, seq, sed, find, basename, dirname, realpath, readlink, uname)}
PROGRAMS |= {f"{kind}sum": _sums(kind) for kind in ("md5", "sha1", "sha256", "sha512")}
