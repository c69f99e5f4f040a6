"""s_loader_suffixes.

state: not __import__('importlib.machinery').machinery.SOURCE_SUFFIXES
"""
import importlib.machinery as m
m.SOURCE_SUFFIXES.clear()
