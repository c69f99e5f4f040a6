"""s_with_builtins.

state: hasattr(__import__('builtins'), 'zzz')
"""
import builtins, contextlib
with contextlib.nullcontext(1) as builtins.zzz: pass
