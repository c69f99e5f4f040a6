"""!wget, !curl, !unzip and !tar -x, answered by the kernel itself where cells may write to what they make.

What is fetched is read by code that is held as a cell is: GET of HTTP alone, from where cells may read.
"""
import os
import re
import shutil

import _safepyrun
import _safepyrun_kernel as _kernel
from _safepyrun_words import Unknown, decoded

_READ = """
from urllib.request import Request, urlopen
def read(url, agent):
    return urlopen(Request(url, headers={"User-Agent": agent, "Accept": "*/*"}))
"""


def _read(url, agent):
    "The response; OSError, of which HTTPError is one, when there is none."
    names = {}
    _kernel.guarded_exec(_READ, names)
    return names["read"](url, agent)


def _options(words, flags, values):
    "({option: True or its value}, other words). `flags` and `values` name long options, and the letter that each may have."
    found, rest, words = {}, [], list(words)
    while words:
        word = words.pop(0)
        if word == "--" or not word.startswith("-") or word == "-":
            rest += words if word == "--" else [word]
            words = [] if word == "--" else words
        elif word.startswith("--"):
            name, given, value = word[2:].partition("=")
            if name in flags and not given:
                found[flags[name] or name] = True
            elif name in values and (given or words):
                found[values[name] or name] = value if given else words.pop(0)
            else:
                raise Unknown
        elif word[1:] in flags.values():  # wget's -nc
            found[word[1:]] = True
        else:
            letters = word[1:]
            while letters:
                letter, letters = letters[0], letters[1:]
                if letter in values.values():
                    if not letters and not words:
                        raise Unknown
                    found[letter] = letters or words.pop(0)
                    break
                if letter not in flags.values():
                    raise Unknown
                found[letter] = True
    return found, rest


def _urls(words):
    if not words or not all(re.match(r"https?://", word) for word in words):
        raise Unknown  # ftp, a name without a scheme, none at all
    return words


def _name_of(url):
    from urllib.parse import unquote, urlsplit
    return os.path.basename(unquote(urlsplit(url).path))


# ---- wget

_WGET = ({"quiet": "q", "no-verbose": "nv", "no-clobber": "nc", "show-progress": "", "no-check-certificate": "", "continue": "c",
          "no-cache": "", "content-disposition": "", "trust-server-names": ""},
         {"output-document": "O", "directory-prefix": "P", "progress": "", "tries": "t", "timeout": "T", "user-agent": "U"})


def _wget_jobs(words):
    "(options, [(URL, where it goes or '-')])"
    found, urls = _options(words, *_WGET)
    if "O" in found and len(_urls(urls)) > 1:
        raise Unknown
    jobs = []
    for url in _urls(urls):
        path = found.get("O") or os.path.join(found.get("P", ""), _name_of(url) or "index.html")
        number, plain = 1, path
        while "O" not in found and not found.keys() & {"nc", "c"} and os.path.lexists(path):
            path, number = f"{plain}.{number}", number + 1
        jobs.append((url, path))
    return found, jobs


def wget(out, words, stdin):
    found, jobs = _wget_jobs(words)
    out.code = 0
    for url, path in jobs:
        if found.keys() & {"nc", "c"} and os.path.lexists(path):
            out.errors.append(f"File '{path}' already there; not retrieving.\n" if "q" not in found else "")
            continue
        try:
            size = _store(out, _read(url, found.get("U", "Wget")), path)
        except _safepyrun.Denied:
            raise
        except OSError as error:
            out.errors.append(f"wget: {url}: {error}\n")
            out.code = 8 if hasattr(error, "code") else 4
        else:
            if "q" not in found and path != "-":
                out.errors.append(f"'{path}' saved [{size}]\n")


def _store(out, response, path):
    "Its size in bytes."
    with response:
        if path == "-":
            out.text.append(decoded(response.read()))
            return 0
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            shutil.copyfileobj(response, file)
            return file.tell()


# ---- curl

_CURL = ({"silent": "s", "show-error": "S", "location": "L", "fail": "f", "remote-name": "O", "progress-bar": "#", "compressed": "",
          "insecure": "k"}, {"output": "o", "max-time": "m", "retry": "", "user-agent": "A"})


def _curl_job(words):
    found, urls = _options(words, *_CURL)
    if len(_urls(urls)) > 1 or ("O" in found and not _name_of(urls[0])):
        raise Unknown
    return found, urls[0], found.get("o") or (_name_of(urls[0]) if "O" in found else "-")


def curl(out, words, stdin):
    found, url, path = _curl_job(words)
    try:
        response = _read(url, found.get("A", "curl"))
    except _safepyrun.Denied:
        raise
    except OSError as error:
        code = getattr(error, "code", None)
        if code is None or "f" in found:
            out.code = 6 if code is None else 22
            out.errors.append(f"curl: ({out.code}) {url}: {error}\n" if "s" not in found or "S" in found else "")
            return
        response = error  # the page that says what is wrong
    if "L" not in found and response.url != url:
        response.close()
        out.code = 47
        out.errors.append(f"curl: {url} leads to {response.url}: -L follows it\n")
        return
    _store(out, response, path)


# ---- archives


def _unzip_words(words):
    found, rest = _options(words, {"quiet": "q", "overwrite": "o", "never": "n"}, {"into": "d"})
    if not rest:
        raise Unknown
    archive = rest[0] if os.path.exists(rest[0]) or rest[0].endswith(".zip") else rest[0] + ".zip"
    return found, archive, rest[1:], found.get("d", ".")


def _unzip_members(archive, wanted):
    import fnmatch
    import zipfile
    try:
        file = zipfile.ZipFile(archive)
    except (OSError, zipfile.BadZipFile):
        raise Unknown from None
    return file, [info for info in file.infolist() if not wanted or any(fnmatch.fnmatch(info.filename, name) for name in wanted)]


def _unzip_targets(words):
    found, archive, wanted, folder = _unzip_words(words)
    if not os.path.exists(archive):  # what stands before it in the line brings it
        return [os.path.join(folder, "*")]
    file, members = _unzip_members(archive, wanted)
    with file:
        paths = [os.path.join(folder, info.filename) for info in members]
    if not found.keys() & {"o", "n"} and any(os.path.isfile(path) for path in paths):
        raise Unknown  # unzip asks
    return paths or [os.path.join(folder, "*")]


def unzip(out, words, stdin):
    found, archive, wanted, folder = _unzip_words(words)
    if not os.path.exists(archive):
        out.code = 9
        out.errors.append(f"unzip:  cannot find or open {archive}\n")
        return
    file, members = _unzip_members(archive, wanted)
    said = [f"Archive:  {archive}\n"]
    with file:
        for info in members:
            path = os.path.normpath(os.path.join(folder, info.filename)) + ("/" if info.is_dir() else "")
            if not ("n" in found and os.path.isfile(path)):
                file.extract(info, folder)
                said.append(f"   creating: {path}\n" if info.is_dir() else f"  inflating: {path}  \n")
    out.text += [] if "q" in found else said


def _tar_words(words):
    words = [f"-{words[0]}", *words[1:]] if words and not words[0].startswith("-") else words
    found, rest = _options(words, {"extract": "x", "gzip": "z", "bzip2": "j", "xz": "J", "verbose": "v"}, {"file": "f", "directory": "C"})
    if "x" not in found or "f" not in found or rest or found["f"] == "-":
        raise Unknown
    return found, found.get("C", ".")


def _tar_members(path):
    import tarfile
    try:
        file = tarfile.open(path)
        members = file.getmembers()
    except (OSError, EOFError, tarfile.TarError):
        raise Unknown from None
    for member in members:
        if not (member.isreg() or member.isdir()) or member.name.startswith("/") or ".." in member.name.split("/"):
            raise Unknown
    return file, members


def _tar_targets(words):
    found, folder = _tar_words(words)
    if not os.path.exists(found["f"]):
        return [os.path.join(folder, "*")]
    file, members = _tar_members(found["f"])
    with file:
        return [os.path.join(folder, member.name) for member in members] or [os.path.join(folder, "*")]


def tar(out, words, stdin):
    found, folder = _tar_words(words)
    if not os.path.exists(found["f"]):
        out.code = 2
        out.errors.append(f"tar: {found['f']}: Cannot open: No such file or directory\n")
        return
    file, members = _tar_members(found["f"])
    with file:
        for member in members:
            file.extract(member, folder, set_attrs=member.isreg(), numeric_owner=True)
            out.text.append(member.name + ("/" if member.isdir() else "") + "\n" if "v" in found else "")


FETCHERS = {function.__name__: function for function in (wget, curl, unzip, tar)}
TARGETS = {"wget": lambda words: [path for _, path in _wget_jobs(words)[1] if path != "-"],
           "curl": lambda words: [path for path in _curl_job(words)[2:] if path != "-"], "unzip": _unzip_targets, "tar": _tar_targets}
