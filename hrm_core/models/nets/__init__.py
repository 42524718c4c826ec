"""Networks in plain PyTorch, one family per file; :mod:`hrm_core.models.zoo` gives them their names."""
