"""Warnings filters.

state: 5 in __import__("warnings").filters
"""
import warnings
warnings.filters.append(5)
