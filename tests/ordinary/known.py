"""Programs that differ in the sandbox, "topic.name" (or "topic.name.mode") -> why; each is an expected failure, and strict."""
KNOWN = {}
