"""compile, eval and exec for debuggers: what they are given is held as a cell is."""
import _safepyrun_kernel as _kernel


def guarded_compile(source, filename="<string>", mode="exec", flags=0, dont_inherit=False, optimize=-1):
    if not isinstance(source, str):
        return compile(source, filename, mode, flags, dont_inherit, optimize)  # a tree; what is made of it does not run
    if flags & 0x400:  # PyCF_ONLY_AST
        return compile(source, filename, mode, flags, dont_inherit, optimize)
    return _kernel.guarded_code(source, filename, mode, flags)


def guard(module):
    "What text a module of a debugger runs is held as a cell is."
    vars(module).update(compile=guarded_compile, eval=_kernel.guarded_eval, exec=_kernel.guarded_exec)
