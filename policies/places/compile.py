"""Compile places.toml into the constant C tables of base/places.h.

    python compile.py --output places_data.c places.toml

Needs nothing but the standard library.
"""
import argparse, json, sys, tomllib
from pathlib import Path

KEPT = {"anywhere": list, "home": list, "root": list, "environment": list, "parts": list, "never": list, "shared_memory": str,
        "variables": list, "given": list}
CACHE = {"variable": str, "home": str, "below": str, "by": list, "through": list}


class PlacesError(Exception):
    """What is wrong with the file."""


def check(table, known, where):
    """PlacesError for an unknown key or a value of the wrong kind."""
    for key, value in table.items():
        if key not in known:
            raise PlacesError(f"unknown key '{key}' in {where}; known: {', '.join(sorted(known))}")
        texts = value if isinstance(value, list) else [value]
        if not isinstance(value, known[key]) or not all(isinstance(text, str) and text for text in texts):
            raise PlacesError(f"'{key}' in {where} must be " + ("a list of names" if known[key] is list else "a name"))


def text(value):
    return "NULL" if value is None else json.dumps(value)


def names(ident, values):
    return f"const char *const {ident}[] = {{{''.join(text(value) + ', ' for value in values)}NULL}};"


def compile_places(table):
    """The C text; PlacesError when something is wrong."""
    check(table, {"kept": dict, "cache": list}, "the file") if set(table) - {"kept", "cache"} else None
    kept, caches = table.get("kept", {}), table.get("cache", [])
    check(kept, KEPT, "[kept]")
    if missing := KEPT.keys() - kept.keys():
        raise PlacesError(f"[kept] lacks {', '.join(sorted(missing))}")
    out = ["/* Made from policies/places/ by its compile.py. */", '#include "base/places.h"', ""]
    out += [names(f"places_{key}", kept[key]) for key, kind in KEPT.items() if kind is list]
    out += [f"const char *const places_shared_memory = {text(kept['shared_memory'])};"]
    rows = []
    for number, cache in enumerate(caches):
        check(cache, CACHE, f"[[cache]] {number + 1}")
        if not cache.get("by") or not ("variable" in cache or "home" in cache):
            raise PlacesError(f"[[cache]] {number + 1} needs 'by', and 'variable' or 'home'")
        for key in ("by", "through"):
            out.append("static " + names(f"cache_{number}_{key}", cache.get(key, [])))
        rows.append("    {%s, cache_%d_by, cache_%d_through}," % (
            ", ".join(text(cache.get(key)) for key in ("variable", "home", "below")), number, number))
    out += ["const struct place_cache places_caches[] = {", *rows, "    {NULL, NULL, NULL, NULL, NULL},", "};", ""]
    return "\n".join(out)


def main():
    """Command line: see the module's docstring. Exit status 1 and `file: message` when the file is wrong."""
    parser = argparse.ArgumentParser(description="Compile places.toml into C tables.")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("places", type=Path)
    args = parser.parse_args()
    try:
        written = compile_places(tomllib.loads(args.places.read_text("utf-8")))
    except (PlacesError, tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        sys.exit(f"{args.places}: {error}")
    args.output.write_text(written, "utf-8")


if __name__ == "__main__":
    main()
