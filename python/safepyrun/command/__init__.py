"""The command `safepyrun`: run, check, policy, audit, mcp. See `safepyrun --help`."""
from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

EXIT_CODES = """exit codes: 0 all well; 1 an error in the code, violations found; 2 wrong usage; 3 refused by the sandbox;
124 over --timeout; 137 over --memory; otherwise what the code gave to sys.exit, 128 + n for signal n"""

RUN_USAGE = """usage: safepyrun run [options] FILE|-|-m MODULE|-c CODE [args ...]

Run a Python program in the sandbox: it computes, reads and prints; it writes only where you say.

  FILE, -, -m MODULE, -c CODE   a file, standard input, a module, text; what follows goes to the program
  --ok-dest DIR    may be written to (repeatable)
  --allow NAME     may be called, with its effects: 'mytools.report', 'mytools.*' (repeatable)
  --timeout TIME   at most so long: 30s, 5m, 1.5h
  --memory SIZE    at most so much more memory than Python itself has: 512M, 1G
  --json           print one JSON object instead: ok, error, refusal, exit_code, stdout, stderr, duration_ms, ...

The options may stand anywhere before `--`.
"""


def main(arguments: list[str] | None = None) -> int:
    "The command; its exit code."
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["run"]: # its arguments are partly the program's
        from .run import run
        return run(given[1:])
    options = _parser().parse_args(given)
    code: int = options.do(options)
    return code


def _parser() -> argparse.ArgumentParser:
    from .. import __version__
    parser = argparse.ArgumentParser("safepyrun", description="Python that is safe to try.", epilog=EXIT_CODES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"safepyrun {__version__}")
    commands = parser.add_subparsers(required=True, metavar="run|check|policy|audit|mcp")
    commands.add_parser("run", help="run a program in the sandbox")
    check = commands.add_parser("check", help="tell what the sandbox would refuse before the code runs; exit code 1 when there is something")
    check.add_argument("files", nargs="+", metavar="FILE", help="'-' is standard input")
    check.add_argument("--calls", action="store_true", help="calls of functions that the lists refuse are violations too")
    check.add_argument("--format", choices=["text", "json", "sarif"], default="text")
    check.add_argument("--json", action="store_const", dest="format", const="json", help="short for --format json")
    check.set_defaults(do=_check)
    policy = commands.add_parser("policy", help="search what is allowed, and by which list")
    policy.add_argument("text")
    policy.add_argument("--json", action="store_true")
    policy.set_defaults(do=_policy)
    audit = commands.add_parser("audit", help="what the kernel's sessions were refused and granted")
    audit.add_argument("--last", type=int, default=50, metavar="N", help="the last N records (50); 0 is all")
    audit.add_argument("--session", help="of that session alone")
    audit.add_argument("--json", action="store_true", help="JSON lines")
    audit.set_defaults(do=_audit)
    from ..mcp import add_options
    add_options(commands.add_parser("mcp", help="a kernel for assistants that speak the Model Context Protocol"))
    return parser


def _check(options: argparse.Namespace) -> int:
    from .check import check_file, show
    found, unread = [], []
    for name in options.files:
        try:
            found += check_file(name, options.calls)
        except OSError as error:
            unread.append(f"safepyrun: {name}: {error.strerror}")
    print(show(found, options.format), end="")
    for line in unread:
        print(line, file=sys.stderr)
    return 2 if unread else 1 if found else 0


def _policy(options: argparse.Namespace) -> int:
    import _safepyrun

    from .. import core # which installs the sandbox
    assert core
    found = [dict(zip(("name", "grade", "list", "note"), (text or "" for text in row))) for row in _safepyrun.policy_search(options.text)]
    if options.json:
        print(json.dumps(found))
    else:
        _table([[row["name"], row["grade"], row["list"], row["note"]] for row in found])
    return 0 if found else 1


def audit_path() -> Path:
    "Where the kernel keeps its audit log."
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "safepyrun" / "audit.jsonl"


def _audit(options: argparse.Namespace) -> int:
    records: list[dict[str, Any]] = []
    try:
        with open(audit_path(), encoding="utf-8", errors="replace") as file:
            for line in file:
                try:
                    record = json.loads(line)
                except ValueError: # half a line: the disk was full
                    continue
                if isinstance(record, dict) and options.session in (None, record.get("session")):
                    records.append(record)
    except FileNotFoundError:
        pass
    except OSError as error:
        print(f"safepyrun: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    records = records[-options.last:] if options.last else records
    if options.json:
        print("".join(json.dumps(record) + "\n" for record in records), end="")
    else:
        _table([[str(record.get(part) or "") for part in ("time", "kind", "callable", "reason")] for record in records])
    return 0


def _table(rows: list[list[str]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
