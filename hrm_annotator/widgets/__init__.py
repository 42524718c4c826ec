"""Small shared parts that know no session."""
