"""A movie as a page with its frames in a folder."""
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
from matplotlib import animation
figure, axes = plt.subplots()
writer = animation.HTMLWriter(fps=2)
with writer.saving(figure, CANARY + "/x.html", 50): writer.grab_frame()
