"""Compile ast."""
import ast
t = ast.parse("import os; os.mkdir(CANARY + '/x')")
exec(compile(t, "a", "exec"))
