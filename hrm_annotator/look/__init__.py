"""Colours of the chrome; colours of data are in :mod:`hrm_core.palette`."""
