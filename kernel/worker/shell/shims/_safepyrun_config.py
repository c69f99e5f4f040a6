"""The user's configuration: config.py, run by the package safepyrun, and packs in TOML."""
import warnings

GRADES = ("pure", "gated", "net", "trusted")
KNOWN = {"modules", "optional", "writable", "write", "deny", *GRADES}
NAME = r"[^\W\d]\w*(\.[^\W\d]\w*)*(\.\*\*?)?"


def expand(text):
    "Braces: 'os.{a,b}.c' gives ['os.a.c', 'os.b.c']."
    import re  # packs alone need it
    match = re.search(r"\{([^{}]*)\}", text)
    if not match:
        if not re.fullmatch(NAME, text):
            raise ValueError(f"{text!r} is no dotted name")
        return [text]
    head, tail = text[:match.start()], text[match.end():]
    return [name for part in match[1].split(",") for name in expand(head + part.strip() + tail)]


def policy_of(name, terms):
    "The policy that a table {at, as, self, mode, mode_as, default} stands for."
    from safepyrun import policies
    if not isinstance(terms, dict) or not terms.keys() <= {"at", "as", "self", "mode", "mode_as", "default"}:
        raise ValueError(f"{name}: a policy has at, as, self, mode, mode_as and default")
    for key, kind, said in (("at", int, "a position"), ("mode", int, "a position"), ("as", str, "a name"),
                            ("mode_as", str, "a name"), ("default", str, "a mode"), ("self", bool, "true or false")):
        if key in terms and type(terms[key]) is not kind:
            raise ValueError(f"{name}: {key!r} must be {said}, not {terms[key]!r}")
    if terms.get("self"):
        return policies.PathWritePolicy()
    if "at" not in terms and "as" not in terms:
        raise ValueError(f"{name}: say where the destination is (at, as or self)")
    destination = policies.PosAllowPolicy(terms.get("at", 1 << 20), terms.get("as"))
    if "mode" not in terms and "mode_as" not in terms:
        return destination
    at, keyword, default = terms.get("mode", 1 << 20), terms.get("mode_as"), terms.get("default", "r")

    def when_it_writes(obj, args, kwargs, ok_dests):
        mode = kwargs.get(keyword, args[at] if at < len(args) else default)
        if not set("wax+").isdisjoint(str(mode)):
            destination(obj, args, kwargs, ok_dests)
    return when_it_writes


def read_pack(path):
    "What a pack grants: a list of (name, grade, policy, reason of a denial, or None), and the names of the classes that may be stored to."
    import tomllib  # 8 ms of a start, which a configuration without packs does not need
    with open(path, "rb") as file:
        table = tomllib.load(file)
    unknown = table.keys() - KNOWN
    if unknown:
        raise ValueError(f"unknown key {min(unknown)!r}; known: {', '.join(sorted(KNOWN))}")
    entries = []
    for grade in GRADES:
        for text in table.get(grade, []):
            entries += [(name, grade, None) for name in expand(text)]
    for text, terms in table.get("write", {}).items():
        entries += [(name, "write", policy_of(name, terms)) for name in expand(text)]
    for text, reason in table.get("deny", {}).items():
        entries += [(name, "deny", str(reason)) for name in expand(text)]
    return entries, [name for text in table.get("writable", []) for name in expand(text)]


def load_pack(path):
    import _safepyrun
    entries, writable = read_pack(path)
    if writable:
        raise ValueError("'writable' is not known here; use allow_write_types in config.py")
    for entry in entries:
        _safepyrun.allow_later(*entry)


def load(config, packs):
    """Run config.py (path or None) and read the packs (list of paths).

    Returns (warnings, list of str; directories that cells may write to by default, list of str).
    """
    wrong, dests = [], []
    if config:
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                import safepyrun
            wrong += [str(warning.message).removeprefix("safepyrun: ") for warning in caught]
            dests += safepyrun.core.default_ok_dests or ()
        except Exception:
            import traceback
            wrong.append(f"{config} was not run:\n{traceback.format_exc()}")
    for path in packs or ():
        try:
            load_pack(path)
        except Exception as error:
            wrong.append(f"{path}: {error}; nothing of this pack holds")
    return wrong, dests
