"""The front is killed in the middle of something: what it held ends with it."""
import os
import signal

import pytest
from held import NUMBERS
from processes import is_alive
from raw_kernel import wait_until


@pytest.mark.parametrize("code", ["while True: pass",
                                  f"rawcall.call('here', {NUMBERS['pause']})",
                                  "for i in range(10**9): rawcall.call('here', {open}, {path}, 66, 0o644)"])
def test_a_killed_front_takes_its_worker_along(floor, code):
    worker = floor.worker
    floor.start_cell(code.replace("{open}", str(NUMBERS["open"])).replace("{path}", repr(os.fsencode(floor.out / "f"))))
    floor.process.send_signal(signal.SIGKILL)
    floor.process.wait()
    assert wait_until(lambda: not is_alive(worker))
    assert list(floor.out.iterdir()) == []
