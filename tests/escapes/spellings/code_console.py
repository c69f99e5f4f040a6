"""Code console."""
import code
code.InteractiveConsole().push("open(%r, 'w')" % (CANARY + "/x"))
