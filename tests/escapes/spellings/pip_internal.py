"""Pip internal."""
import pip._internal.utils.misc as m
m.rmtree(CANARY)
