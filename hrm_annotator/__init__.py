"""The desktop application in which coders code, judges rate and methodologists look.

It calls :mod:`hrm_core.workflows` and nothing deeper.
"""
