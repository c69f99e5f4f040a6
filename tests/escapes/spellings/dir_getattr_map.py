"""Dir getattr map."""
import os
list(map(getattr, [os], ["mkdir"]))[0](CANARY + "/x")
