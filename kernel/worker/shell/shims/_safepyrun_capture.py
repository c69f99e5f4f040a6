"""What %%capture and `x = !command` keep: the text and the displays of a cell, the lines of a program."""
import re


class SList(list):
    """The lines that a program printed, a list of str. `n` and `s`: one text, with line ends or blanks between; `p`: as paths."""

    @property
    def l(self):  # noqa: E743 (IPython's names)
        return self

    @property
    def n(self):
        return "\n".join(self)

    @property
    def s(self):
        return " ".join(self)

    @property
    def p(self):
        import pathlib
        return [path for path in map(pathlib.Path, self) if path.exists()]

    list, nlstr, spstr, paths = l, n, s, p

    def get_list(self):
        return self

    def get_nlstr(self):
        return self.n

    def get_spstr(self):
        return self.s

    def get_paths(self):
        return self.p

    def _field(self, line, number):
        words = line.split()
        return words[number] if -len(words) <= number < len(words) else ""

    def grep(self, pattern, prune=False, field=None):
        "The lines that `pattern` (regular expression, or a callable of the line) is in; `prune`: the others. `field`: only that word is looked at."
        matches = pattern if callable(pattern) else re.compile(pattern, re.IGNORECASE).search
        return SList(line for line in self if bool(matches(line if field is None else self._field(line, field))) != bool(prune))

    def fields(self, *numbers):
        "Of each line the words of these numbers, as one line; without numbers all words, as lists."
        if not numbers:
            return [line.split() for line in self]
        return SList(" ".join(word for number in numbers if (word := self._field(line, number))) for line in self if line.split())

    def sort(self, field=None, nums=False):
        "The lines sorted, by the word `field`, as numbers with `nums`. A new one, as IPython's is."
        def key(line):
            word = line if field is None else self._field(line, field)
            digits = "".join(character for character in word if character.isdigit())
            return int(digits or 0) if nums else word
        return SList(sorted(self, key=key))


class CapturedOutput:
    """The output of a cell: `stdout` and `stderr` (str), `outputs` (list of displays); call it, or `show()`, to see it again."""

    def __init__(self, stdout, stderr, displays):
        self.stdout, self.stderr, self._displays = stdout, stderr, list(displays)

    @property
    def outputs(self):
        "The displays as objects that show themselves."
        return [_Display(content) for kind, content in self._displays if kind in ("display_data", "execute_result")]

    def show(self):
        "Write the text to sys.stdout and sys.stderr again, and show the displays."
        import sys
        from IPython.display import display
        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)
        for output in self.outputs:
            display(output)

    __call__ = show

    def __str__(self):
        return self.stdout


class _Display:
    "One display of a captured cell."

    def __init__(self, content):
        self.data, self.metadata = content.get("data", {}), content.get("metadata", {})

    def display(self):
        "Show it again."
        from IPython.display import display
        display(self)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.data, self.metadata

    def __repr__(self):
        return self.data.get("text/plain", "<captured display>")
