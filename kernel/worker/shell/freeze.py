#!/usr/bin/env python3
"""Freeze the kernel's Python parts: compile each source below a folder and write the code objects, and the sources
for `object??`, as C tables.

usage: freeze.py OUTPUT.c FOLDER      (run by each Python that a worker is built for)

`a/b.py` becomes the module `a.b`, `a/__init__.py` the package `a`.
"""
import marshal
import os
import sys


def find_modules(folder):
    "Yields (dotted name, path, is it a package) of each source below `folder`."
    for root, _, files in sorted(os.walk(folder)):
        for file in sorted(files):
            if not file.endswith(".py"):
                continue
            path = os.path.join(root, file)
            parts = os.path.relpath(path, folder)[:-3].split(os.sep)
            package = parts[-1] == "__init__"
            yield ".".join(parts[:-1] if package else parts), path, package


def main(output, folder):
    lines = ["#include \"kernel/worker/inside.h\"\n"]
    rows, sources = [], []
    for index, (name, path, package) in enumerate(find_modules(folder)):
        with open(path, encoding="utf-8") as source:
            text = source.read()
        code = marshal.dumps(compile(text, f"<safepyrun {name}>", "exec", dont_inherit=True))
        lines.append(f"static const unsigned char code_{index}[] = {{{','.join(map(str, code))}}};")
        rows.append(f"    {{.name = \"{name}\", .code = code_{index}, .size = {len(code)}, .is_package = {int(package)}}},")
        lines.append(f"static const char text_{index}[] = {{{','.join(map(str, text.encode('ascii')))},0}};")
        sources.append(f"    {{\"<safepyrun {name}>\", text_{index}}},")
    lines += ["const struct shim_source shims_sources[] = {", *sources, "    {NULL, NULL},", "};"]
    lines += ["const struct _frozen shims_frozen[] = {", *rows, "    {.name = NULL},", "};", ""]
    with open(output, "w", encoding="utf-8") as out:
        out.write("\n".join(lines))


main(*sys.argv[1:])
