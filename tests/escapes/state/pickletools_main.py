"""Dis, ast and others print to what is given."""
import pickletools, pickle
pickletools.dis(pickle.dumps(1), out=open(CANARY + "/o", "w"))
