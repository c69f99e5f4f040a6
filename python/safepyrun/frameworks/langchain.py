"""For LangChain: a tool that runs Python.

    from safepyrun.frameworks.langchain import python_tool
    model.bind_tools([python_tool(ok_dests=["./out"])])
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from langchain_core.tools import StructuredTool

from ._tool import PythonTool


def python_tool(functions: Mapping[str, Callable[..., Any]] | None = None, *, timeout: float | None = 30, ok_dests: list[str] | None = None) -> Any:
    "A StructuredTool `run_python(code: str) -> str`; its variables live as long as it does. The parameters are PythonTool's."
    tool = PythonTool(functions, timeout=timeout, ok_dests=ok_dests)
    return StructuredTool.from_function(tool.run_python, name="run_python", description=tool.description)
