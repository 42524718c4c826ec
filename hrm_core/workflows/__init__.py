"""The verbs: the only room that joins rooms.

The window and the command line call these and nothing deeper.
"""
