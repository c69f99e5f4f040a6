"""Magics that are Python: a row of the kernel's table of magics names each, and calls NAME(line) or NAME(line, cell) here."""
import _safepyrun_kernel as _kernel
from IPython.core.error import UsageError
from _safepyrun_code import INTERACTIVITY
from _safepyrun_history import (hist, history, load, loadpy, logoff, logon, logstart, logstate, logstop, macro, notebook,  # noqa: F401
                                pycat, recall, rep, rerun, save)
from _safepyrun_places import (alias, bookmark, cat, cd_target, clear, dhist, dirs, killbgscripts, ldir, less, lf, lk, ll,  # noqa: F401
                               lx, mkdir, more, popd, pushd, rehashx, store, unalias)
from _safepyrun_names import who, whos  # noqa: F401
from _safepyrun_shell import shell, unexpanded

_MODES = ("Plain", "Context", "Verbose", "Minimal")


def _page(text):
    _kernel.add_payload({"source": "page", "data": {"text/plain": text}, "start": 0})


def _value(name):
    "What a name or expression stands for; UsageError when there is no such."
    try:
        return shell.ev(name)
    except Exception as error:
        raise UsageError(f"{name!r}: {error}") from None


# ---- how things are shown


def precision(line):
    "'' (repr), a number of digits, or a % format."
    plain = shell.display_formatter.formatters["text/plain"]
    try:
        plain.float_precision = line
    except ValueError as error:
        raise UsageError(str(error)) from None
    return plain.float_format


def pprint(line):
    "Switch between laid out text and plain repr()."
    wanted = {"": not shell.pprint, "on": True, "1": True, "true": True, "off": False, "0": False, "false": False}
    if line.strip().lower() not in wanted:
        raise UsageError("%pprint takes on, off or nothing")
    _switch_pprint(wanted[line.strip().lower()])
    print(f"Pretty printing has been turned {'ON' if shell.pprint else 'OFF'}")


def _switch_pprint(on):
    shell.pprint = shell.display_formatter.formatters["text/plain"].pprint = on


def figures_inline(line):
    "%matplotlib inline: figures are shown in the cells from now on, whatever was chosen before."
    import safepyrun_backend_inline
    safepyrun_backend_inline.use()


def notebook_cells(path):
    "[(name, source)] of the code in a notebook, or of an .ipy file, for %run."
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if path.endswith(".ipy"):
        return [(path, text)]
    import json
    try:
        cells = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, LookupError, TypeError):
        raise UsageError(f"{path} is no notebook of the current format") from None
    return [(f"{path}, cell {number}", source if isinstance(source, str) else "".join(source))
            for number, source in enumerate(sources, 1)]


def xmode(line):
    "Which traceback errors have; without a mode the next one."
    wanted = line.strip().capitalize() or _MODES[(_MODES.index(shell.xmode) + 1) % len(_MODES)]
    if wanted not in _MODES:
        raise UsageError(f"there is no mode {line.strip()!r}: {', '.join(_MODES)}")
    shell.xmode = wanted
    print(f"Exception reporting mode: {wanted}")


def tb(line):
    "The last error again, maybe in another mode."
    import sys
    error, before = getattr(sys, "last_value", None), shell.xmode
    if error is None:
        print("No traceback available.")
        return
    if line.strip():
        if line.strip().capitalize() not in _MODES:
            raise UsageError(f"there is no mode {line.strip()!r}: {', '.join(_MODES)}")
        shell.xmode = line.strip().capitalize()
    try:
        shell.showtraceback((type(error), error, error.__traceback__))
    finally:
        shell.xmode = before


def debug(line, cell=None):
    "The place that the last error came from, in the debugger; with statements: they run under it."
    import sys
    import _safepyrun_pdb as debugger
    source = "\n".join(part for part in (line.strip(), cell) if part)
    if source:
        debugger.run(_kernel.transform(source))
    elif getattr(sys, "last_value", None) is None:
        print("No traceback has been produced, nothing to debug.", file=sys.stderr)
    else:
        debugger.pm()


def pdb(line):
    "Is the debugger called after each error? on, off; nothing: the other way."
    import _safepyrun_pdb as debugger
    wanted = line.strip().lower()
    known = {"on": True, "1": True, "true": True, "off": False, "0": False, "false": False, "": not debugger.automatic}
    if wanted not in known:
        raise UsageError(f"%pdb takes on or off, not {wanted!r}")
    debugger.set_automatic(known[wanted])
    vars(shell).update(call_pdb=known[wanted], pdb=known[wanted])
    print(f"Automatic pdb calling has been turned {'ON' if debugger.automatic else 'OFF'}")


def colors(line):
    "Colours are the frontend's."
    shell.colors = line.strip() or shell.colors


def config(line):
    "%config Class.name = value. InlineBackend: how figures are shown; InteractiveShell: the shell's settings."
    import ast
    target, equals, value = line.partition("=")
    section, dot, name = target.strip().partition(".")
    if not equals and not dot and section in ("", "InteractiveShell", "InlineBackend"):
        _show_config(section)
    elif not equals and dot and section.isidentifier():
        return getattr(shell, name) if section.endswith("InteractiveShell") else shell.config.get(section, {}).get(name)
    elif not (dot and section.isidentifier() and name.isidentifier()):
        raise UsageError("usage: %config Class.name = value")
    else:
        _set_config(section, name, ast.literal_eval(value.strip()))


def _show_config(section):
    if not section:
        print("Available objects for config:\n    InlineBackend\n    InteractiveShell")
        return
    kept = shell.config.get(section, {})
    settings = {name: getattr(shell, name) for name in sorted(shell_settings())} if section == "InteractiveShell" else kept
    print(f"{section} options\n" + "\n".join(f"    {section}.{name} = {value!r}" for name, value in settings.items()))


def shell_settings():
    from _safepyrun_code import SETTINGS
    return SETTINGS


def _set_config(section, name, value):
    if section in ("InteractiveShell", "ZMQInteractiveShell") and name in shell_settings():
        if name == "ast_node_interactivity" and value not in INTERACTIVITY:
            raise UsageError(f"{name} is one of {', '.join(INTERACTIVITY)}, not {value!r}")
        setattr(shell, name, value)
    shell.config[section] = type(shell.config)({**shell.config.get(section, {}), name: value})
    if section == "InlineBackend":
        import safepyrun_backend_inline
        safepyrun_backend_inline.configure(name, value)


def autoawait(line):
    "[on | off | asyncio | trio | curio | sync | a function's name]: may cells await outside of functions, and what runs them?"
    import _safepyrun_runners
    wanted = line.strip()
    if not wanted:
        print(_safepyrun_runners.chosen(shell))
    elif wanted.lower() in ("on", "true", "off", "false"):
        shell.autoawait = wanted.lower() in ("on", "true")
    else:
        shell.loop_runner = shell.user_ns.get(wanted, wanted) if wanted not in shell.loop_runner_map else wanted
        if wanted not in shell.loop_runner_map:
            shell.autoawait = True


def automagic(line):
    "[on | off]: may a line begin with a magic's name without its %? Without an argument, the other of both."
    wanted = {"": not shell.automagic, "on": True, "1": True, "true": True, "off": False, "0": False, "false": False}
    if line.strip().lower() not in wanted:
        raise UsageError("%automagic takes on, off or nothing")
    shell.automagic = wanted[line.strip().lower()]
    _kernel.automagic(shell.automagic)
    print("\n" + ("Automagic is ON, % prefix IS NOT needed for line magics." if shell.automagic else
                  "Automagic is OFF, % prefix IS needed for line magics."))


def autocall(line):
    "Calls need their parentheses here."
    if line.strip().lower() not in ("", "0", "off"):
        raise NotImplementedError("calls need their parentheses in this kernel")
    print("Automatic calling is: OFF")


def autosave(line):
    "The frontend saves notebooks."
    if not line.strip().isdigit():
        raise UsageError("usage: %autosave SECONDS")
    print("Notebooks are saved by the frontend, as its settings say")


def doctest_mode(line):
    "Plain tracebacks and values as in a doctest, and back; `>>> ` in front of input is always taken off."
    global _before_doctest
    if _before_doctest is None:
        _before_doctest = shell.xmode, shell.pprint
        wanted = "Plain", False
    else:
        wanted, _before_doctest = _before_doctest, None
    xmode(wanted[0])
    if shell.pprint != wanted[1]:
        _switch_pprint(wanted[1])
    print("Doctest mode is:", "OFF" if _before_doctest is None else "ON")


_before_doctest = None


def pylab(line):
    "numpy and matplotlib by their short names, and all of theirs: [--no-import-all] [inline]"
    words = line.split()
    everything = "--no-import-all" not in words
    shell.enable_gui(next((word for word in words if not word.startswith("-")), None))
    print("%pylab is deprecated, use %matplotlib inline and import the required libraries.\n"
          "Populating the interactive namespace from numpy and matplotlib")
    shell.ex("import numpy\nimport matplotlib\nfrom matplotlib import pylab, mlab, pyplot\nnp = numpy\nplt = pyplot\n"
             "from IPython.display import display\n" + ("from pylab import *\nfrom numpy import *\n" if everything else ""))


def subshell(line):
    "Where this cell runs."
    import os
    import threading
    header = shell.kernel.get_parent().get("header", {})
    print(f"subshell id: {header.get('subshell_id')}\nthread id: {threading.get_ident()}\n"
          f"main thread id: {threading.main_thread().ident}\npid: {os.getpid()}\nthread count: {threading.active_count()}")


def edit(line):
    "No editor is started."
    raise NotImplementedError("no editor is started from a cell; %load NAME puts its source into this one")


ed = edit


def pastebin(line):
    "Nothing is sent out."
    raise NotImplementedError("cells publish nothing; %save writes earlier input into a file below %ok_dests")


def connect_info(line):
    "The connection is the frontend's."
    raise NotImplementedError("cells are not told how to connect to the kernel; `jupyter console --existing` finds it")


qtconsole = connect_info


def gui(line):
    "There is no window system in a kernel."
    shell.enable_gui(line.strip() or None)


# ---- extensions


def load_ext(line):
    "Import an extension and let it register its magics."
    _tell_extension(line, shell.extension_manager.load_extension)


def reload_ext(line):
    "Take an extension out, import it anew and load it."
    _tell_extension(line, shell.extension_manager.reload_extension)


def unload_ext(line):
    "Take an extension out."
    _tell_extension(line, shell.extension_manager.unload_extension)


_EXTENSION_TEXTS = {
    "already loaded": "The {0} extension is already loaded. To reload it, use:\n  %reload_ext {0}",
    "no load function": "The {0} module is not an IPython extension.",
    "not loaded": "The {0} extension is not loaded.",
    "no unload function": "The {0} extension doesn't define how to unload it."}


def _tell_extension(line, change):
    "Print why the change to the extension named in the line was not made."
    name = line.strip()
    if not name:
        raise UsageError("Missing module name.")
    why_not = change(name)
    if why_not:
        print(_EXTENSION_TEXTS[why_not].format(name))


def alias_magic(line):
    "Another name for a magic: [-l | --line] [-c | --cell] NAME MAGIC [-p PARAMETERS]"
    import shlex
    words, kinds, parameters, names = shlex.split(line), set(), "", []
    while words:
        word = words.pop(0)
        if word in ("-l", "--line", "-c", "--cell"):
            kinds.add(word.strip("-")[0])
        elif word in ("-p", "--params") and words:
            parameters = words.pop(0)
        else:
            names.append(word.lstrip("%"))
    if len(names) != 2:
        raise UsageError("usage: %alias_magic [-l] [-c] NAME MAGIC [-p PARAMETERS]")
    known = [kind for kind in ("line", "cell") if kind[0] in (kinds or "lc") and names[1] in shell.magics_manager.magics[kind]]
    if not known:
        raise UsageError(f"magic function {names[1]!r} not found.")
    for kind in known:
        sign, function = "%" if kind == "line" else "%%", _with_parameters(shell.find_magic(names[1], kind), parameters)
        unexpanded.add(function)  # the magic itself expands its line
        shell.register_magic_function(function, kind, names[0])
        print(f"Created `{sign}{names[0]}` as an alias for `{f'{sign}{names[1]} {parameters}'.rstrip()}`.")


def _with_parameters(function, parameters):
    return (lambda line, *cell: function(f"{parameters} {line}".strip(), *cell)) if parameters else function


# ---- help


class MagicsDisplay:
    "The names of all magics, as text and as JSON."

    def __repr__(self):
        listed = shell.magics_manager.lsmagic()
        return ("Available line magics:\n" + "  ".join("%" + name for name in listed["line"]) +
                "\n\nAvailable cell magics:\n" + "  ".join("%%" + name for name in listed["cell"]) +
                "\n\nAutomagic is OFF, % prefix IS needed for line magics.")

    def _repr_pretty_(self, printer, cycle):
        printer.text(repr(self))

    def _repr_json_(self):
        return {kind: dict.fromkeys(names, "Magics") for kind, names in shell.magics_manager.lsmagic().items()}


def lsmagic(line):
    "The names of all magics."
    if line.strip():
        raise UsageError("%lsmagic takes no argument")
    return MagicsDisplay()


def magic(line):
    "All magics with their help, in the pager."
    listed = shell.magics_manager.lsmagic()
    names = [*("%" + name for name in listed["line"]),
             *("%%" + name for name in listed["cell"] if name not in listed["line"])]
    _page("Magics\n======\n\n" + "\n\n".join(_kernel.inspect(name, 0) or name for name in names))


def quickref(line):
    "A short reference, in the pager."
    _page("""Quick reference
===============

obj?, obj??          help on an object, with its source
?words*              names that match
%magic, %%magic      a magic for the line, for the cell; %lsmagic lists them, %magic describes them, %name? one of them
!command             a command, where %allow --shell permits it
_, __, ___, _5       the last results, result 5; Out[5], In[5]
_i, _ii, _iii, _i5   the last inputs, input 5; %history, %recall, %rerun, %save
await x              outside of functions, too
%allow, %ok_dests    what cells may call, and where they may write; %policy TEXT searches, %audit shows what was refused
""")


# ---- names and sources


def xdel(line):
    "Take a name out of the namespace, and out of the results."
    name = line.removeprefix("-n").strip()
    names = _kernel.namespace()
    if name not in names:
        raise UsageError(f"name {name!r} is not defined")
    value = names.pop(name)
    _kernel.forget_results(value)
    for other in [key for key, kept in names.items() if kept is value and key.startswith("_")]:
        names[other] = None
    for count in [count for count, kept in shell.history_manager.output_hist.items() if kept is value]:
        del shell.history_manager.output_hist[count]


def forget_results(line):
    "Let go of what cells showed: Out, _, __, ___ and _N."
    import gc
    names = _kernel.namespace()
    for key in [key for key in names if key.startswith("_") and key[1:].isdigit()]:
        del names[key]
    shell.history_manager.output_hist.clear()
    _kernel.forget_results()
    gc.collect()


def reset_parts(line):
    "%reset in, out, dhist or array: forget the input, the results, the directories, the arrays."
    names = _kernel.namespace()
    for word in line.split():
        if word == "out":
            print(f"Flushing output cache ({len(names.get('Out', ()))} entries)")
            forget_results("")
        elif word == "in":
            print("Flushing input history")
            names["In"][:] = [""] * len(names["In"])
            for key in [key for key in names if key.startswith("_i") and (key[2:].isdigit() or key in ("_i", "_ii", "_iii"))]:
                names.pop(key)
        elif word == "dhist":
            names.get("_dh", [])[:] = []
        elif word == "array":
            import sys
            kind = getattr(sys.modules.get("numpy"), "ndarray", ())
            for key in [key for key, value in names.items() if isinstance(value, kind)]:
                del names[key]
        else:
            raise UsageError(f"%reset forgets in, out, dhist or array, not {word}")


def reset_selective(line):
    "[-f] PATTERN: delete the names that match a regular expression, after a question without -f."
    import re
    force, _, pattern = line.strip().rpartition("-f ")
    names = [name for name in _kernel.run_magic("who_ls", "") if re.search(pattern.strip(), name)]
    if "-f" not in line and names and input(f"Delete {', '.join(names)}? [y/N] ").lower() not in ("y", "yes"):
        print("Nothing done.")
        return
    for name in names:
        del _kernel.namespace()[name]


def page(line):
    "[-r] OBJ: show an object in the pager, -r as str."
    raw = line.strip().startswith("-r")
    value = _value(line.strip().removeprefix("-r").strip())
    _page(str(value) if raw else _kernel.pretty(value))


def pdef(line):
    "The parameters of a callable."
    import inspect
    try:
        print(f"{line.strip()}{inspect.signature(_value(line.strip()))}")
    except (TypeError, ValueError):
        print(f"No definition header found for {line.strip()}")


def pdoc(line):
    "The documentation of an object."
    import inspect
    _page(inspect.getdoc(_value(line.strip())) or f"No documentation found for {line.strip()}")


def psource(line):
    "The source of an object."
    import inspect
    try:
        _page(inspect.getsource(_value(line.strip())))
    except (OSError, TypeError):
        print(f"No source found for {line.strip()}")


def pfile(line):
    "The file that an object is defined in."
    import inspect
    try:
        with open(inspect.getsourcefile(_value(line.strip())), encoding="utf-8") as file:
            _page(file.read())
    except (OSError, TypeError):
        print(f"No file found for {line.strip()}")


def prun(line, cell=None):
    "Run code under the profiler: [-l LIMIT] [-s KEY] [-T TEXT] [-D STATISTICS] [-q] [-r] CODE. Returns the statistics with -r."
    import cProfile
    import io
    import pstats
    limits, values, flags = [], {"-s": "time"}, set()
    words = line.strip()
    while words.startswith("-"):
        flag, _, words = words.partition(" ")
        if flag in ("-l", "-s", "-T", "-D"):
            value, _, words = words.strip().partition(" ")
            values[flag] = value
            limits += [_limit(value)] if flag == "-l" else []
        elif flag in ("-q", "-r"):
            flags.add(flag)
        else:
            raise UsageError(f"%prun does not know {flag}")
        words = words.strip()
    profile = cProfile.Profile()
    try:
        profile.runcall(shell.ex, words if cell is None else f"{words}\n{cell}".lstrip("\n"))
    except SystemExit:
        print("*** SystemExit exception caught in code being profiled.")
    out = io.StringIO()
    stats = pstats.Stats(profile, stream=out).strip_dirs().sort_stats(values["-s"])
    stats.print_stats(*limits)
    if "-q" not in flags:
        _page(out.getvalue())
    if "-D" in values:
        profile.dump_stats(values["-D"])
        print(f"\n*** Profile stats marshalled to file {values['-D']!r}.")
    if "-T" in values:
        with open(values["-T"], "w", encoding="utf-8") as file:
            file.write(out.getvalue())
        print(f"\n*** Profile printout saved to text file {values['-T']!r}.")
    return stats if "-r" in flags else None


def _limit(text):
    "So many lines, such a part of them, or those that the regular expression names."
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text
