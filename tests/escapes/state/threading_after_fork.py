"""threading forgets the host's threads.

state: len(__import__("threading").enumerate()) < 2
given: pool
"""
import threading
threading._after_fork()
