"""Exec code object."""
exec(compile("import os; os.mkdir(CANARY + '/x')", "a", "exec"))
