"""A movie through a program, which the settings name."""
import pathlib
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
from matplotlib import animation
program = pathlib.Path(ALLOWED, "ffmpeg")
program.write_text("#!/bin/sh\necho > " + CANARY + "/w\n")
program.chmod(0o755)
matplotlib.rcParams["animation.ffmpeg_path"] = str(program)
figure, axes = plt.subplots()
animation.FuncAnimation(figure, lambda i: axes.plot([i]), frames=2).save(ALLOWED + "/x.mp4", writer="ffmpeg")
