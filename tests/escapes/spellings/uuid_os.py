"""Uuid os."""
import uuid
uuid.os.mkdir(CANARY + "/x")
