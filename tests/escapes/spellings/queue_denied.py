"""Queue denied."""
import queue, os
q = queue.Queue(); q.put(os.mkdir); q.get()(CANARY + "/x")
