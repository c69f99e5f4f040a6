"""!grep, !sort, !uniq, !du, !date, !which and the like, answered by the kernel itself; see _safepyrun_commands."""
import os
import re
import shutil
import time

from _safepyrun_texts import PROGRAMS as _TEXTS
from _safepyrun_words import Unknown, decoded, options


def _lines(out, paths, stdin):
    "(name, its lines without their ends) of each file."
    for name, file in out.files(paths, stdin):
        yield name, decoded(file.read()).split("\n")


def _trimmed(lines):
    return lines[:-1] if lines[-1:] == [""] else lines


def _pattern(text, flags):
    "A pattern of grep as one of Python's; Unknown for what the two read in other ways."
    if "F" in flags:
        text = re.escape(text)
    elif "[[:" in text or "\\" in text or "E" not in flags and re.search(r"[+?{}()|]", text):
        raise Unknown
    try:
        return re.compile(rf"\b(?:{text})\b" if "w" in flags else text, re.I if "i" in flags else 0)
    except re.error:
        raise Unknown from None


def grep(out, words, stdin):
    flags, values, rest = options(words, "invclEFwhH", "e")
    if "e" in values:
        rest.insert(0, values["e"])
    if not rest:
        raise Unknown
    pattern, paths, found = _pattern(rest[0], flags), rest[1:], False
    named = len(paths) > 1 and "h" not in flags or "H" in flags
    for name, lines in _lines(out, paths, stdin):
        hits = [(number, line) for number, line in enumerate(_trimmed(lines), 1) if (pattern.search(line) is None) == ("v" in flags)]
        found = found or bool(hits)
        title = f"{'(standard input)' if name == '-' else name}:" if named else ""
        if "l" in flags:
            out.text += [f"{name}\n"] if hits else []
        elif "c" in flags:
            out.text.append(f"{title}{len(hits)}\n")
        else:
            out.text += [f"{title}{f'{number}:' if 'n' in flags else ''}{line}\n" for number, line in hits]
    out.code = 2 if out.errors else 0 if found else 1


def _number(line):
    found = re.match(r"\s*(-?\d*\.?\d*)", line)
    try:
        return float(found[1])
    except ValueError:
        return 0.0


def sort(out, words, stdin):
    "By the characters' numbers, as LC_ALL=C has it."
    flags, _, paths = options(words, "nru")
    lines = [line for _, part in _lines(out, paths, stdin) for line in _trimmed(part)]
    key = (lambda line: (_number(line), line)) if "n" in flags else None
    lines = sorted(lines, key=key, reverse="r" in flags)
    if "u" in flags:
        same = _number if "n" in flags else str
        lines = [line for at, line in enumerate(lines) if not at or same(line) != same(lines[at - 1])]
    out.text += [line + "\n" for line in lines]


def uniq(out, words, stdin):
    flags, _, paths = options(words, "cd")
    if len(paths) > 1:
        raise Unknown  # the second would be written to
    counted = []
    for _, lines in _lines(out, paths, stdin):
        for line in _trimmed(lines):
            if counted and counted[-1][1] == line:
                counted[-1][0] += 1
            else:
                counted.append([1, line])
    out.text += [(f"{count:7} " if "c" in flags else "") + line + "\n" for count, line in counted if "d" not in flags or count > 1]


def du(out, words, stdin):
    from _safepyrun_commands import human_size
    flags, _, paths = options(words, "shc")
    if "s" not in flags or "c" in flags:
        raise Unknown
    for path in paths or ["."]:
        try:
            blocks, seen = 0, set()
            for folder, _, names in os.walk(path):
                blocks += os.lstat(folder).st_blocks
                for name in names:
                    status = os.lstat(os.path.join(folder, name))
                    blocks += status.st_blocks if (status.st_dev, status.st_ino) not in seen else 0
                    seen.add((status.st_dev, status.st_ino))
            if not os.path.isdir(path):
                blocks = os.lstat(path).st_blocks
        except OSError as error:
            out.errors.append(f"du: cannot access '{path}': {error.strerror}\n")
            continue
        size = human_size(blocks * 512, True) if "h" in flags else str((blocks + 1) // 2)
        out.text.append(f"{size}\t{path}\n")


def date(out, words, stdin):
    if len(words) > 1 or words and not words[0].startswith("+"):
        raise Unknown
    out.text.append(time.strftime(words[0][1:] if words else "%a %b %e %H:%M:%S %Z %Y") + "\n")


def which(out, words, stdin):
    _, _, names = options(words, "")
    found = [shutil.which(name) for name in names]
    out.text += [path + "\n" for path in found if path]
    out.code = 0 if found and all(found) else 1


def whoami(out, words, stdin):
    import pwd
    options(words, "")
    out.text.append(pwd.getpwuid(os.geteuid()).pw_name + "\n")


def nproc(out, words, stdin):
    if words:
        raise Unknown
    out.text.append(f"{len(os.sched_getaffinity(0))}\n")


def hostname(out, words, stdin):
    if words:
        raise Unknown
    out.text.append(os.uname().nodename + "\n")


PROGRAMS = {function.__name__: function for function in (grep, sort, uniq, du, date, which, whoami, nproc, hostname)} | _TEXTS
