"""The words of a command line, and what a command answered by the kernel is given and says; see _safepyrun_commands.

A line is commands with `|`, `&&` and `;` between them, and `> FILE` behind each; words have quotes, patterns, ~ and $NAME as in a shell.
"""
import glob
import os
import re


class Unknown(Exception):
    "Not something that is answered here."


# ---- words

_TOKEN = re.compile(r"\s+|'([^']*)'|\"((?:[^\"\\`]|\\.)*)\"|(&&|>>|[|;>])|\\(.)|\$(\w+)|\$\{(\w+)\}|([^\s'\"|\\$`;&<>(){}!#]+|\{\}|\$)", re.S)
_MAGIC = re.compile(r"[*?\[]")


class Pipeline:
    "Commands with `|` between them, each a list of words."

    def __init__(self, joiner):
        self.joiner = joiner           # what stands before it: "&&", ";" or ""
        self.stages = [[]]
        self.into = None               # (path, "w" or "a"): where the last one's output goes


def pipelines(command):
    "A line's pipelines; Unknown for what only a shell can do."
    line, word, pattern, at, target = [Pipeline("")], None, False, 0, None

    def end_word():
        nonlocal word, pattern, target
        if word is not None:
            if pattern and len(line) > 1:
                raise Unknown  # the files that the commands before it make are not there yet
            expanded = _expanded(word) if pattern else [_plain(word)]
            if target and (len(expanded) != 1 or line[-1].into):
                raise Unknown
            if target:
                line[-1].into = (expanded[0], "a" if target == ">>" else "w")
            else:
                line[-1].stages[-1].extend(expanded)
            target = None
        word, pattern = None, False

    while at < len(command):
        token = _TOKEN.match(command, at)
        if not token:
            raise Unknown
        digit = token[3] in (">", ">>") and word is not None and word.isdigit()  # 2> file
        at = token.end()
        single, double, operator, escaped, name, braced, plain = token.groups()
        if operator:
            end_word()
            if target or digit or line[-1].into:
                raise Unknown
            if operator in (">", ">>"):
                target = operator
            elif operator == "|":
                line[-1].stages.append([])
            else:
                line.append(Pipeline(operator))
        elif plain is not None:
            if word is None and (plain == "~" or plain.startswith("~/")):
                plain = os.path.expanduser(plain)
            pattern = pattern or _MAGIC.search(plain) is not None
            word = (word or "") + plain
        elif name or braced:
            value = os.environ.get(name or braced, "")
            word = (word or "") + glob.escape(value) if value else word
        elif single is not None or double is not None or escaped is not None:
            text = single if single is not None else escaped if escaped is not None else _double(double)
            word = (word or "") + glob.escape(text)
        else:
            end_word()
    end_word()
    if line[-1].joiner == ";" and line[-1].stages == [[]]:
        line.pop()
    if target or not line or not all(stage for pipeline in line for stage in pipeline.stages):
        raise Unknown
    return line


def _plain(word):
    return re.sub(r"\[(.)\]", r"\1", word)


def _double(text):
    text = re.sub(r"\$(\w+)|\$\{(\w+)\}", lambda name: os.environ.get(name[1] or name[2], ""), text)
    return re.sub(r"\\([\"\\$`])", r"\1", text)


def _expanded(word):
    "The files that a pattern stands for, or itself when there are none."
    return sorted(glob.glob(word)) or [_plain(word)]


def options(words, letters, numbers=""):
    "(set of letters, {letter: number}, other words). -5 is the number 'n' where that is one."
    flags, values, rest, words = set(), {}, [], list(words)
    while words:
        word = words.pop(0)
        if word == "--":
            return flags, values, rest + words
        if not word.startswith("-") or word == "-":
            rest.append(word)
        elif "n" in numbers and re.fullmatch(r"-\d+", word):
            values["n"] = word[1:]
        elif word[1:2] in numbers and word[1] != "-":
            values[word[1]] = word[2:] or (words.pop(0) if words else "")
        elif not word.startswith("--") and set(word[1:]) <= set(letters):
            flags |= set(word[1:])
        else:
            raise Unknown
    return flags, values, rest


class Output:
    "What one command says."

    def __init__(self, program):
        self.program, self.text, self.errors = program, [], []
        self.code = None  # None: 1 with errors, else 0

    def failed(self, path, error):
        self.errors.append(f"{self.program}: {path}: {error.strerror or error}\n")

    def files(self, paths, stdin):
        "(name, its bytes as an open file) of each that can be read; stdin's without a path."
        import io
        for path in paths or ["-"]:
            if path == "-":
                if stdin is None:
                    raise Unknown  # it would wait for the keyboard
                yield path, io.BytesIO(stdin.encode("utf-8", "surrogateescape"))
                continue
            try:
                with open(path, "rb") as file:
                    yield path, file
            except OSError as error:
                self.failed(path, error)


def decoded(data):
    return data.decode("utf-8", "surrogateescape")
