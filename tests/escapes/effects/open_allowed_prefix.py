"""A folder whose name begins as the allowed one's does."""
import os
open(ALLOWED + "/../canary/../canary/./new", "ab")
