"""Networks: their cards, their weights, and running them.

Importing this package loads neither PyTorch nor ONNX Runtime.
"""

from hrm_core.models.checkpoint import LoadReport, load_checkpoint
from hrm_core.models.zoo import create_model, list_models

__all__ = ["LoadReport", "create_model", "list_models", "load_checkpoint"]
