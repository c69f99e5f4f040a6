"""Venv create."""
import venv
venv.EnvBuilder().ensure_directories(CANARY + "/env")
