"""Setuptools spawn."""
import setuptools, distutils.spawn
distutils.spawn.spawn(["touch", CANARY + "/x"])
