"""Code module: the effect lies outside of ok_dests."""
import code
code.InteractiveInterpreter().runsource(f"open({CANARY + '/w'!r}, 'w')")
