"""Where the extension and the Python part are: the build directory and the source tree."""
import os

from built import BUILD, ROOT

os.environ["PYTHONPATH"] = os.pathsep.join([str(BUILD), str(ROOT / "python"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
