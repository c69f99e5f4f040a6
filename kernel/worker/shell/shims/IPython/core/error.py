"""The exceptions that magics and hooks speak with."""

__all__ = ["IPythonCoreError", "TryNext", "UsageError", "StdinNotImplementedError", "InputRejected"]


class IPythonCoreError(Exception):
    "Base of these."


class TryNext(IPythonCoreError):
    "A hook leaves it to the next one."


class UsageError(IPythonCoreError):
    "A magic was used in a way it does not know."


class StdinNotImplementedError(IPythonCoreError, NotImplementedError):
    "This frontend gives no input."


class InputRejected(Exception):
    "A transformer of syntax trees does not let a cell run."
