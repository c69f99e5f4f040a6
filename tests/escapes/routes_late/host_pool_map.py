"""Host pool map.

host: KEPT["pool"].shutdown()
given: pool
"""
pool.submit(open, CANARY + "/x", "w")
