"""Named temporary: the effect lies outside of ok_dests."""
import tempfile
keep = tempfile.NamedTemporaryFile(dir=CANARY, delete=False)
