"""sympy.var puts a name into the module that calls it.

state: type(__import__("concurrent.futures.thread").futures.thread.queue).__name__ == "Symbol"
"""
import sympy, concurrent.futures
with concurrent.futures.ThreadPoolExecutor(1) as p:
    p.submit(sympy.var, "queue").result()
