"""Side by side or one by one, networks learn the same; what cannot be learned from is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hrm_core.errors import Cancelled, InvalidFileError, UserError
from hrm_core.models.train.regressors import Chance, Training, choose_device, save_weights, train_regressors
from hrm_core.models.train.sequence_recipes import SequenceRecipe, sequence_recipe
from hrm_core.models.train.windows import Windows, make_windows
from hrm_core.models.zoo import create_model
from hrm_core.progress import CancelToken
from tests.support.rated_windows import synthetic_segments

HIDDEN = 6
RECIPE = replace(sequence_recipe("hrm"), epochs=4, batch_size=16, learning_rate=1e-3, plateau_patience=0)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Matrices as small as these take longer on two cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def windows() -> Windows:
    return make_windows(synthetic_segments(4, 2, frames=28))


def trainings(windows: Windows) -> list[Training]:
    """Two of different lengths, and so different numbers of batches; the last batches are not full."""
    return [
        Training(1, 1, windows.of(["1", "2"])[:50], windows.of(["3"]), windows.of(["4"])),
        Training(1, 2, windows.of(["3"])[:23], windows.of(["1"]), windows.of(["2"])),
        Training(2, 1, windows.of(["4"]), windows.of(["2"]), windows.of(["1", "3"])),
        Training(2, 2, windows.of(["1"]), windows.of(["2"]), windows.of(["3"])),
    ]


def plain(
    name: str, windows: Windows, training: Training, recipe: SequenceRecipe
) -> tuple[list[list[float]], list[float]]:
    """Losses of each epoch and scores of the test windows, by PyTorch's layers, one batch after the other."""
    chance = Chance(7, training.repeat, training.fold)
    model = chance.network(name, windows.table.shape[1], HIDDEN)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, patience=0, factor=0.1)
    criterion = torch.nn.HuberLoss(delta=1.0)
    codes = torch.tensor(windows.table[windows.rows()], dtype=torch.float32)
    labels = torch.tensor(windows.labels, dtype=torch.float32)

    def says(chosen: torch.Tensor) -> torch.Tensor:
        model.eval()
        with torch.no_grad():
            return model(codes[chosen]).squeeze(-1)

    losses, best, scores = [], np.inf, []
    for _ in range(recipe.epochs):
        model.train()
        seen = []
        for batch in torch.from_numpy(training.training)[chance.order(len(training.training))].split(
            recipe.batch_size
        ):
            optimiser.zero_grad()
            if name == "bilstm":
                factors = chance.dropped(recipe.batch_size, 2 * HIDDEN)[: len(batch)]
                said = model.fc(model.lstm(codes[batch])[0][:, -1] * factors).squeeze(-1)
            else:
                said = model(codes[batch]).squeeze(-1)
            loss = criterion(said, labels[batch])
            loss.backward()
            optimiser.step()
            seen.append(loss.item())
        held = torch.from_numpy(training.validation)
        validation = criterion(says(held), labels[held]).item()
        mse = (says(held) - labels[held]).square().mean().item()
        losses.append([float(np.mean(seen)), validation, mse, optimiser.param_groups[0]["lr"]])
        plateau.step(validation)
        if mse < best:
            best, scores = mse, says(torch.from_numpy(training.test)).tolist()
    return losses, scores


@pytest.mark.parametrize("name", ["gru", "bilstm"])
def test_losses_and_scores_are_those_of_the_plain_loop(name: str, windows: Windows) -> None:
    chosen = trainings(windows)
    found = train_regressors(name, windows, windows.labels, chosen, RECIPE, seed=7, hidden=HIDDEN)
    for training, trained in zip(chosen, found, strict=True):
        losses, scores = plain(name, windows, training, RECIPE)
        mine = [[each.loss, each.validation_loss, each.validation_mse, each.rate] for each in trained.epochs]
        np.testing.assert_allclose(mine, losses, atol=1e-4)
        np.testing.assert_allclose(trained.scores, scores, atol=1e-4)
        model = create_model(name, windows.table.shape[1], hidden=HIDDEN).eval()
        model.load_state_dict(trained.state)
        codes = torch.tensor(windows.table[windows.rows(training.test)], dtype=torch.float32)
        with torch.no_grad():
            np.testing.assert_allclose(model(codes).squeeze(-1), trained.scores, atol=1e-5)


def test_the_best_epoch_is_that_of_the_validation_windows(windows: Windows) -> None:
    (found, *_) = train_regressors(
        "gru", windows, windows.labels, trainings(windows)[:1], RECIPE, hidden=HIDDEN
    )
    mse = [each.validation_mse for each in found.epochs]
    assert found.best_epoch == 1 + mse.index(min(mse))


def test_published_figures_are_means_over_batches(windows: Windows) -> None:
    training = trainings(windows)[2:3]
    still = replace(RECIPE, epochs=1, learning_rate=0.0, weight_decay=0.0)
    (pooled,) = train_regressors("gru", windows, windows.labels, training, still, hidden=HIDDEN)
    (cut,) = train_regressors("gru", windows, windows.labels, training, still, hidden=HIDDEN, per_batch=True)
    # Twenty-eight windows in batches of sixteen: those of the second count more.
    model = Chance(0, 2, 1).network("gru", windows.table.shape[1], HIDDEN).eval()
    held = training[0].validation
    with torch.no_grad():
        scores = (
            model(torch.tensor(windows.table[windows.rows(held)], dtype=torch.float32)).squeeze(-1).numpy()
        )
    squares = (scores - windows.labels[held]) ** 2
    assert pooled.epochs[0].validation_mse == pytest.approx(squares.mean(), rel=1e-5)
    assert cut.epochs[0].validation_mse == pytest.approx(
        (squares[:16].mean() + squares[16:].mean()) / 2, rel=1e-5
    )
    assert abs(pooled.epochs[0].validation_mse - cut.epochs[0].validation_mse) > 1e-4


def test_shuffling_moves_whole_actions_of_its_share_of_windows() -> None:
    places = Chance(0, 1, 1).shuffled(400, 5, 0.7)
    assert torch.equal(places.sort(dim=1).values, torch.arange(5).expand(400, 5))
    moved = (places != torch.arange(5)).any(dim=1).float().mean()
    assert 0.6 < moved < 0.8
    assert torch.equal(Chance(0, 1, 1).shuffled(9, 5, 0.0), torch.arange(5).expand(9, 5))


def test_the_small_preset_begins_at_the_mean(windows: Windows) -> None:
    still = replace(sequence_recipe("small"), epochs=1, learning_rate=0.0, weight_decay=0.0)
    training = trainings(windows)[0]
    (found,) = train_regressors("gru", windows, windows.labels, [training], still, hidden=HIDDEN)
    assert float(found.state["fc.bias"]) == pytest.approx(windows.labels[training.training].mean(), rel=1e-6)


def test_a_loss_that_is_no_number_is_said(windows: Windows) -> None:
    labels = windows.labels.copy()
    labels[trainings(windows)[1].training[0]] = np.nan
    with pytest.raises(UserError, match="loss of gru is no number any more in epoch 1 of repeat 1, fold 2"):
        train_regressors("gru", windows, labels, trainings(windows)[1:2], RECIPE, hidden=HIDDEN)


def test_it_stops_on_request(windows: Windows) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        train_regressors(
            "gru", windows, windows.labels, trainings(windows), RECIPE, hidden=HIDDEN, cancel=cancel
        )


def test_threads_are_given_back(windows: Windows) -> None:
    before = torch.get_num_threads()
    train_regressors("gru", windows, windows.labels, trainings(windows)[:1], RECIPE, hidden=HIDDEN)
    assert torch.get_num_threads() == before


def test_no_graphics_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert (choose_device("auto"), choose_device("cpu")) == ("cpu", "cpu")
    with pytest.raises(UserError, match="no graphics card"):
        choose_device("cuda")


def test_weights_are_written_as_published(windows: Windows, tmp_path: Path) -> None:
    (found,) = train_regressors("gru", windows, windows.labels, trainings(windows)[:1], RECIPE, hidden=HIDDEN)
    save_weights(tmp_path / "fold-1" / "gru.pth", found)
    kept = torch.load(tmp_path / "fold-1" / "gru.pth", weights_only=True)
    assert kept["epoch"] == found.best_epoch
    assert all(torch.equal(kept["state_dict"][key], value) for key, value in found.state.items())
    (tmp_path / "file").touch()
    with pytest.raises(InvalidFileError, match="could not be written"):
        save_weights(tmp_path / "file" / "gru.pth", found)
