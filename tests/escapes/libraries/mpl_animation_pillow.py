"""A movie through Pillow."""
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
from matplotlib import animation
figure, axes = plt.subplots()
writer = animation.PillowWriter(fps=2)
with writer.saving(figure, CANARY + "/x.gif", 50): writer.grab_frame()
