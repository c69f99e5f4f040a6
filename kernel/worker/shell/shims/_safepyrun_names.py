"""%who and %whos: the names that a person defined, laid out as IPython lays them out."""
import _safepyrun_kernel as _kernel

_COUNTED = ("dict", "list", "tuple")


def _names(line):
    "The names of those types, [] after saying that there are none."
    names = _kernel.run_magic("who_ls", line)
    if not names:
        print("No variables match your requested type." if line.strip() else "Interactive namespace is empty.")
    return names


def who(line):
    "[TYPE ...]: nine names a line."
    names = _names(line)
    for i in range(0, len(names), 9):
        print("".join(f"{name}\t " for name in names[i:i + 9]), end="\n" if i + 9 <= len(names) else "")
    if names:
        print()


def _array(value):
    size = value.size * value.itemsize
    text = f"{'x'.join(map(str, value.shape))}: {value.size} elems, type `{value.dtype}`, {size} bytes"
    if size >= 100000:
        text += f" ({size / 1024} kb)" if size < 1048576 else f" ({size / 1048576} Mb)"
    return text


def _described(value):
    "The column Data/Info."
    kind = type(value).__name__
    if kind in _COUNTED:
        return f"n={len(value)}"
    if kind == "ndarray":
        return _array(value)
    if kind in ("DataFrame", "Series"):
        return f"Shape: {value.shape}"
    try:
        text = str(value)
    except Exception:
        text = f"<object with id {id(value)} (str() failed)>"
    text = text.replace("\n", "\\n")
    return text if len(text) < 50 else f"{text[:25]}<...>{text[-25:]}"


def whos(line):
    "[TYPE ...]: name, type and value of each."
    names = _names(line)
    if not names:
        return
    values = [_kernel.namespace()[name] for name in names]
    types = [type(value).__name__ for value in values]
    first, second = (max(map(len, [*column, title])) + 3 for column, title in ((names, "Variable"), (types, "Type")))
    print(f"{'Variable'.ljust(first)}{'Type'.ljust(second)} Data/Info\n{'-' * (first + second + len('Data/Info') + 1)}")
    for name, kind, value in zip(names, types, values):
        print(f"{name.ljust(first)}{kind.ljust(second)} {_described(value)}")
