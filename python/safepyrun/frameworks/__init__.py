"""The sandbox as other frameworks expect it: `smolagents`, `pydantic_ai`, `langchain`. Each needs its framework, an extra of this package."""
