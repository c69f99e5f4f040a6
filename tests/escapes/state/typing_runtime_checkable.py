"""typing.runtime_checkable changes a protocol of the host's.

state: getattr(__import__("importlib.metadata._meta", fromlist=["x"]).PackageMetadata, "_is_runtime_protocol", False)
"""
import importlib.metadata._meta, typing
typing.runtime_checkable(importlib.metadata._meta.PackageMetadata)
