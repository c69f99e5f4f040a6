"""A loop's handler of exceptions.

given: loop
host: LOOP.call_exception_handler({"message": "x"})
"""
import pathlib
loop.set_exception_handler(pathlib.Path(CANARY + "/victim").touch)
