"""Marshal code."""
import marshal, types
types.FunctionType(marshal.loads(marshal.dumps(compile("__import__('os').mkdir(p)", "a", "eval"))), {"p": CANARY + "/x"})()
