"""What runs a cell that awaits outside of functions: asyncio's loop of the session, unless %autoawait chose another."""
import _safepyrun_kernel as _kernel

TELLS_AFTER_S = 0.01  # a cell that is over sooner tells nobody that it awaits


def asyncio_runner(coroutine):
    "The session's loop: the kernel's own, which answers other requests and goes on between cells."
    raise TypeError("the kernel runs asyncio's loop itself")


def _forget_broken(trio):
    "A run whose own end was interrupted says for ever that it runs. Called where none does."
    try:
        context = trio._core._run.GLOBAL_RUN_CONTEXT
        if not context.runner.is_guest:
            vars(context).clear()
    except AttributeError:  # none, or another trio
        pass


def trio_runner(coroutine, asides):
    "trio.run(), in which other requests are answered as in the session's loop."
    import trio
    if asides:
        _forget_broken(trio)

    async def listen(descriptor, answer):
        while True:
            await trio.lowlevel.wait_readable(descriptor)
            answer()

    async def tell(telling):
        await trio.sleep(TELLS_AFTER_S)
        telling()

    async def cell():
        if asides:
            descriptor, answer, telling = asides
            trio.lowlevel.spawn_system_task(listen, descriptor, answer)
            trio.lowlevel.spawn_system_task(tell, telling)
        return await coroutine

    return trio.run(cell)


def curio_runner(coroutine, asides):
    "curio.run()."
    import curio
    return curio.run(coroutine)


def sync_runner(coroutine, asides):
    "No loop at all: a coroutine that has to wait for something cannot go on."
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("the cell waits for something, which needs a loop: %autoawait asyncio")


RUNNERS = {"asyncio": (asyncio_runner, True), "curio": (curio_runner, True), "trio": (trio_runner, True), "sync": (sync_runner, False)}
_ours = [runner for runner, _ in RUNNERS.values()]


def named(name):
    "The runner that a text names: one of RUNNERS, or an importable object. (runner, does it await?)"
    if name in RUNNERS:
        return RUNNERS[name]
    import importlib
    module, _, attribute = name.rpartition(".")
    if not module:
        raise ValueError(f"{name!r} is neither one of {', '.join(RUNNERS)} nor the full name of a function that runs a coroutine")
    try:
        return getattr(importlib.import_module(module), attribute), True
    except AttributeError as error:
        raise ImportError(f"cannot import name {attribute!r} from {module!r}") from error


def apply(runner, awaits):
    "From the next cell on."
    if not awaits:
        _kernel.await_with(False)
    elif runner is asyncio_runner:
        _kernel.await_with(None)
    elif runner in _ours:
        _kernel.await_with(runner)
    else:  # a person's: called as a cell calls it
        call = _kernel.guarded_eval("lambda run: lambda coroutine, asides: run(coroutine)", {}, {})
        _kernel.await_with(call(runner))


class Awaiting:
    "The part of the shell that says how cells await: the settings autoawait and loop_runner."
    loop_runner_map = RUNNERS
    _runner, _awaits = staticmethod(asyncio_runner), True

    @property
    def loop_runner(self):
        "What runs a cell's coroutine. Settable: a function that takes one, its full name, or one of loop_runner_map."
        return self._runner

    @loop_runner.setter
    def loop_runner(self, value):
        runner, awaits = named(value) if isinstance(value, str) else (value, self._awaits)
        if not callable(runner):
            raise ValueError(f"loop_runner must be callable, not {runner!r}")
        apply(runner, awaits)
        vars(self).update(_runner=runner, _awaits=awaits)

    @property
    def autoawait(self):
        "May cells await outside of functions?"
        return self._awaits

    @autoawait.setter
    def autoawait(self, value):
        apply(self._runner, bool(value))
        vars(self).update(_awaits=bool(value))


def chosen(shell):
    "How %autoawait tells it."
    name = next((name for name, (runner, _) in RUNNERS.items() if runner is shell.loop_runner), None) or repr(shell.loop_runner)
    return f"IPython autoawait is `{'on' if shell.autoawait else 'off'}`, and set to use `{name}`"
