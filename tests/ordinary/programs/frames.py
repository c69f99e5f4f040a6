# %% logger_with_caller
import inspect, os, sys
class Logger:
    def __init__(self, name): self.name, self.lines = name, []
    def _where(self):
        frame = inspect.currentframe()
        caller = frame.f_back.f_back
        try: return os.path.basename(caller.f_code.co_filename), caller.f_code.co_name, caller.f_lineno
        finally: del frame, caller
    def info(self, message):
        filename, function, line = self._where()
        self.lines.append(f"{filename}:{function}:{line} {message}")
log = Logger("x")
def pay(n):
    log.info(f"pay {n}")
pay(3); log.info("module")
log.lines
# %% trace_calls
import functools, sys
depth = 0
def trace(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        global depth
        print("  " * depth + f"{f.__name__}{args} from {sys._getframe().f_back.f_code.co_name}")
        depth += 1
        try: return f(*args, **kwargs)
        finally: depth -= 1
    return wrapper
@trace
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
fib(3)
# %% frame_walk
import sys
def stack_names():
    frame, names = sys._getframe(), []
    while frame:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    return names
def a(): return stack_names()
def b(): return a()
b()[:3]
# %% stack_depth
import sys
def depth():
    frame, n = sys._getframe(), 0
    while frame is not None:
        n += 1; frame = frame.f_back
    return n
def inner(): return depth()
inner() - depth()
# %% traceback_walk
import sys, traceback
def f(): 1 / 0
def g(): f()
try: g()
except ZeroDivisionError as e:
    tb, out = e.__traceback__, []
    while tb is not None:
        out.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
        tb = tb.tb_next
    exc_type, exc_value, exc_tb = sys.exc_info()
    last = exc_tb
    while last.tb_next: last = last.tb_next
    print(last.tb_lineno, last.tb_frame.f_code.co_name, last.tb_frame.f_lineno, exc_tb.tb_lineno)
    for frame, line in traceback.walk_tb(e.__traceback__): print(frame.f_code.co_name, line)
    print([s.name for s in traceback.extract_tb(e.__traceback__)], traceback.extract_stack()[-1].name)
out
# %% error_report
import sys, os
def report():
    kind, value, tb = sys.exc_info()
    name = os.path.split(tb.tb_frame.f_code.co_filename)[1]
    return f"{kind.__name__} at {name}:{tb.tb_lineno}: {value}"
try: int("x")
except ValueError: print(report())
import inspect
try: {}["k"]
except KeyError:
    print(inspect.trace()[-1].function, inspect.trace()[-1][2])
# %% warn_caller
import warnings, sys
def old():
    warnings.warn(f"{sys._getframe().f_code.co_name} is deprecated", DeprecationWarning, stacklevel=2)
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always"); old()
str(w[0].message), w[0].lineno
# %% assert_with_line
import inspect
class Check:
    passed = failed = 0
    def __call__(self, condition, message=""):
        if condition: Check.passed += 1
        else:
            Check.failed += 1
            info = inspect.stack()[1]
            print(f"failed at line {info.lineno} in {info.function}: {info.code_context[0].strip() if info.code_context else ''} {message}")
check = Check()
check(1 == 1); check(1 == 2, "one is not two")
Check.passed, Check.failed
# %% exception_frames_summary
import traceback
def inner(n): return 10 // n
def outer(n): return inner(n)
try: outer(0)
except ZeroDivisionError as e:
    summary = traceback.StackSummary.extract(traceback.walk_tb(e.__traceback__))
    print([(f.name, f.lineno) for f in summary])
    te = traceback.TracebackException.from_exception(e, capture_locals=True)
    print([f.locals for f in te.stack][-1])
try:
    try: outer(0)
    except ZeroDivisionError as e: raise RuntimeError("wrap") from e
except RuntimeError as e: print(e.__cause__.__traceback__.tb_next.tb_frame.f_code.co_name, e.with_traceback(None) is e, type(e.__cause__.__traceback__))
# %% recursion_depth_by_inspect
import inspect
def depth(): return len(inspect.stack(0))
def nest(n): return depth() if n == 0 else nest(n - 1)
nest(5) - nest(0)
# %% current_function_name
import inspect, sys
def whoami(): return inspect.currentframe().f_code.co_name
def caller(): return sys._getframe(1).f_code.co_name
def line(): return inspect.currentframe().f_back.f_lineno
def log(message):
    frame = inspect.currentframe().f_back
    print(f"{frame.f_code.co_name}:{frame.f_lineno} {message}")
def work():
    log("working"); print(caller(), line())
work()
whoami(), sys._getframe().f_lineno, sys._getframe(0).f_code.co_filename
# %% stack_names
import inspect
def deep(): return [frame.function for frame in inspect.stack()][:3]
def outer(): return deep()
print(outer()[:2])
def who(): return inspect.stack()[1].function, inspect.stack()[1][3], inspect.stack()[0].lineno
def asks(): return who()
asks()
# %% frameinfo
import inspect
def here():
    info = inspect.getframeinfo(inspect.currentframe())
    return info.function, info.lineno
here()
