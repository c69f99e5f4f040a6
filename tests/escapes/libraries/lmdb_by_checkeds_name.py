"""A class that calls itself a callable that was checked."""
import lmdb

Checked = type("safepyrun.checked_callable", (), {"__call__": lmdb.Environment})
Checked()(f"{CANARY}/database")
