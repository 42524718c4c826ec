"""The building code: rooms, libraries, sizes, start-up, docstrings; each fence is shown to bite."""
