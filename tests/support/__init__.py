"""What several test folders share: builders, contract suites, checks for leftovers."""
