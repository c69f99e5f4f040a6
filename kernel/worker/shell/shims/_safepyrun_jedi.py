"""What jedi, where it is installed, knows of an expression that says nothing of itself."""


def attributes(source, cursor, namespace):
    """Names that may follow the dot before `cursor`; no object of `namespace` is asked for any.

    Returns
    -------
    list of (str, str)
        name and jedi's word for what it is; empty without jedi.
    """
    try:
        import jedi
    except ImportError:
        return []
    before = source[:cursor]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1)
    settings, interpreter = jedi.settings, jedi.Interpreter
    kept = settings.case_insensitive_completion, getattr(settings, "allow_unsafe_interpreter_executions", None)
    settings.case_insensitive_completion = False
    settings.allow_unsafe_interpreter_executions = False
    interpreter._allow_descriptor_getattr_default = False
    try:
        return [(each.name, each.type) for each in interpreter(source, [namespace]).complete(line, column)]
    finally:
        settings.case_insensitive_completion, settings.allow_unsafe_interpreter_executions = kept
