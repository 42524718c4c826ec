"""How far codings agree, and what is decided where they do not."""
