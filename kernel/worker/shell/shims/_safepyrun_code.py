"""What get_ipython() does with code: transformers, running, errors, completion. The settings of all this."""
import _safepyrun_kernel as _kernel
from _safepyrun_runners import Awaiting

SETTINGS = {"ast_node_interactivity": "last_expr", "xmode": "Context", "colors": "neutral", "pprint": True, "autocall": 0,
            "automagic": True, "autoindent": True, "show_rewritten_input": True, "cache_size": 1000, "quiet": False,
            "history_length": 10000, "separate_in": "", "banner1": "", "banner2": "", "enable_html_pager": False,
            "warn_venv": False, "autoawait": True, "call_pdb": False, "pdb": False, "logfile": "", "logappend": ""}
INTERACTIVITY = ("all", "last", "last_expr", "none", "last_expr_or_assign")


class Compiler:
    "What get_ipython().compile gives: a cell's code and tree, and the names that sources go by."

    def __call__(self, source, filename, symbol):
        "As compile() in a cell: what comes out is guarded."
        return _kernel.run_cell("__import__('builtins').compile")(source, filename, symbol)

    def ast_parse(self, source, filename="<unknown>", symbol="exec"):
        "The tree of a source."
        import ast
        return ast.parse(source, filename, symbol)

    def cache(self, transformed_code, number=0, raw_code=None):
        "A name for a source, under which tracebacks find its lines."
        import linecache
        name = f"<ipython-input-{number}>"
        linecache.cache[name] = (len(transformed_code), None, transformed_code.splitlines(True), name)
        return name


_FIELDS = ("type_name", "base_class", "string_form", "namespace", "length", "file", "definition", "docstring", "source",
           "init_definition", "class_docstring", "init_docstring", "call_def", "call_docstring", "subclasses")


def object_fields(shell, name, found, detail_level):
    "IPython's fields for what a name or expression stands for."
    if found and not name.startswith("%"):
        fields = value_fields(shell.ev(name), name, detail_level)
        return {**fields, "namespace": "Interactive" if name in shell.user_ns else "Python builtin"}
    return {**_no_fields(name), "found": found}


def _no_fields(name):
    return {**dict.fromkeys(_FIELDS), "name": name, "found": False, "ismagic": name.startswith("%"), "isalias": False,
            "isclass": False, "parent": None}


def value_fields(value, name, detail_level):
    "IPython's fields for an object."
    import inspect
    fields = {**_no_fields(name), "found": True}
    fields.update(type_name=type(value).__name__, base_class=str(type(value)), docstring=inspect.getdoc(value),
                  isclass=isinstance(value, type))
    if not callable(value):
        fields.update(string_form=_kernel.pretty(value), length=len(value) if hasattr(type(value), "__len__") else None)
    for field, read in (("file", lambda: inspect.getsourcefile(value)), ("definition", lambda: f"{name}{inspect.signature(value)}"),
                        ("source", lambda: inspect.getsource(value) if detail_level else None)):
        try:
            fields[field] = read()
        except (TypeError, ValueError, OSError):
            pass
    return fields


class ExecutionInfo:
    "What a pre_run_cell callback is told. raw_cell: str; store_history, silent: bool."
    shell_futures, cell_id = True, None

    def __init__(self, raw_cell, store_history=False, silent=False):
        self.raw_cell, self.store_history, self.silent = raw_cell, store_history, silent

    def __repr__(self):
        return f"<ExecutionInfo raw_cell={self.raw_cell[:50]!r} store_history={self.store_history} silent={self.silent}>"


class ExecutionResult:
    "What a post_run_cell callback and run_cell() are told. result: the value; error_in_exec: the exception or None."

    def __init__(self, info, result=None, error=None, count=None):
        self.info, self.result, self.error_before_exec, self.error_in_exec = info, result, None, error
        self.execution_count = _kernel.execution_count() if count is None else count

    @property
    def success(self):
        return self.error_before_exec is None and self.error_in_exec is None

    def raise_error(self):
        "Raise what the cell raised."
        error = self.error_before_exec or self.error_in_exec
        if error is not None:
            raise error

    def __repr__(self):
        return f"<ExecutionResult execution_count={self.execution_count} error_in_exec={self.error_in_exec!r} result={self.result!r}>"


class TransformerManager:
    "How a cell's source becomes plain Python, as IPython's input transformers offer it."

    def __init__(self, shell):
        self._shell = shell

    cleanup_transforms = property(lambda self: self._shell.input_transformers_cleanup)
    post_transforms = line_transforms = property(lambda self: self._shell.input_transformers_post)

    def transform_cell(self, cell):
        "Plain Python that ends in a newline."
        python = transform("post", _kernel.transform(transform("cleanup", cell)))
        return python if python.endswith("\n") else python + "\n"

    def check_complete(self, cell):
        "('complete' | 'incomplete' | 'invalid', spaces to indent the next line with or None)."
        answer = _kernel.is_complete(cell)
        return answer["status"], len(answer["indent"]) if "indent" in answer else None


class Completer:
    "What Tab offers."
    use_jedi, greedy, limit_to__all__ = False, False, False
    custom_completers = custom_matchers = ()

    def complete(self, text=None, line_buffer=None, cursor_pos=None):
        "(the text that is completed, list of str that may stand for it)."
        code = line_buffer if line_buffer is not None else text or ""
        cursor = len(code) if cursor_pos is None else cursor_pos
        matches, start = _kernel.complete(code, cursor)
        return code[start:cursor], matches

    def all_completions(self, text):
        "list of str."
        return self.complete(text)[1]


class CodeRunner(Awaiting):
    "The part of the shell that runs code."

    def _prepare_code(self):
        self.input_transformers_cleanup, self.input_transformers_post, self.ast_transformers = [], [], []
        self.custom_exceptions, self.CustomTB = (), None
        self.compile = Compiler()
        self.input_transformer_manager, self.Completer = TransformerManager(self), Completer()
        vars(self).update({name: value for name, value in SETTINGS.items() if name != "autoawait"})  # which is Awaiting's

    def ev(self, expr):
        "The value of an expression in the user's namespace."
        return _kernel.run_cell(expr)

    def ex(self, cmd):
        "Run statements in the user's namespace."
        _kernel.run_cell(cmd)

    def run_cell(self, raw_cell, store_history=False, silent=False, shell_futures=True, cell_id=None):
        "Run source as part of the running cell; an object with result, error_before_exec, error_in_exec and success."
        result = ExecutionResult(ExecutionInfo(raw_cell, store_history, silent))
        try:
            result.result = _kernel.run_cell(raw_cell, True)
            if result.result is not None and not silent:
                _kernel.displayhook(result.result)
        except Exception as error:
            if isinstance(error, SyntaxError) and error.__traceback__.tb_next is None:
                result.error_before_exec = error
            else:
                result.error_in_exec = error
            self.showtraceback((type(error), error, error.__traceback__))
        return result

    async def run_cell_async(self, raw_cell, store_history=False, silent=False, shell_futures=True, **kwargs):
        "The same, awaited."
        return self.run_cell(raw_cell, store_history, silent, shell_futures)

    def transform_cell(self, raw_cell):
        "Plain Python for a cell's source."
        return self.input_transformer_manager.transform_cell(raw_cell)

    def transform_ast(self, node):
        "A syntax tree after the user's transformers; one that fails is shown and taken out."
        for transformer in list(self.ast_transformers):
            try:
                node = transformer.visit(node)
            except Exception as error:
                import sys
                from IPython.core.error import InputRejected
                if isinstance(error, InputRejected):
                    raise
                self.ast_transformers.remove(transformer)
                sys.stderr.write(f"AST transformer {transformer!r} threw an error. It will be unregistered.\n"
                                 f"{_kernel.describe_error(error)}\n")
        return node

    def should_run_async(self, raw_cell, *, transformed_cell=None, preprocessing_exc_tuple=None):
        "Does the source await outside of functions, where cells may?"
        if not self.autoawait:
            return False
        import ast
        try:
            code = compile(transformed_cell or self.transform_cell(raw_cell), "<cell>", "exec",
                           ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except SyntaxError:
            return False
        return bool(code.co_flags & 0x80)  # CO_COROUTINE

    def check_complete(self, code):
        "('complete' | 'incomplete' | 'invalid' | 'unknown', text to indent the next line with)."
        answer = _kernel.is_complete(code)
        return answer["status"], answer.get("indent", "")

    def complete(self, text, line=None, cursor_pos=None):
        "(the text that is completed, list of str that may stand for it)."
        return self.Completer.complete(text, line, cursor_pos)

    def var_expand(self, cmd, depth=0, formatter=None):
        "`cmd` with {expression} and $name replaced by their values; unchanged when one of them fails."
        return _kernel.expand(cmd)

    # ---- errors

    def set_custom_exc(self, exc_tuple, handler):
        "Let handler(shell, type, error, traceback, tb_offset=None) show errors of these classes; None ends it."
        if not isinstance(exc_tuple, tuple):
            raise TypeError("exc_tuple is a tuple of exception classes")
        self.custom_exceptions = exc_tuple if handler is not None else ()
        self.CustomTB = handler

    def showtraceback(self, exc_tuple=None, *args, **kwargs):
        "Show the exception that is being handled, or that of `exc_tuple`, as the error of a cell is shown."
        import sys
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1] or getattr(sys, "last_value", None)
        if error is not None and not takes_error(error):
            content = _kernel.error_content(error)
            _kernel.publish("error", {**content, "traceback": render(error, content["traceback"])})

    showsyntaxerror = showtraceback

    def get_exception_only(self, exc_tuple=None):
        "The last line of what showtraceback() shows."
        import sys
        import traceback
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1]
        return "".join(traceback.format_exception_only(error))


def _shell():
    import _safepyrun_shell
    return _safepyrun_shell.shell


# ---- called by the kernel for each cell


def transform(step, source):
    "The user's transformers before ('cleanup') and after ('post') the kernel's own; they take and give lists of lines."
    shell = _shell()
    transformers = shell.input_transformers_cleanup if step == "cleanup" else shell.input_transformers_post
    if not transformers:
        return source
    lines = source.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    for transformer in list(transformers):
        lines = transformer(lines)
    return "".join(lines)


def tree(source, filename, interactive):
    "The syntax tree that runs instead of `source`, or the source itself when nobody changed anything."
    shell = _shell()
    interactivity = shell.ast_node_interactivity if interactive else "last_expr"
    if not shell.ast_transformers and interactivity == "last_expr":
        return source
    import ast
    node = compile(source, filename, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    node = shell.transform_ast(node)
    _make_interactive(ast, node.body, interactivity, source.rstrip().endswith(";"))
    return ast.fix_missing_locations(node)


def _make_interactive(ast, body, interactivity, quiet):
    "Change the statements of a cell so that those show their values which `interactivity` names."
    last = body[-1] if body else None
    if last is None or interactivity == "last_expr" or quiet:
        return
    if interactivity == "none":
        body.append(ast.copy_location(ast.Pass(), last))
    elif interactivity == "last_expr_or_assign":
        targets = last.targets if isinstance(last, ast.Assign) else [getattr(last, "target", None)]
        if isinstance(last, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and isinstance(targets[0], ast.Name):
            body.append(ast.copy_location(ast.Expr(ast.copy_location(ast.Name(targets[0].id, ast.Load()), last)), last))
    else:
        shown = body if interactivity == "all" else [last]
        for statement in shown:
            _show_inside(ast, statement, statement is last)


def _show_inside(ast, statement, is_last):
    "Let an expression statement show its value, and those inside of if, for, with and try; the cell's last one does anyway."
    if isinstance(statement, ast.Expr):
        if not is_last:
            shell = ast.Call(ast.Name("get_ipython", ast.Load()), [], [])
            shown = ast.Call(ast.Attribute(shell, "displayhook", ast.Load()), [statement.value], [])
            statement.value = ast.copy_location(shown, statement.value)
            for node in (shell, shown.func, shell.func):
                ast.copy_location(node, statement)
    elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, (ast.stmt, ast.ExceptHandler)):
                _show_inside(ast, child, False)


def takes_error(error):
    "Did the user's own handler show it? One that fails is shown and taken out."
    shell = _shell()
    if not shell.custom_exceptions or not isinstance(error, shell.custom_exceptions):
        return False
    try:
        shell.CustomTB(shell, type(error), error, error.__traceback__, tb_offset=None)
        return True
    except Exception as failure:
        import sys
        shell.set_custom_exc((), None)
        sys.stderr.write(f"Custom TB Handler failed, unregistering\n{_kernel.describe_error(failure)}\n")
        return False


def render(error, lines):
    "The traceback of an error as %xmode wants it. lines: list of str, as Context has them."
    mode = _shell().xmode
    if mode == "Minimal" or _is_of_usage(error):
        return lines[-1:]
    import traceback
    if mode == "Plain":
        return "".join(traceback.format_exception(_without_kernel(error))).splitlines()
    if mode == "Verbose":
        return lines[:-1] + _names_in(error) + lines[-1:]
    return lines


def _is_of_usage(error):
    "A magic was called in a way that it does not know: how it found out is not for the person who did."
    import sys
    errors = sys.modules.get("IPython.core.error")
    return errors is not None and isinstance(error, errors.UsageError)


def _without_kernel(error):
    "The same error with a traceback that begins at the cell."
    step = error.__traceback__
    while step is not None and step.tb_frame.f_code.co_filename.startswith("<safepyrun"):
        step = step.tb_next
    return error.with_traceback(step)


def _names_in(error):
    "Lines that tell what the names of each line of the user's were."
    import linecache
    import re
    lines, step = [], error.__traceback__
    while step is not None:
        frame, name = step.tb_frame, step.tb_frame.f_code.co_filename
        if name.startswith("Cell "):
            words = dict.fromkeys(re.findall(r"[^\W\d]\w*", linecache.getline(name, step.tb_lineno)))
            values = {word: frame.f_locals.get(word, frame.f_globals.get(word, step)) for word in words}
            lines += [f"    {word} = {_kernel.pretty(value)[:500]}" for word, value in values.items() if value is not step]
        step = step.tb_next
    return lines
