"""Shutil's private halves."""
import shutil
try:
    shutil._rmtree_unsafe(CANARY, lambda *a: None)
except Exception:
    shutil._rmtree_unsafe(CANARY, None, lambda *a: None)
