"""Where the extension and the Python part are: the build directory and the source tree."""
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("SAFEPYRUN_BUILD", os.path.join(ROOT, "build"))
os.environ["PYTHONPATH"] = os.pathsep.join([BUILD, os.path.join(ROOT, "python"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
