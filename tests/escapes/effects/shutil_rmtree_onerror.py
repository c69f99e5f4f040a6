"""rmtree of the other folder from within."""
import shutil
shutil.rmtree(CANARY, onerror=lambda f, p, e: None)
