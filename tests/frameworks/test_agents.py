"""The executors and tools in the real frameworks, with models that follow a script."""
import asyncio
import os

import pytest


# ---- smolagents -----------------------------------------------------------------------------------------------------------

@pytest.fixture
def smolagents():
    return pytest.importorskip("smolagents", reason="it is in tests/requirements-frameworks.txt")


def scripted(smolagents, *steps):
    "A model that says these code blocks in turn."
    class Scripted(smolagents.Model):
        left = list(steps)
        seen = []

        def generate(self, messages, **options):
            self.seen.append(str(messages[-1].content))
            return smolagents.ChatMessage(role="assistant", content=f"Thought: next\n<code>\n{self.left.pop(0)}\n</code>")
    return Scripted()


def test_a_code_agent(smolagents, home):
    from safepyrun.frameworks.smolagents import SafePythonExecutor

    @smolagents.tool
    def price(symbol: str) -> float:
        """The price.

        Args:
            symbol: of what
        """
        (home / "asked").write_text(symbol)
        return 150.0
    model = scripted(
        smolagents,
        "import numpy as np\nclass Share:\n    def __init__(self, symbol):\n        self.value = price(symbol)\n"
        "def double(x):\n    return np.float64(x) * 2\nprint('class made')",
        "import os\nos.system('rm asked')",
        "final_answer(float(double(Share('AAPL').value)))")
    agent = smolagents.CodeAgent(tools=[price], model=model, executor=SafePythonExecutor(), max_steps=4, verbosity_level=0)
    assert agent.run("how much are two?") == 300.0
    assert (home / "asked").read_text() == "AAPL"
    assert any("class made" in seen for seen in model.seen) and any("os.system: starts a program" in seen for seen in model.seen)


def test_the_executor_is_a_drop_in(smolagents):
    from safepyrun.frameworks.smolagents import SafePythonExecutor
    from smolagents.local_python_executor import InterpreterError, LocalPythonExecutor
    for kind in (LocalPythonExecutor, SafePythonExecutor):
        executor = kind(["numpy"], 50_000, None, 5)
        executor.send_variables({"n": 20})
        executor.send_tools({"final_answer": lambda x: x, "twice": lambda x: 2 * x})
        done = executor("m = n + 1\nprint('m is', m)\ntwice(m)")
        assert (done.output, done.logs.strip(), done.is_final_answer) == (42, "m is 21", False)
        done = executor("final_answer(m)")
        assert (done.output, done.is_final_answer) == (21, True)
        with pytest.raises(InterpreterError):
            executor("print('before')\n1 / 0")
        assert "before" in str(executor.state["_print_outputs"])


def test_ordinary_programs_run(smolagents):
    from programs import programs
    from safepyrun.frameworks.smolagents import SafePythonExecutor
    names = [name for name, _ in programs(1)]
    failed = {}
    for name, source in programs(1):
        try:
            assert SafePythonExecutor(timeout_seconds=120)(source).output > 0
        except Exception as error:
            failed[name] = error
    assert failed == {} and len(names) == 26


# ---- pydantic-ai ----------------------------------------------------------------------------------------------------------

def test_a_pydantic_ai_agent(home):
    pydantic_ai = pytest.importorskip("pydantic_ai", reason="it is in tests/requirements-frameworks.txt")
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import FunctionModel
    from safepyrun.frameworks.pydantic_ai import python_tool
    codes = ["class A:\n    n = base()\nprint('made')\nA.n", "A.n + 1", "open('/etc/evil', 'w')", "open('ok.txt', 'w').write('hi')"]
    told = []

    def model(messages, info):
        assert "base() -> int" in info.function_tools[0].description
        told.extend(part.content for part in messages[-1].parts if part.part_kind == "tool-return")
        if codes:
            return ModelResponse(parts=[ToolCallPart("run_python", {"code": codes.pop(0)})])
        return ModelResponse(parts=[TextPart("done")])

    def base() -> int:
        return 41
    agent = pydantic_ai.Agent(FunctionModel(model), tools=[python_tool({"base": base}, ok_dests=["."])])
    assert agent.run_sync("go").output == "done"
    assert told[:2] == ["made\n41", "42"] and told[2].startswith("Denied: Dest '/etc/evil' not allowed") and told[3] == "2"
    assert (home / "ok.txt").read_text() == "hi"


# ---- LangChain ------------------------------------------------------------------------------------------------------------

def test_a_langchain_tool(home):
    pytest.importorskip("langchain_core", reason="it is in tests/requirements-frameworks.txt")
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage
    from safepyrun.frameworks.langchain import python_tool
    tool = python_tool({"base": max})
    model = GenericFakeChatModel(messages=iter([AIMessage("", tool_calls=[
        {"name": "run_python", "args": {"code": "x = base(1, 41)"}, "id": "1"}, {"name": "run_python", "args": {"code": "x + 1"}, "id": "2"},
        {"name": "run_python", "args": {"code": "import os\nos.system('touch spawned')"}, "id": "3"}])]))
    said = [tool.invoke(call).content for call in model.invoke("go").tool_calls]
    assert said[:2] == ["", "42"] and said[2].startswith("Denied: os.system") and os.listdir(home) == []
    assert asyncio.run(tool.ainvoke({"code": "x"})) == "41"
