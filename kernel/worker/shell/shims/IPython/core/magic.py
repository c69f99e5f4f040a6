"""Magics that cells and libraries define: single functions, and classes of them."""
from _safepyrun_kernel import get_ipython
from _safepyrun_shell import scoped, unexpanded

__all__ = ["Magics", "magics_class", "line_magic", "cell_magic", "line_cell_magic", "register_line_magic",
           "register_cell_magic", "register_line_cell_magic", "needs_local_scope", "no_var_expand", "output_can_be_silenced"]

magic_kinds = ("line", "cell")


def _kinds(kind):
    return [name for name in magic_kinds if name in kind]


class _Marker:
    "A decorator of methods, with or without a name: @line_magic, @line_magic('name')."

    def __init__(self, kind):
        self.kind = kind

    def __call__(self, function):
        if isinstance(function, str):
            return _Named(self, function)
        return self.mark(function, function.__name__)

    def mark(self, function, name):
        "Remember that `function` is the magic `name`; magics_class() collects them."
        _marked.setdefault(function, []).append((self.kind, name))
        return function


class _Registrar(_Marker):
    "The same for functions, which are offered at once."

    def mark(self, function, name):
        get_ipython().register_magic_function(function, self.kind, name)
        return function


class _Named:
    "A decorator that was given a name."

    def __init__(self, marker, name):
        self.marker, self.name = marker, name

    def __call__(self, function):
        return self.marker.mark(function, self.name)


_marked = {}  # function -> [(kind, name), ...]

line_magic, cell_magic, line_cell_magic = _Marker("line"), _Marker("cell"), _Marker("line_cell")
register_line_magic, register_cell_magic = _Registrar("line"), _Registrar("cell")
register_line_cell_magic = _Registrar("line_cell")


def magics_class(cls):
    "For classes of magics. What is marked in a class is found when it is registered."
    return cls


def needs_local_scope(function):
    "The magic is called with local_ns=, the names of the function that it is used in."
    scoped.add(function)
    return function


def no_var_expand(function):
    "The magic gets its line as it was typed, {x} and $x in it."
    unexpanded.add(function)
    return function


def output_can_be_silenced(function):
    "A `;` behind the magic's line keeps its value from being shown, as it does behind every line here."
    return function


class _Options(dict):
    "Options of a magic's line, also by attribute: getattr(options, 'r', 1) where one may be left out."

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def merge(self, other):
        "Take over what `other` has and this has not."
        for name, value in other.items():
            self.setdefault(name, value)


class Magics:
    "Base of classes of magics. shell: the kernel's shell object."

    def __init__(self, shell=None, **kwargs):
        self.shell = shell if shell is not None else get_ipython()

    def parse_options(self, arg_str, opt_str, *long_opts, mode="string", list_all=False, posix=True, strict=True,
                      preserve_non_opts=False):
        """(options, rest) of a magic's line. opt_str: as for getopt ('ab:'); long_opts: names, with '=' when they take a value.
        options: dict, also by attribute; a flag's value is '', of several of one name a list. rest: str, or list with
        mode='list'. UsageError for an unknown option."""
        import getopt
        import shlex
        lexer = shlex.shlex(arg_str, posix=posix)
        lexer.whitespace_split, lexer.commenters = True, ""
        words = list(lexer)
        try:
            found, rest = getopt.getopt(words, opt_str, list(long_opts))
        except getopt.GetoptError as error:
            from IPython.core.error import UsageError
            raise UsageError(f"{error} ( allowed: {opt_str!r} {' '.join(long_opts)})") from None
        options = _Options()
        for name, value in found:
            name = name.lstrip("-")
            if name in options or list_all:
                before = options.get(name, [])
                options[name] = [*(before if isinstance(before, list) else [before]), value]
            else:
                options[name] = value
        return options, rest if mode == "list" else " ".join(rest)

    @property
    def magics(self):
        "kind -> name -> the name of the method."
        found = {kind: {} for kind in magic_kinds}
        for cls in reversed(type(self).__mro__):
            for attribute, value in vars(cls).items():
                try:
                    marks = _marked.get(value)
                except TypeError:  # not hashable
                    continue
                for kinds, name in marks or ():
                    for kind in _kinds(kinds):
                        found[kind][name] = attribute
        return found
