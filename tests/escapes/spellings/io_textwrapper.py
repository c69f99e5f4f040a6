"""Io textwrapper."""
import io
io.TextIOWrapper(io.BufferedWriter(io.FileIO(CANARY + "/x", "w")))
