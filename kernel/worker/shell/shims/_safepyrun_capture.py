"""What %%capture keeps: the text and the displays of a cell."""


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

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.data, self.metadata

    def __repr__(self):
        return self.data.get("text/plain", "<captured display>")
