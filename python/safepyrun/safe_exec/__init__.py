"""Code that a model wrote instead of calling tools one by one ("codemode"), run in this process behind the sandbox.

    from safepyrun.safe_exec import SafeExec
    SafeExec("result = 'Buy' if fetch_price('AAPL') < 160 else 'Hold'", {"fetch_price": fetch_price}).run()

InteractiveExecutor pauses at every external call and can be resumed elsewhere, from JSON.
"""
from ..values import NotJSON
from .executor import SafeExec
from .interactive import InteractiveExecutor, InteractiveState
from .journal import JournalMismatch
from .profiles import PROFILES, SecurityViolation
from .replay import ExternalError
from .session import Session
from .tools import CallLimit

__all__ = ["CallLimit", "ExternalError", "InteractiveExecutor", "InteractiveState", "JournalMismatch", "NotJSON", "PROFILES", "SafeExec",
           "SecurityViolation", "Session"]
