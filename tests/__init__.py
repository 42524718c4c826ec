"""Tests of HRM Annotator; `tests.support` is shared by all of them."""
