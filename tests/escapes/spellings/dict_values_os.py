"""Dict values os."""
import os
[f for n, f in os.__dict__.items() if n == "mkdir"][0](CANARY + "/x")
