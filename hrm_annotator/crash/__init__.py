"""When it goes wrong and it is our fault."""
