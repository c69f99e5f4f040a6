"""Sched denied."""
import sched, os
s = sched.scheduler(); s.enter(0, 1, os.mkdir, (CANARY + "/x",)); s.run()
