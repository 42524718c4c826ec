"""The first page: what to open."""
