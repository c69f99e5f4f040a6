"""jupyter_kernel_test, every feature that a Python kernel can have."""
import jupyter_kernel_test


class KernelTest(jupyter_kernel_test.KernelTests):
    kernel_name = "safepyrun"
    language_name = "python"
    file_extension = ".py"

    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('oops', file=sys.stderr)"
    code_generate_error = "raise ValueError('no')"
    code_page_something = "zip?"
    code_clear_output = "from IPython.display import clear_output; clear_output()"
    code_inspect_sample = "zip"
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")

    complete_code_samples = ["1", "print('hello, world')", "def f(x):\n  return x*2\n\n", "", "%time 1",
                             "%%timeit\na\n\n"]
    incomplete_code_samples = ["print('''hello", "def f(x):\n  x*2", "if True:", "x = (1,", "[1,\n2"]
    invalid_code_samples = ["import = 7q", "x = )", "a b"]

    completion_samples = [
        {"text": "zi", "matches": ["zip"]},
        {"text": "import itertool", "matches": ["itertools"]},
        {"text": "isinstanc", "matches": ["isinstance"]},
    ]
    code_execute_result = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[n*n for n in range(1, 4)]", "result": "[1, 4, 9]"},
        {"code": "12", "result": "12"},
        {"code": "7*16", "result": "112"},
        {"code": "1 + 12 - 1", "result": "12"},
    ]
    code_display_data = [
        {"code": "from IPython.display import HTML, display; display(HTML('<b>test</b>'))",
         "mime": "text/html"},
        {"code": "from IPython.display import display; display({'text/latex': '$x$'}, raw=True)",
         "mime": "text/latex"},
        {"code": "from IPython.display import Markdown; display(Markdown('*x*'))",
         "mime": "text/markdown"},
        {"code": "from IPython.display import Math, display; display(Math('x^2'))",
         "mime": "text/latex"},
        {"code": "from IPython.display import SVG, display; display(SVG('<svg xmlns="
                 "\"http://www.w3.org/2000/svg\"></svg>'))", "mime": "image/svg+xml"},
        {"code": "import matplotlib.pyplot as plt; _ = plt.plot([1, 2, 3])", "mime": "image/png"},
    ]


class WelcomeTest(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "safepyrun"
    support_iopub_welcome = True


def test_nothing_is_left_to_skip():
    """Given jupyter_kernel_test, then each sample that it may skip for is filled in above."""
    declared = [name for name, value in vars(jupyter_kernel_test.KernelTests).items()
                if name.startswith(("code_", "complete_", "incomplete_", "invalid_", "completion_",
                                    "supported_", "language_", "file_")) and not callable(value)]
    assert declared
    assert [name for name in declared if not getattr(KernelTest, name)] == []
