"""python -m safepyrun_kernel install|uninstall [options]: the kernelspec of this Python, or of --python; `install --help` lists them.

With -f FILE, the kernel itself."""
import os
import subprocess
import sys

from . import DISTRIBUTION, program

ASK = "import sys, safepyrun_kernel; print(safepyrun_kernel.program())"


def option(arguments, name):
    "The value of `--name VALUE` or `--name=VALUE`; None when it is not there."
    for i, argument in enumerate(arguments):
        if argument == name:
            return arguments[i + 1] if i + 1 < len(arguments) else None
        if argument.startswith(name + "="):
            return argument[len(name) + 1:]
    return None


def program_for(python):
    "The kernel of another Python: the one that is installed there, else this one if it is of the same version; None with a word on stderr."
    def ask(code):
        try:
            done = subprocess.run([python, "-c", code], capture_output=True, text=True)
        except OSError as e:
            return None, f"{python}: {e.strerror}"
        return (done.stdout.strip() if done.returncode == 0 else None), (done.stderr.strip().splitlines() or [""])[-1]

    there, _ = ask(ASK)
    if there:
        return there
    version, why = ask("import sys; print('%d.%d' % sys.version_info[:2])")
    if version == "%d.%d" % sys.version_info[:2]:
        return program()
    print(f"safepyrun_kernel: {python} is Python {version} and has no {DISTRIBUTION}, and this one is for {sys.version_info[0]}."
          f"{sys.version_info[1]}:\n  {python} -m pip install {DISTRIBUTION}" if version else f"safepyrun_kernel: {why}", file=sys.stderr)
    return None


def main(arguments):
    "Becomes the program; the exit status when it cannot."
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    python = option(arguments, "--python")
    path = program_for(python) if python else program()
    if not path:
        return 1
    if not python and "--help" not in arguments:
        arguments = [*arguments, "--python", sys.executable]
    os.execv(path, [path, *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
