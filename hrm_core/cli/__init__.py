"""The command ``hrm``: words typed in a terminal, one file per verb, thin."""
