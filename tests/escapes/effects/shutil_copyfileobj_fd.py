"""shutil.copyfileobj to a file opened for update."""
import io, shutil
shutil.copyfileobj(io.BytesIO(b"x"), open(CANARY + "/victim", "r+b"))
