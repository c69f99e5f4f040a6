"""A movie through a program, which the settings name: a shell that takes its first argument for a script."""
import os
os.chdir(ALLOWED)
import matplotlib
matplotlib.use("agg")
matplotlib.rcParams["animation.ffmpeg_path"] = "/bin/sh"
import matplotlib.pyplot as plt
from matplotlib import animation
with open("rawvideo", "w") as script: script.write("echo > " + CANARY + "/w\n")
figure, axes = plt.subplots()
animation.FuncAnimation(figure, lambda i: axes.plot([i]), frames=2).save("x.mp4", writer="ffmpeg")
