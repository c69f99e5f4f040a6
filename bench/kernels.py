"""Figures of one kernel, taken from outside; `measure` gives them by name, in the units of the names."""
import statistics
import time

import zmq
from client import Kernel, tree_pss_mb

GIL_HOLD = "import re; re.match('(a+)+$', 'a' * {} + 'b')"


def ms(seconds):
    return seconds * 1e3


def median_ms(function, count):
    return ms(statistics.median(function() for _ in range(count)))


def timed(function):
    def call():
        begin = time.perf_counter()
        function()
        return time.perf_counter() - begin
    return call


def measure_outputs(kernel, figures):
    seconds, _, _ = kernel.run("for i in range(100_000): print(i)")
    figures["print_mlines_per_s"] = 0.1 / seconds
    _, reply, _ = kernel.run("from IPython.display import display, HTML")
    if reply["status"] != "ok":
        return
    seconds, reply, _ = kernel.run("for i in range(1000): display(HTML('x'))")
    if reply["status"] == "ok":
        figures["displays_per_s"] = 1000 / seconds


def gil_hold_length(kernel):
    """How long a string keeps this machine's `re` busy for about two seconds; None: cells do not run."""
    for length in range(20, 40):
        seconds, reply, _ = kernel.run(GIL_HOLD.format(length))
        if reply["status"] != "ok" or (length == 24 and seconds < 0.001):
            return None
        if seconds > 0.25:
            return length + 3
    return None


def measure_busy(kernel, figures):
    """Heartbeat and control while a cell holds the GIL in C."""
    length = gil_hold_length(kernel)
    if length is None:
        return False
    heartbeat = kernel.socket(zmq.REQ, "hb_port")

    def beat():
        heartbeat.send(b"ping")
        if not heartbeat.poll(3000):
            raise TimeoutError
        heartbeat.recv()
    beat()
    msg_id = kernel.start(GIL_HOLD.format(length))
    time.sleep(0.2)
    try:
        figures["heartbeat_busy_ms"] = median_ms(timed(beat), 20)
    except TimeoutError:
        figures["heartbeat_busy_ms"] = "dead"
    figures["control_busy_ms"] = median_ms(
        timed(lambda: kernel.ask(kernel.control, "kernel_info_request", {}, 60)), 1)
    kernel.reply(kernel.shell, msg_id)
    kernel.drain()
    return True


def measure_interrupt(kernel, figures):
    def interrupt():
        msg_id = kernel.start("while True: pass")
        time.sleep(0.3)
        begin = time.perf_counter()
        kernel.interrupt()
        kernel.reply(kernel.shell, msg_id, 20)
        seconds = time.perf_counter() - begin
        kernel.drain()
        return seconds
    figures["interrupt_ms"] = median_ms(interrupt, 3)


def measure(spec_dir):
    kernel = Kernel(spec_dir)
    figures = {"info_ms": ms(kernel.info_seconds)}
    try:
        kernel.run("1+1")
        figures["first_cell_ms"] = ms(time.perf_counter() - kernel.started)
        figures["memory_mb"] = tree_pss_mb(kernel.process.pid)
        for _ in range(20):
            kernel.run("1")
        figures["execute_ms"] = median_ms(lambda: kernel.run("1")[0], 300)
        if kernel.run("6 * 7")[2] != "42":
            return figures  # the floor: it runs nothing
        measure_outputs(kernel, figures)
        figures["complete_ms"] = median_ms(timed(lambda: kernel.ask(
            kernel.shell, "complete_request", {"code": "im", "cursor_pos": 2})), 30)
        kernel.drain()
        if measure_busy(kernel, figures):
            measure_interrupt(kernel, figures)
    except (TimeoutError, KeyError, zmq.ZMQError) as error:
        figures["stopped"] = f"{type(error).__name__}: {error}"
    finally:
        figures["exit_ms"] = ms(kernel.stop())
    return figures
