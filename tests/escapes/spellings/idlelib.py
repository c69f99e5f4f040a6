"""Idlelib."""
import pydoc
pydoc.writedoc("json") if 0 else pydoc.pipepager("x", "cat > %s/x" % CANARY)
