"""Networks: their cards, and where their weights are kept."""
