"""Signal itimer."""
import signal, time
signal.signal(signal.SIGALRM, lambda *a: open(CANARY + "/x", "w"))
signal.setitimer(signal.ITIMER_REAL, 0.01); time.sleep(0.1)
