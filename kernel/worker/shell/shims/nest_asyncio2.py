"""nest_asyncio2, which goes on with nest_asyncio, as cells see it."""
from nest_asyncio import apply, run  # noqa: F401
