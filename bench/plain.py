"""Run the cell on stdin in this Python as a notebook would (top-level await too); print its last value."""
import ast
import asyncio
import inspect
import sys
import types

tree = ast.parse(sys.stdin.read())
tree.body[-1] = ast.copy_location(ast.Assign([ast.Name("result_", ast.Store())], tree.body[-1].value),
                                  tree.body[-1])
ast.fix_missing_locations(tree)
module = sys.modules["cell_module"] = types.ModuleType("cell_module")
code = compile(tree, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


async def main():
    value = eval(code, module.__dict__)
    if inspect.iscoroutine(value):
        await value

asyncio.run(main())
print(module.result_)
