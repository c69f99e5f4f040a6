"""Magics of directories, files and commands by other names."""
import os

import _safepyrun_kernel as _kernel
from IPython.core.error import UsageError
from _safepyrun_shell import shell

_stack = []  # of %pushd
_bookmarks = {}  # name -> directory
_aliases = {}  # name -> command


def _page(path):
    with open(os.path.expanduser(path.strip()), encoding="utf-8", errors="replace") as file:
        _kernel.add_payload({"source": "page", "data": {"text/plain": file.read()}, "start": 0})


# ---- directories


def pushd(line):
    "Go to a directory and remember this one; -> those remembered."
    here = os.getcwd().replace(os.path.expanduser("~"), "~")
    if line.strip():
        shell.run_line_magic("cd", line)
    _stack.insert(0, here)
    return dirs("")


def popd(line):
    "Back to where %pushd was called last."
    if not _stack:
        raise UsageError("%popd on empty stack")
    top = _stack.pop(0)
    shell.run_line_magic("cd", top)
    print("popd ->", top)


def dirs(line):
    "The directories that %pushd remembers."
    return list(_stack)


def _visited():
    return list(_kernel.namespace().get("_dh", []))


def dhist(line):
    "[COUNT | FIRST LAST]: the directories that were worked in."
    words, folders = line.split(), _visited()
    if not all(word.isdigit() for word in words) or len(words) > 2:
        raise UsageError("usage: %dhist [COUNT | FIRST LAST]")
    first, last = {0: (0, len(folders)), 1: (max(len(folders) - int(words[0]), 0) if words else 0, len(folders))}.get(
        len(words)) or (int(words[0]), int(words[1]))
    print("Directory history (kept in _dh)")
    for number, folder in list(enumerate(folders))[first:last]:
        print(f"{number}: {folder}")


def cd_target(word):
    "The directory that %cd means by -N, --TEXT or -b NAME (given as 'b NAME')."
    if word.startswith("b "):
        if word[2:] not in _bookmarks:
            raise UsageError(f"Bookmark '{word[2:]}' not found. Use '%bookmark -l' to see your bookmarks.")
        return _bookmarks[word[2:]]
    folders = _visited()
    if word[1:].isdigit():
        if int(word[1:]) >= len(folders):
            raise UsageError(f"Requested directory [{word[1:]}] does not exist.")
        return folders[int(word[1:])]
    for folder in reversed(folders):
        if word[2:] in folder:
            return folder
    raise UsageError("No matching directory in the directory history")


def bookmark(line):
    "NAME [DIR], -l, -d NAME, -r: names for directories, for %cd -b NAME. They last as long as the kernel."
    words = line.split()
    flag = words.pop(0) if words and words[0] in ("-l", "-d", "-r") else ""
    if flag == "-r":
        _bookmarks.clear()
    elif flag == "-d":
        if not words or _bookmarks.pop(words[0], None) is None:
            raise UsageError("%bookmark -d: Can't delete bookmark '" + " ".join(words) + "'" if words
                             else "%bookmark -d requires a bookmark name")
    elif flag == "-l":
        print("Current bookmarks:")
        for name in sorted(_bookmarks):
            print(f"{name} -> {_bookmarks[name]}")
    elif not 1 <= len(words) <= 2 or words[0].startswith("-"):
        raise UsageError("%bookmark: You must specify the bookmark name")
    else:
        _bookmarks[words[0]] = os.path.abspath(os.path.expanduser(words[1])) if words[1:] else os.getcwd()


# ---- files, by the names of the programs


def cat(line):
    "FILE ...: print files."
    for path in line.split():
        with open(os.path.expanduser(path), encoding="utf-8", errors="replace") as file:
            print(file.read(), end="")


less = more = _page


def mkdir(line):
    "[-p] DIR ...: make directories below %ok_dests."
    words = line.split()
    for path in words:
        if path != "-p":
            (os.makedirs if "-p" in words else os.mkdir)(os.path.expanduser(path), **({"exist_ok": True} if "-p" in words else {}))


def ll(line):
    "%ls -l"
    shell.run_line_magic("ls", "-l " + line)


lf = lk = lx = ldir = ll


def clear(line):
    "Clear this cell's output."
    from IPython.display import clear_output
    clear_output()


# ---- aliases


def alias(line):
    "NAME COMMAND: let %NAME run a command as !COMMAND does, %s are its words and %l the whole line; alone, list them."
    name, _, command = line.strip().partition(" ")
    if not name:
        print(f"Total number of aliases: {len(_aliases)}")
        return sorted(_aliases.items())
    if not command.strip():
        print(f"{name} ==> {_aliases[name]}" if name in _aliases else f"{name} is no alias")
        return None
    if not name.isidentifier():
        raise UsageError(f"{name!r} is no name for an alias")

    def run(line):
        "A command by another name."
        text, words = command.strip(), line.split()
        if "%l" in text:
            return shell.system(text.replace("%l", line))
        if text.count("%s") > len(words):
            raise UsageError(f"Alias <{name}> requires {text.count('%s')} arguments, {len(words)} given.")
        while "%s" in text:
            text = text.replace("%s", words.pop(0), 1)
        return shell.system(" ".join([text, *words]))

    _aliases[name] = command.strip()
    shell.register_magic_function(run, "line", name)
    return None


def unalias(line):
    "Forget an alias."
    if _aliases.pop(line.strip(), None) is None:
        raise UsageError(f"{line.strip()} is not an alias")
    shell.magics_manager.user["line"].pop(line.strip(), None)


def rehashx(line):
    "Programs get no names here."
    print("Programs are run by !COMMAND alone, where %allow --shell permits it.")


def killbgscripts(line):
    "None is ever started."
    print("All background processes were killed.")


def store(line):
    "Values do not outlive the kernel by themselves. NAME > FILE writes one as text below %ok_dests."
    name, arrow, path = line.partition(">")
    if not arrow:
        raise NotImplementedError("%store keeps nothing here: cells write below %ok_dests alone, for example with pickle.dump, "
                                  "json.dump or DataFrame.to_parquet; %store NAME > FILE writes text there")
    append = path.startswith(">")
    value = shell.ev(name.strip())
    with open(os.path.expanduser(path.lstrip(">").strip()), "a" if append else "w", encoding="utf-8") as file:
        file.write(value if isinstance(value, str) else _kernel.pretty(value))
        file.write("\n")
    print(f"Writing '{name.strip()}' ({type(value).__name__}) to file '{path.lstrip('>').strip()}'.")
