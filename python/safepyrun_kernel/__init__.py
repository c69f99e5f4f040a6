"""The Jupyter kernel Python (safepyrun), for the Python that this is installed in.

`python -m safepyrun_kernel install` puts a kernelspec where Jupyter finds it; in the environment of JupyterLab itself there is one
already. The kernel is a program, whose path `program()` gives."""
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "safepyrun-kernel"


def program():
    """Path (str) of the kernel's program, safepyrun-kernel. FileNotFoundError when the installation is broken."""
    places = [Path(file.locate()) for file in metadata.files(DISTRIBUTION) or () if file.name == "safepyrun-kernel" and file.parent.name == "bin"]
    places.append(Path(__file__).parents[1] / "bin/safepyrun-kernel")  # pip install --target moves it after writing its list
    for path in places:
        if path.exists():
            return str(path.resolve())
    raise FileNotFoundError(f"the program safepyrun-kernel is not where {DISTRIBUTION} put it: install {DISTRIBUTION} again")
