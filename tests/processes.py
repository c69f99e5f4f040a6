"""A kernel's processes, seen from outside: the front's children, and which of them is the worker."""
import os
from pathlib import Path


def is_alive(pid):
    "Is there such a process, and not only what is left of one?"
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def children(pid):
    "Of a process: all of them, theirs too; none of one that ends meanwhile."
    found = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for task in tasks:
        try:
            direct = Path(f"/proc/{pid}/task/{task}/children").read_text().split()
        except OSError:
            continue
        for child in direct:
            found += [int(child), *children(int(child))]
    return found


def worker(front):
    """The pid of the process that runs the cells: the child whose end the front watches by a pidfd (checkpoints are its
    children as well). None for a moment after one has ended."""
    mine = children(front)
    for info in Path(f"/proc/{front}/fdinfo").glob("*"):
        try:
            if os.readlink(f"/proc/{front}/fd/{info.name}") != "anon_inode:[pidfd]":
                continue
            pid = next(int(line.split()[1]) for line in info.read_text().splitlines() if line.startswith("Pid:"))
        except OSError:
            continue
        if pid in mine:
            return pid
    return None
