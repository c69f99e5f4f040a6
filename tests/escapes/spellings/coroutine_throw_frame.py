"""Coroutine throw frame."""
async def c(): pass
x = c()
x.cr_frame.f_builtins["open"](CANARY + "/x", "w")
