"""Distutils mkpath."""
import setuptools, distutils.dir_util
distutils.dir_util.mkpath(CANARY + "/x")
