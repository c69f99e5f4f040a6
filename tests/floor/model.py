"""A model of the judge: two trees alike, one that plain Python changes, one that a cell on the floor changes by raw calls. What the
model permits must end alike in both, to the error; what it does not must leave the cell's tree as it is."""
import errno
import os
import random
import stat

from held import NUMBERS

AT_FDCWD, AT_REMOVEDIR, AT_SYMLINK_FOLLOW = -100, 0x200, 0x400
NAMES = ["a", "b", "c", "d", "link", "loop", "door", "hard", "deep", "a", "b", "c", "."]
FOLDERS = ["ok", "ok/a", "ok/b", "ok/deep/a", "out", "out/a", "."]
TARGETS = ["a", "../b", "deep/../a", "../out", "../out/a", "ROOT/ok/b", "ROOT/out", "loop", "missing/x", "../ok/deep", "..", "/proc/self/cwd/a"]
OPENS = [os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_TRUNC, os.O_RDONLY | os.O_TRUNC, os.O_WRONLY | os.O_CREAT,
         os.O_RDWR | os.O_CREAT | os.O_TRUNC, os.O_WRONLY | os.O_CREAT | os.O_EXCL, os.O_WRONLY | os.O_NOFOLLOW,
         os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, os.O_RDWR | os.O_TMPFILE, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK]
# name: (its paths, with whether a link in the last place is followed; what is judged is each of them)
CALLS = ["openat", "openat", "openat", "mkdirat", "mknodat", "unlinkat", "rmdir", "renameat2", "renameat2", "linkat", "symlinkat", "fchmodat",
         "truncate", "utimensat"]


def make_tree(root):
    for folder in ("ok/a", "ok/b", "ok/deep/a", "out/a"):
        (root / folder).mkdir(parents=True)
    for file in ("ok/c", "ok/a/c", "ok/deep/c", "out/c", "out/a/c"):
        (root / file).write_text(file)
    for link, target in (("ok/link", "a"), ("ok/door", "../out"), ("ok/a/link", f"{root}/out/c"), ("out/link", "../ok/b"), ("ok/loop", "loop")):
        (root / link).symlink_to(target)
    os.link(root / "out/c", root / "ok/hard")


def look(folder, links=True):
    "All that lies in a folder, how many names a file has as well; a tree's own name is not told."
    rows = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = os.readlink(path).replace(str(folder.parent), "ROOT") if path.is_symlink() else \
            path.read_bytes() if path.is_file() else b""
        rows[str(path.relative_to(folder))] = (status.st_mode, status.st_nlink if links and path.is_file() else 0, content)
    return rows


class Leaves(Exception):
    "The path leads nowhere: the call fails as it does anywhere."


def find(path, base, follow, itself, links=40):
    "(folder, name) that a path leads to, both resolved as the system does. `itself`: the name is meant, even with a slash behind it."
    at = "/" if path.startswith("/") else base
    parts = [part for part in path.split("/") if part]
    slash = path.endswith("/") and not itself
    while parts:
        part = parts.pop(0)
        last = not parts
        if part == ".." or part == ".":
            at = os.path.dirname(at) if part == ".." else at
            if last:
                return at, "."
            continue
        whole = os.path.join(at, part)
        if os.path.islink(whole) and (not last or follow or slash):
            links -= 1
            if links < 0:
                raise Leaves
            target = os.readlink(whole)
            at = "/" if target.startswith("/") else at
            parts = [p for p in target.split("/") if p] + parts
            if not parts:
                return at, "."
            continue
        if last:
            return at, part
        if not os.path.isdir(whole):
            raise Leaves
        at = whole
    return at, "."


class World:
    "One of the two trees, and how calls are made in it."

    def __init__(self, root, seed):
        self.root, self.random = root, random.Random(seed)

    def path(self):
        whole = self.random.random() < 0.6
        parts = [self.random.choice(FOLDERS if whole else [*NAMES, "..", "../ok", "../out"])] if whole or self.random.random() < 0.5 else []
        if self.random.random() < 0.3:
            parts.append(self.random.choice([*NAMES, ".."]))
        text = "/".join([*parts, self.random.choice(NAMES)]) + ("/" if self.random.random() < 0.06 else "")
        return ("ROOT/" if whole else "FD/" if self.random.random() < 0.2 else "") + text

    def step(self):
        "A call: name, folder that relative paths begin at, its paths, the rest."
        name, base = self.random.choice(CALLS), self.random.randrange(len(FOLDERS))
        flags = self.random.choice(OPENS) if name == "openat" else self.random.choice([0, 0, 1, 2]) if name == "renameat2" else \
            self.random.choice([0, AT_SYMLINK_FOLLOW]) if name == "linkat" else 0
        paths = [self.path()]
        if name in ("renameat2", "linkat"):
            paths.append(self.path())
        return name, base, paths, flags, self.random.choice(TARGETS)


def arguments(step, root, descriptors):
    "The call as numbers and bytes, in a tree."
    name, base, paths, flags, target = step
    fd = descriptors[base]

    def real(text):
        return os.fsencode(text.replace("ROOT", str(root)).replace("FD", f"/proc/self/fd/{fd}"))
    one, two = real(paths[0]), real(paths[-1])
    return {
        "openat": ("openat", fd, one, flags, 0o640), "mkdirat": ("mkdirat", fd, one, 0o750), "mknodat": ("mknodat", fd, one, stat.S_IFREG | 0o600, 0),
        "unlinkat": ("unlinkat", fd, one, 0), "rmdir": ("unlinkat", fd, one, AT_REMOVEDIR), "renameat2": ("renameat2", fd, one, fd, two, flags),
        "linkat": ("linkat", fd, one, fd, two, flags), "symlinkat": ("symlinkat", real(target), fd, one), "fchmodat": ("fchmodat", fd, one, 0o700),
        "truncate": ("truncate", one, 3), "utimensat": ("utimensat", fd, one, bytes(32), 0)}[name]


def judge(step, root, descriptors, cwd):
    "Does the model permit the call? None: it fails as it does anywhere, before anything is judged."
    name, base, paths, flags, _ = step
    start = os.readlink(f"/proc/self/fd/{descriptors[base]}") if name != "truncate" else str(cwd)
    ok = str(root / "ok")
    exclusive = flags & (os.O_CREAT | os.O_EXCL) == os.O_CREAT | os.O_EXCL
    follow = {"openat": not flags & os.O_NOFOLLOW and not exclusive, "fchmodat": True, "truncate": True, "utimensat": True,
              "linkat": bool(flags & AT_SYMLINK_FOLLOW)}.get(name, False)
    for index, text in enumerate(paths):
        begin = os.readlink(f"/proc/self/fd/{descriptors[base]}") if text.startswith("FD") else start
        text = text.replace("ROOT", str(root)).replace("FD/", "")
        if begin.endswith(" (deleted)") and not text.startswith("/"):
            return None
        try:
            itself = index == 1 or name in ("mkdirat", "mknodat", "unlinkat", "rmdir", "renameat2", "symlinkat")
            folder, last = find(text, begin, follow and index == 0, itself)
        except Leaves:
            return None
        place = folder if last == "." else os.path.join(folder, last)
        if place != ok and not place.startswith(ok + "/"):
            return False
        if place == ok and name in ("rmdir", "renameat2"):
            return None  # the destination itself
        if name in ("openat", "fchmodat", "truncate", "utimensat") and os.path.isfile(place) and os.lstat(place).st_nlink > 1:
            return False
    return True


def play(world, rawcall, kernel, steps):
    """Play random calls in the plain tree and then in the kernel's; what differed, as text. `world.root` is the plain tree, `kernel.tree` the
    other."""
    mine = [os.open(world.root / folder, os.O_RDONLY | os.O_DIRECTORY) for folder in FOLDERS]
    played = []
    try:
        for _ in range(steps):
            step = world.step()
            permitted = judge(step, world.root, mine, os.getcwd())
            result = None
            if permitted is not False:
                name, *rest = arguments(step, world.root, mine)
                if step[0] == "truncate" and not rest[0].startswith(b"/"):
                    continue
                result = rawcall.call("here", NUMBERS[name], *rest)
                if step[0] == "openat" and result >= 0:
                    os.close(result)
                    result = 0
            played.append((step, permitted, result))
    finally:
        for fd in mine:
            os.close(fd)
    theirs = in_cell(kernel, [step for step, _, _ in played])
    wrong = []
    for (step, permitted, result), got in zip(played, theirs):
        if permitted is False and got >= 0:
            wrong.append(f"{step} was permitted")
        elif permitted and got != result and not (result < 0 and got < 0):
            wrong.append(f"{step} gave {got}, plainly {result}")
        elif permitted and got != result:
            wrong.append(f"{step} failed by {errno.errorcode[-got]}, plainly by {errno.errorcode[-result]}")
        elif permitted is None and got >= 0 > result:
            wrong.append(f"{step} gave {got}, plainly {result}")
    return wrong


def in_cell(kernel, steps):
    "The results of the same calls in the kernel's tree."
    kernel.good(f"bases = [os.open(f'{kernel.tree}/{{folder}}', os.O_RDONLY | os.O_DIRECTORY) for folder in {FOLDERS!r}]")
    fds = [int(number) for number in kernel.run("bases").plain.strip("[]").split(",")]
    calls = []
    for step in steps:
        name, *rest = arguments(step, kernel.tree, fds)
        calls.append((step[0] == "openat", NUMBERS[name], *rest))
    cell = kernel.good(f"""results = []
for opens, *call in {calls!r}:
    result = rawcall.call("here", *call)
    if opens and result >= 0:
        rawcall.call("here", {NUMBERS["close"]}, result)
        result = 0
    results.append(result)
for fd in bases: os.close(fd)
print(results)""")
    return [int(number) for number in cell.stream().strip().strip("[]").split(",")]
