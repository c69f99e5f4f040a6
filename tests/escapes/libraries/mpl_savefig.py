"""Mpl savefig."""
import matplotlib; matplotlib.use("agg")
import matplotlib.pyplot as plt
plt.figure().savefig(CANARY + "/x.png")
