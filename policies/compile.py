"""Compile policy packs (TOML) into the constant C tables of sandbox/list/pack.h.

    python compile.py --output packs.c stdlib.toml numpy.toml ...

Needs nothing but the standard library. The TOML is described in README.md.
"""
import argparse, re, sys, tomllib
from pathlib import Path

GRADES = {"pure": "GRADE_PURE", "gated": "GRADE_GATED", "net": "GRADE_NET", "trusted": "GRADE_TRUSTED"}
POLICY_KEYS = {"at", "as", "self", "name", "mode", "mode_as", "default", "never", "open", "makes", "unless"}
# What is known of libraries beside their callables: enum pack_fact_kind, in its order.
FACTS = ["COVERS", "STORES", "STORES_AS_TOLD", "STORES_NEW", "FRAMES_FILLED", "FRAMES_READ", "INSTEAD",
         "SKIPPED", "BYPRODUCTS", "FUNCTIONS", "GENERATED", "INSTRUMENTS", "ANSWERS", "POOLS", "SETTINGS", "THREADS"]
NOTHING = "PACK_NOTHING"  # the value of a row of INSTEAD that says none: None
OBJECT = "PACK_OBJECT"  # that of one whose text is the name of an object
STORES = {"any": "STORES", "told": "STORES_AS_TOLD", "new": "STORES_NEW"}
FRAMES = {"fills": "FRAMES_FILLED", "reads": "FRAMES_READ"}
NAME = re.compile(r"(\?\.)?[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\.\*\*?)?\Z", re.ASCII)


class PackError(Exception):
    """What is wrong with a pack.

    Parameters
    ----------
    path : Path
        The file.
    message : str
        What is wrong.
    key : str, optional
        Text to look for, so that the line can be told.
    """

    def __init__(self, path, message, key=None):
        line = ""
        if key is not None:
            for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
                if key in text and not text.lstrip().startswith("#"):
                    line = f"{number}:"
                    break
        super().__init__(f"{path}:{line} {message}")


def expand(text):
    """Expand braces: "os.{a,b}.c" gives ["os.a.c", "os.b.c"]."""
    match = re.search(r"\{([^{}]*)\}", text)
    if not match:
        return [text]
    head, tail = text[:match.start()], text[match.end():]
    return [name for part in match[1].split(",") for name in expand(head + part.strip() + tail)]


def read_names(path, table, key):
    """The list of names under `key`, braces expanded; PackError if it is no list of names."""
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise PackError(path, f"'{key}' must be a list of strings", key)
    return [(name, value) for value in values for name in expand(value)]


def read_policy(path, name, value):
    """One write policy -> the initializer of a struct pack_policy.

    Raises PackError for unknown keys, wrong types and contradictions.
    """
    if not isinstance(value, dict):
        raise PackError(path, f"the policy of {name} must be a table", name)
    for key in value:
        if key not in POLICY_KEYS:
            raise PackError(path, f"unknown key '{key}' in the policy of {name}", key)
    at, mode = value.get("at", -1), value.get("mode", -1)
    for key, number in (("at", at), ("mode", mode)):
        if type(number) is not int or not -1 <= number <= 100:
            raise PackError(path, f"'{key}' of {name} must be an argument's position", name)
    for key in ("as", "mode_as", "default"):
        if not isinstance(value.get(key, ""), str):
            raise PackError(path, f"'{key}' of {name} must be a name, in quotes", name)
    for key in ("self", "never"):
        if type(value.get(key, True)) is not bool:
            raise PackError(path, f"'{key}' of {name} must be true or false", name)
    has_mode = "mode" in value or "mode_as" in value
    if value.get("self"):
        if "at" in value or "as" in value:
            raise PackError(path, f"{name}: 'self' and 'at'/'as' exclude each other", name)
    if value.get("never"):  # wherever the destination is
        kind = "POLICY_NEVER_WRITE"
    elif value.get("self"):
        kind = "POLICY_MAKES" if value.get("makes") else "POLICY_SELF"
    elif "at" in value or "as" in value:
        kind = "POLICY_MAKES" if value.get("makes") else "POLICY_OPEN" if has_mode else "POLICY_POSITION"
    else:
        raise PackError(path, f"{name}: say where the destination is ('at', 'as' or 'self')", name)
    if kind == "POLICY_NEVER_WRITE" and not has_mode:
        raise PackError(path, f"{name}: 'never' needs 'mode' or 'mode_as'", name)
    unless = value.get("unless", [])
    if not isinstance(unless, list) or not all(isinstance(word, str) and word.isidentifier() for word in unless):
        raise PackError(path, f"'unless' of {name} must be a list of arguments' names", name)
    texts = [c_string(value.get(key)) for key in ("as", "mode_as")]
    default = c_string(value.get("default", "r" if has_mode else None))
    names = "true" if value.get("name") else "false"
    spared = c_string(" ".join(unless) or None)
    return f"{{{kind}, {at}, {mode}, {texts[0]}, {texts[1]}, {default}, {names}, {c_string(value.get('open'))}, {spared}}}"


def read_verb(path, name, value):
    """Where a function of a client is told the method of HTTP -> the initializer of a struct pack_policy."""
    if not isinstance(value, dict) or set(value) - {"at", "as"} or not isinstance(value.get("as"), str):
        raise PackError(path, f"{name}: say where the method is ('as', and 'at' for a position)", name)
    at = value.get("at", -1)
    if type(at) is not int or not -1 <= at <= 100:
        raise PackError(path, f"'at' of {name} must be an argument's position", name)
    return f"{{POLICY_VERB, {at}, -1, {c_string(value['as'])}, NULL, NULL, false, NULL, NULL}}"


def c_string(text):
    """A C string literal, or NULL for None."""
    if text is None:
        return "NULL"
    escaped = "".join(f"\\{c}" if c in '"\\' else c if " " <= c < "\x7f" else
                      "".join(f"\\{byte:03o}" for byte in c.encode()) for c in text)
    return f'"{escaped}"'


def read_table(path, table, key, check, words):
    """The items of the table `key`, the names' braces expanded; PackError unless each value passes `check`."""
    values = table.get(key, {})
    if not isinstance(values, dict):
        raise PackError(path, f"'{key}' must be a table", key)
    for written, value in values.items():
        if not check(value):
            raise PackError(path, f"{written}: {words}", written)
    return [(name, value) for written, value in values.items() for name in expand(written)]


def read_facts(path, table):
    """What is known of the library beside its callables.

    Returns
    -------
    list of tuple
        (kind, module or None, name or None, position, keyword or None, value, text or None), as struct pack_fact has them.
    """
    facts = []

    def add(kind, module=None, name=None, at=-1, keyword=None, value=0, text=None):
        facts.append((kind, module, name, at, keyword, value, text))

    def is_names(value):
        return isinstance(value, list) and all(isinstance(name, str) for name in value)

    for module, names in read_table(path, table, "covers", is_names, "a list of builtins' names is expected"):
        for name in names:
            add("COVERS", module, name)
    for module, names in read_table(path, table, "stores", lambda value: value in STORES.keys() if isinstance(value, str)
                                    else is_names(value), f"{', '.join(STORES)} or a list of attributes is expected"):
        for name in names if isinstance(names, list) else [None]:
            add("STORES" if name else STORES[names], module, name)
    for module, how in read_table(path, table, "frames", lambda value: value in FRAMES, f"{' or '.join(FRAMES)} is expected"):
        add(FRAMES[how], module)

    given = {"value": int | str, "object": str}  # one of them, or none

    def is_row(row):
        return isinstance(row, dict) and len(row) <= 3 and row.keys() - given.keys() == {"at", "as"} and \
            all(isinstance(row[key], given[key]) for key in row.keys() & given.keys())

    def is_instead(value):
        return value == "nothing" or all(map(is_row, value if isinstance(value, list) else [value]))

    for name, value in read_table(path, table, "instead", is_instead, "{at = ..., as = ..., value = ... or object = ...} or \"nothing\" is expected"):
        if value == "nothing":
            add("SKIPPED", None, name)
            continue
        for row in value if isinstance(value, list) else [value]:
            text = row.get("object") or (row.get("value") if isinstance(row.get("value"), str) else None)
            add("INSTEAD", None, name, row["at"], row["as"],
                OBJECT if "object" in row else NOTHING if "value" not in row else 0 if text else int(row["value"]), text)
    for name, value in read_table(path, table, "byproducts", lambda value: isinstance(value, dict) and "at" in value and
                                  len(value) == 2 and isinstance(value.get("as", value.get("key")), str),
                                  "{at = ..., as = ...} or {at = ..., key = ...} is expected"):
        add("BYPRODUCTS", None, name, value["at"], value.get("as", value.get("key")), int("key" in value))
    for module, value in read_table(path, table, "pools", lambda value: isinstance(value, dict) and isinstance(value.get("is"), str) and
                                    not set(value) - {"is", "threads"} and isinstance(value.get("threads", ""), str),
                                    "{is = ..., threads = ...} is expected"):
        add("POOLS", module, value["is"], keyword=value.get("threads"))
    for key in ("settings", "threads"):
        for name, _ in read_names(path, table, key):
            owner, _, attribute = name.rpartition(".")
            add(key.upper(), owner, attribute)
    for key, kind, value in (("functions", "FUNCTIONS", 0), ("compiled", "FUNCTIONS", 1), ("generated", "GENERATED", 0)):
        for name, _ in read_names(path, table, key):
            add(kind, None, name, value=value)
    for key, kind in (("answers", "ANSWERS"), ("instruments", "INSTRUMENTS")):
        for module, _ in read_names(path, table, key):
            add(kind, module)
    return facts


def read_pack(path):
    """Read one pack.

    Returns
    -------
    dict
        'name' (str), 'modules', 'writable', 'own' and 'optional' (lists of str), 'entries': name -> (grade, policy or
        None, reason or None), 'facts' as of read_facts.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"line (\d+)", str(error))
        line = match[1] if match else len(path.read_text("utf-8").splitlines())
        raise SystemExit(f"{path}:{line}: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"{path}: {error}") from None
    known = {"modules", "optional", "native", "writable", "own", "write", "reads", "source", "sends", "deny", "held", "covers", "stores", "frames",
             "instead", "byproducts", "functions", "compiled", "generated", "answers", "instruments", "pools", "settings", "threads", *GRADES}
    for key in table:
        if key not in known:
            raise PackError(path, f"unknown key '{key}'; known: {', '.join(sorted(known))}", key)
    entries = {}

    def add(name, key, *entry):
        if not NAME.match(name):
            raise PackError(path, f"'{name}' is no dotted name", key)
        if name in entries:
            raise PackError(path, f"'{name}' is listed twice", key)
        entries[name] = entry

    for key, grade in GRADES.items():
        for name, written in read_names(path, table, key):
            add(name, written, grade, None, None)
    for key in ("write", "reads", "source", "sends", "deny", "held"):
        if not isinstance(table.get(key, {}), dict):
            raise PackError(path, f"'{key}' must be a table", key)
    for written, value in table.get("write", {}).items():
        for name in expand(written):
            add(name, written, "GRADE_WRITE", read_policy(path, written, value), None)
    for written, value in table.get("reads", {}).items():
        for name in expand(written):
            add(name, written, "GRADE_NET", read_verb(path, written, value), None)
    for written, value in table.get("source", {}).items():
        if not isinstance(value, dict) or set(value) - {"back"} != {"at"} or type(value["at"]) is not int or \
                not 0 <= value["at"] <= 100 or value.get("back", True) is not True:
            raise PackError(path, f"{written}: say which argument is the function ('at')", written)
        kind = "POLICY_GUARDED" if "back" in value else "POLICY_SOURCE"
        for name in expand(written):
            add(name, written, "GRADE_GATED", f"{{{kind}, {value['at']}, -1, NULL, NULL, NULL, false, NULL, NULL}}", None)
    for written, value in table.get("sends", {}).items():
        if not isinstance(value, dict) or set(value) != {"at"} or type(value["at"]) is not int or not 0 <= value["at"] <= 100:
            raise PackError(path, f"{written}: say which argument is the first that is sent ('at')", written)
        for name in expand(written):
            add(name, written, "GRADE_GATED", f"{{POLICY_SENDS, {value['at']}, -1, NULL, NULL, NULL, false, NULL, NULL}}", None)
    for written, why in [*table.get("deny", {}).items(), *table.get("held", {}).items()]:
        if not isinstance(why, str) or not why:
            raise PackError(path, f"{written}: say why it is denied", written)
        for name in expand(written):
            add(name, written, "GRADE_DENY", None, why)
    held = {name for written in table.get("held", {}) for name in expand(written)}
    for name, written in read_names(path, table, "native"):
        if entries.get(name, [None])[0] != "GRADE_DENY" or name.endswith("*"):
            raise PackError(path, f"'{name}' is native, but not denied by its name", written)
        entries[name] = ("GRADE_DENY", "{POLICY_NEVER_CALL, -1, -1, NULL, NULL, NULL, false, NULL, NULL}", entries[name][2])
    modules = [name for name, _ in read_names(path, table, "modules")]
    if not modules and entries:
        raise PackError(path, "'modules' is missing: the top-level modules that the pack is for")
    writable = [name for name, _ in read_names(path, table, "writable")]
    own = [name for name, _ in read_names(path, table, "own")]
    for name in own:
        if not NAME.match(name) or (name.endswith("*") and not name.endswith(".**")):
            raise PackError(path, f"'{name}' is no dotted name, nor all that is below one", name)
    for name in [*modules, *writable]:
        if not NAME.match(name) or name.endswith("*"):
            raise PackError(path, f"'{name}' is no dotted name", name)
    optional = read_names(path, table, "optional")
    for name, written in optional:
        if name not in entries:
            raise PackError(path, f"'{name}' is optional, but not listed", written)
    return {"name": path.stem, "modules": modules, "writable": writable, "own": own, "entries": entries, "held": held,
            "facts": read_facts(path, table), "optional": [name for name, _ in optional]}


def write_pack(pack, out):
    """Append the C text of one pack to the list `out`; returns the name of its struct."""
    ident = "pack_" + re.sub(r"\W", "_", pack["name"])
    policies = sorted({entry[1] for entry in pack["entries"].values() if entry[1]})
    if policies:
        out.append(f"static const struct pack_policy {ident}_policies[] = {{")
        out += [f"    {text}," for text in policies]
        out.append("};")
    out.append(f"static const struct pack_entry {ident}_entries[] = {{")
    for name in sorted(pack["entries"], key=str.encode):
        grade, policy, why = pack["entries"][name]
        where = f"&{ident}_policies[{policies.index(policy)}]" if policy else "NULL"
        out.append(f"    {{{c_string(name)}, {grade}, {where}, {c_string(why)}, {'true' if name in pack['held'] else 'false'}}},")
    out.append('    {"", GRADE_UNKNOWN, NULL, NULL, false},')
    out.append("};")
    for key in ("modules", "writable", "own"):
        names = "".join(f"{c_string(name)}, " for name in pack[key])
        out.append(f"static const char *const {ident}_{key}[] = {{{names}NULL}};")
    out.append(f"static const struct pack {ident} = {{{c_string(pack['name'])}, {ident}_modules, "
               f"{ident}_entries, {len(pack['entries'])}, {ident}_writable, {ident}_own}};\n")
    return ident


def write_facts(facts):
    """The C text of the facts: one array for each kind, which ends with an empty row."""
    out = []
    for kind in FACTS:
        out.append(f"static const struct pack_fact {kind.lower()}[] = {{")
        out += [f"    {{{c_string(module)}, {c_string(name)}, {at}, {c_string(keyword)}, {value}, {c_string(text)}}},"
                for this, module, name, at, keyword, value, text in facts if this == kind]
        out.append("    {NULL, NULL, 0, NULL, 0, NULL},")
        out.append("};")
    out.append("const struct pack_fact *const pack_facts[] = {")
    return [*out, *(f"    {kind.lower()}," for kind in FACTS), "};", ""]


def compile_packs(paths):
    """The C text for the packs in `paths`; PackError if one is wrong."""
    out = ["/* Made from policies/ by policies/compile.py. */", '#include "sandbox/list/pack.h"', ""]
    owners, names, facts = {}, [], []
    for path in sorted(paths, key=lambda path: path.stem):
        pack = read_pack(path)
        for module in pack["modules"]:
            if module in owners:
                raise PackError(path, f"module '{module}' belongs to pack '{owners[module]}'", module)
            owners[module] = pack["name"]
        names.append(write_pack(pack, out))
        facts += pack["facts"]
    out.append("const struct pack *const packs[] = {")
    out += [f"    &{name}," for name in names] + ["    NULL,", "};", ""]
    out += write_facts(facts)
    return "\n".join(out)


def main():
    """Command line: see the module's docstring. Exit status 1 and `file:line: message` for a bad pack."""
    parser = argparse.ArgumentParser(description="Compile policy packs into C tables.")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("packs", type=Path, nargs="+")
    args = parser.parse_args()
    try:
        text = compile_packs(args.packs)
    except PackError as error:
        sys.exit(str(error))
    args.output.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
