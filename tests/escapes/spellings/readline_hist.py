"""Readline hist."""
import readline
readline.append_history_file(0, CANARY + "/x") if 0 else readline.write_history_file(CANARY + "/x")
