"""Regressors of atypicality: from actions over 15 frames to one score."""

from __future__ import annotations

from torch import Tensor, nn

from hrm_core.models.nets.precision import no_autocast

__all__ = ["BiLstmRegressor", "GruRegressor"]

_DROPOUT = 0.5


class GruRegressor(nn.Module):
    """Two GRU layers, whose last step is read.

    Parameters
    ----------
    num_actions : int
        How many actions it is told of.
    hidden : int
        Length of its state.
    """

    def __init__(self, num_actions: int, hidden: int = 128) -> None:
        super().__init__()
        self.gru = nn.GRU(num_actions, hidden, num_layers=2, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, actions: Tensor) -> Tensor:
        """From [B, frames, num_actions] of 0 and 1 to scores [B, 1]."""
        states, _ = self.gru(actions)
        return self.fc(states[:, -1])


class BiLstmRegressor(nn.Module):
    """Two LSTM layers in both directions, whose last step is read.

    The states begin at zero.  The published script draws them from a normal distribution
    each time, also when it predicts: its scores cannot be had twice.

    Parameters
    ----------
    num_actions : int
        How many actions it is told of.
    hidden : int
        Length of its state in each direction.
    """

    def __init__(self, num_actions: int, hidden: int = 128) -> None:
        super().__init__()
        self.lstm = nn.LSTM(num_actions, hidden, num_layers=2, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(_DROPOUT)
        self.fc = nn.Linear(2 * hidden, 1)

    def forward(self, actions: Tensor) -> Tensor:
        """From [B, frames, num_actions] of 0 and 1 to scores [B, 1]."""
        # Not every processor's library has this layer in mixed precision.
        with no_autocast(actions.device):
            states, _ = self.lstm(actions.to(self.fc.weight.dtype))
        return self.fc(self.dropout(states[:, -1]))
