"""For smolagents: a drop-in for LocalPythonExecutor that runs real Python, classes and libraries included.

    from safepyrun.frameworks.smolagents import SafePythonExecutor
    agent = CodeAgent(tools=[...], model=model, executor=SafePythonExecutor())
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smolagents.local_python_executor import CodeOutput, InterpreterError, PythonExecutor

from ..safe_exec import Session


class _Final(BaseException):
    "Ends the code with the answer that it gave to final_answer."


class SafePythonExecutor(PythonExecutor): # type: ignore[misc, unused-ignore]
    """additional_authorized_imports: accepted and not needed, imports work and what they give is judged when it is called.

    additional_functions: {name: callable}. timeout_seconds: of each run. ok_dests: directories that the code may write to.
    max_print_outputs_length: characters of what was printed that the model is shown.
    """

    def __init__(self, additional_authorized_imports: list[str] | None = None, max_print_outputs_length: int | None = None,
                 additional_functions: dict[str, Callable[..., Any]] | None = None, timeout_seconds: float | None = 30,
                 ok_dests: list[str] | None = None) -> None:
        self.session = Session(additional_functions, timeout=timeout_seconds, ok_dests=ok_dests)
        self.state = self.session.namespace
        self.max_print_outputs_length = max_print_outputs_length or 50_000

    def send_tools(self, tools: dict[str, Any]) -> None:
        def final_answer(*args: Any, **kwargs: Any) -> Any:
            raise _Final(tools["final_answer"](*args, **kwargs))
        self.session.give({**tools, **({"final_answer": final_answer} if "final_answer" in tools else {})})

    def send_variables(self, variables: dict[str, Any]) -> None:
        self.state.update(variables)

    def __call__(self, code_action: str) -> Any:
        output, is_final = None, False
        try:
            output = self.session.run(code_action)
        except _Final as answer:
            output, is_final = answer.args[0], True
        except Exception as error:
            raise InterpreterError(f"{type(error).__name__}: {error}") from error
        finally:
            self.state["_print_outputs"] = self.session.printed[:self.max_print_outputs_length]
        return CodeOutput(output=output, logs=self.state["_print_outputs"], is_final_answer=is_final)
