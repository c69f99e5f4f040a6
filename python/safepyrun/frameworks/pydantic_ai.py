"""For pydantic-ai: a tool that runs Python.

    from safepyrun.frameworks.pydantic_ai import python_tool
    agent = Agent(model, tools=[python_tool(ok_dests=["./out"])])
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_ai import Tool

from ._tool import PythonTool


def python_tool(functions: Mapping[str, Callable[..., Any]] | None = None, *, timeout: float | None = 30, ok_dests: list[str] | None = None) -> Any:
    "A pydantic_ai.Tool `run_python(code: str) -> str`; its variables live as long as it does. The parameters are PythonTool's."
    tool = PythonTool(functions, timeout=timeout, ok_dests=ok_dests)
    return Tool(tool.run_python, takes_ctx=False, name="run_python", description=tool.description, sequential=True)
