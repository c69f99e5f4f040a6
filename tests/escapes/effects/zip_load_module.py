"""zipimporter.load_module reads the code by itself, not by get_code."""
import zipfile
import zipimport

with zipfile.ZipFile(f"{ALLOWED}/zipped.zip", "w") as file:
    file.writestr("zipped.py", f"import ctypes\nctypes.CDLL(None).mkdir({CANARY!r}.encode() + b'/made', 0o755)\n")
zipimport.zipimporter(f"{ALLOWED}/zipped.zip").load_module("zipped")
