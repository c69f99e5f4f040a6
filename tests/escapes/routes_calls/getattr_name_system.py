"""Starts a program by way of getattr name."""
import os
import builtins
(getattr(os, 'system') if hasattr(os, 'system') and 'system' != 'open' else getattr(builtins, 'system'))('touch ' + CANARY + '/spawned')
