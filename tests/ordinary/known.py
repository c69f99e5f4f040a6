"""Programs that differ in the sandbox, "topic.name" (or "topic.name.mode") -> why; each is an expected failure, and strict."""
KNOWN = {
    "refused.pickle_builtins": "the stand-ins of getattr and the like do not pickle by name",
    "refused.closure_cells": "cells of closures and code objects are the interpreter's",
}
