"""The training loop of a fold.

All that is random in a step is drawn from seeds made of the run's seed, the fold, the epoch, the step
and the device, so that a run that was killed goes on with the very numbers it would have had.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hrm_core.errors import Cancelled, UserError
from hrm_core.models.train.augment import Augment, normalised, plain
from hrm_core.models.train.batches import derived_seed, epoch_order, loaded, steps_of
from hrm_core.models.train.board import Board
from hrm_core.models.train.fold_job import EpochFacts, FoldJob, FoldResult, Watcher
from hrm_core.models.train.losses import action_weights, actions_loss, edge_loss, identity_loss
from hrm_core.models.train.make_network import make_network
from hrm_core.models.train.optim import learning_rate, make_optimiser
from hrm_core.models.train.session import Session
from hrm_core.models.train.state import read_state, write_state
from hrm_core.models.zoo import network
from hrm_core.progress import CancelToken, NoProgress, Progress

__all__ = ["LAST", "WEIGHTS", "train_fold"]

LAST, WEIGHTS = "last.ckpt", "weights.pth"

_THRESHOLD = 0.5
_OUT_OF_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")
# Batch normalisation needs two pictures.
_SMALLEST = 2
_AVERAGED_BY = 0.1


def train_fold(
    session: Session,
    job: FoldJob,
    folder: Path,
    board: Path,
    watcher: Watcher,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> FoldResult:
    """Train the network of a fold, or go on with it, and let it predict the held-out pictures.

    Parameters
    ----------
    session : Session
        The devices.
    job : FoldJob
        What is trained on.
    folder : pathlib.Path
        Of the fold: ``last.ckpt``, from which it goes on if that is there, and ``weights.pth``.
    board : pathlib.Path
        Folder of the curves for TensorBoard.
    watcher : Watcher
        Told of epochs.
    progress : Progress, optional
        Told of steps.
    cancel : CancelToken, optional
        Asked between steps; where training stands is kept.

    Raises
    ------
    UserError
        If the loss is no number, or not even two pictures fit into memory.
    InvalidFileError
        If the disk refuses or a file is damaged; the checkpoint before is intact.
    Cancelled
        On request.
    """
    for scratch in folder.glob(".*.part") if session.leads else ():
        # Of a process that was killed while it wrote: as large as a checkpoint.
        scratch.unlink()
    with _repeatable(session.device):
        training = _Training(session, job, folder, watcher)
        with Board(board if session.leads else None, training.done) as training.curves:
            training.run(progress or NoProgress(), cancel or CancelToken())
        return training.result()


@contextmanager
def _repeatable(device: torch.device) -> Iterator[None]:
    """On a CPU, choose arithmetic that gives the same numbers each time; on a card that costs too much."""
    if device.type != "cpu":
        yield
        return
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


class _Training:
    """One fold: its network, and where it stands."""

    curves: Board

    def __init__(self, session: Session, job: FoldJob, folder: Path, watcher: Watcher) -> None:
        self._session, self._job, self._folder, self._watcher = session, job, folder, watcher
        recipe, device = job.recipe, session.device
        self._epoch = self._step = self._best_epoch = 0
        self._best_loss, self._seconds, self._micro = math.inf, 0.0, job.micro_batch
        self._history: list[EpochFacts] = []
        self._bare, told = make_network(job, derived_seed(job.seed, job.number))
        self._bare.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._model, self._optimiser = session.set_up(self._bare, make_optimiser(self._bare, recipe))
        self._augment = Augment(recipe.augmentation, recipe.input_size)
        self._mean, self._std = (
            torch.tensor(values, device=device)[:, None, None] for values in (job.mean, job.std)
        )
        shown = job.truth[job.training] == 1
        self._truth = torch.from_numpy(job.truth).to(device)
        self._subjects = torch.from_numpy(job.subjects).to(device)
        self._rates = torch.from_numpy(shown.mean(axis=0, dtype=np.float32)).to(device)
        self._weights = action_weights(self._rates)
        # An action that is never there would only teach to deny it.
        self._learned = self._rates > 0
        self._probable = network(recipe.network).outputs[0] == "au_logits"
        self._steps_each = len(self._order(0))
        self._sums = torch.zeros(2 + 3 * job.truth.shape[1], dtype=torch.float64, device=device)
        self._unread: tuple[int, Tensor] | None = None
        self._average: dict[str, Tensor] = {}
        state = read_state(folder / LAST)
        if state is None:
            for sentence in told:
                watcher.said(sentence)
        else:
            self._restore(state)

    # ---- epochs ----------------------------------------------------------------------------

    @property
    def done(self) -> int:
        """Steps so far."""
        return self._epoch * self._steps_each + self._step

    def run(self, progress: Progress, cancel: CancelToken) -> None:
        """All epochs that are left."""
        recipe, patience = self._job.recipe, self._job.patience
        while self._epoch < recipe.epochs:
            if patience and self._epoch - self._best_epoch >= patience:
                self._watcher.said(f"Fold {self._job.number}: the loss has not fallen for {patience} epochs.")
                break
            number, epoch = self._job.number, self._epoch + 1
            title = f"Fold {number}, epoch {epoch} of {recipe.epochs}"
            if not number:
                title = f"All participants, epoch {epoch} of {recipe.epochs}"
            progress.start(title, self._steps_each)
            progress.advance(self._step)
            try:
                rate = self._train_epoch(progress, cancel)
            finally:
                progress.finish()
            self._end_epoch(rate)

    def _train_epoch(self, progress: Progress, cancel: CancelToken) -> float:
        """The steps that are left of an epoch; the last one's learning rate."""
        job, session = self._job, self._session
        begin, kept, rate = time.monotonic(), time.monotonic(), 0.0
        self._model.train()
        rows_of = self._order(self._epoch)[self._step :]
        with closing(loaded(job.faces, rows_of, pinned=session.device.type == "cuda")) as batches:
            for rows, pictures in batches:
                rate = learning_rate(job.recipe, self._epoch + self._step / self._steps_each)
                for group in self._optimiser.param_groups:
                    group["lr"] = rate * group["scale"]
                measured = session.summed(self._fitting(rows, pictures))
                self._sums += measured
                # One step late, so that a card never waits for this program to look.
                before, self._unread = self._unread, (self._step, measured)
                self._look(before)
                self._step += 1
                progress.advance()
                now = time.monotonic()
                stop = self._stopped(cancel)
                if (stop or now - kept >= job.checkpoint_seconds) and self._step < self._steps_each:
                    self._keep(now - begin)
                    kept = now
                if stop:
                    raise Cancelled(f"Stopped in fold {job.number}, epoch {self._epoch + 1}.")
        self._look(self._unread)
        self._unread = None
        self._seconds += time.monotonic() - begin
        return rate

    def _stopped(self, cancel: CancelToken) -> bool:
        """Whether to stop here: all processes at the same step, though each is told for itself."""
        if self._session.ranks == 1:
            return cancel.cancelled
        told = torch.tensor([float(cancel.cancelled)], device=self._session.device)
        return bool(self._session.summed(told) > 0)

    def _end_epoch(self, rate: float) -> None:
        job = self._job
        loss, pictures, *counts = self._sums.tolist()
        loss_inner, f1_inner = self._inner() if job.patience else (None, None)
        if loss_inner is not None and not math.isfinite(loss_inner):
            raise self._no_number(self._steps_each - 1)
        self._epoch += 1
        facts = EpochFacts(
            job.number,
            self._epoch,
            self._epoch * self._steps_each,
            loss / pictures,
            _mean_f1(np.reshape(counts, (3, -1))),
            rate,
            round(self._seconds, 3),
            int(pictures),
            loss_inner,
            f1_inner,
        )
        self._history.append(facts)
        if loss_inner is None or loss_inner < self._best_loss:
            self._best_epoch = self._epoch
            self._best_loss = math.inf if loss_inner is None else loss_inner
            # Before the checkpoint, so that who goes on from that finds these weights.
            if loss_inner is not None or self._epoch == job.recipe.epochs:
                self._write(WEIGHTS, self._sound(self._average or self._bare.state_dict()))
        self._step, self._seconds = 0, 0.0
        self._sums.zero_()
        self._keep(0.0)
        measured = {"loss": facts.loss, "f1": facts.f1_training, "rate": rate}
        if loss_inner is not None and f1_inner is not None:
            measured |= {"loss, inner": loss_inner, "f1, inner": f1_inner}
        self.curves.point(facts.step - 1, **{f"epoch/{name}": value for name, value in measured.items()})
        self._watcher.epoch(self._history)

    def _order(self, epoch: int) -> list[NDArray[np.int64]]:
        job, session = self._job, self._session
        seed = derived_seed(job.seed, job.number, epoch)
        order = epoch_order(job.training, job.truth[job.training], job.recipe.sampling, seed)
        return steps_of(order, job.recipe.batch_size, session.rank, session.ranks)

    # ---- steps -----------------------------------------------------------------------------

    def _fitting(self, rows: NDArray[np.int64], pictures: Tensor) -> Tensor:
        """A step, in smaller parts from now on if memory does not suffice."""
        while True:
            try:
                return self._one_step(rows, pictures)
            except RuntimeError as error:
                if not any(words in str(error) for words in _OUT_OF_MEMORY):
                    raise
                self._halve(min(self._micro, len(rows)), error)

    def _halve(self, pictures: int, error: RuntimeError) -> None:
        half = pictures // 2
        if half < _SMALLEST or self._session.ranks > 1:
            raise UserError(
                f"{pictures} pictures at once do not fit into memory: close other programs, or start again "
                "with a smaller --batch-size."
            ) from error
        self._optimiser.zero_grad()
        if self._session.device.type == "cuda":
            torch.cuda.empty_cache()
        self._micro = half
        self._watcher.said(
            f"{pictures} pictures at once do not fit into memory: from now on {half} at once, and a step "
            f"still learns from {self._job.recipe.batch_size}."
        )

    def _one_step(self, rows: NDArray[np.int64], pictures: Tensor) -> Tensor:
        """Learn from a batch: what was measured, as :attr:`_sums` adds it up."""
        session, recipe = self._session, self._job.recipe
        torch.manual_seed(
            derived_seed(self._job.seed, self._job.number, self._epoch, self._step, session.rank + 1)
        )
        places = torch.from_numpy(rows).to(session.device)
        with torch.no_grad():
            views = self._augment(pictures.to(session.device, non_blocking=True))
            views = self._normalised(views)
        parts = -(-len(rows) // self._micro)
        while parts > 1 and len(rows) // parts < _SMALLEST:
            parts -= 1
        measured = torch.zeros_like(self._sums)
        for number, (part, view) in enumerate(
            zip(places.tensor_split(parts), views.tensor_split(parts), strict=True), 1
        ):
            with session.quietly(self._model, more=number < parts):
                outputs = self._model(view)
                loss = self._loss(outputs, part)
                session.backward(loss * (len(part) / len(rows)))
            measured += self._measured(loss.detach(), outputs, part)
        if recipe.clip_norm is not None:
            session.clip(self._model, self._optimiser, recipe.clip_norm)
        self._optimiser.step()
        self._optimiser.zero_grad()
        self._add_to_average()
        return measured

    def _add_to_average(self) -> None:
        """Average weights and running statistics exponentially over the last steps."""
        job = self._job
        total = job.recipe.epochs * self._steps_each
        if job.patience or self.done < (1 - job.recipe.averaged) * total:
            return
        now = self._bare.state_dict()
        if not self._average:
            self._average = {key: value.clone() for key, value in now.items()}
        for key, value in self._average.items():
            if value.is_floating_point():
                value.lerp_(now[key], _AVERAGED_BY)
            else:
                value.copy_(now[key])

    def _loss(self, outputs: Any, places: Tensor) -> Tensor:
        recipe = self._job.recipe
        first, *more = outputs if isinstance(outputs, tuple) else (outputs,)
        truth = self._truth[places].float()
        loss = self._action_loss(first, truth)
        known = self._learned.expand_as(truth)
        for name, output in zip(network(recipe.network).outputs[1:], more, strict=True):
            if name == "edge_logits":
                loss = loss + recipe.edge_weight * edge_loss(output.float(), truth, known)
            else:
                loss = loss + identity_loss(output.float(), self._subjects[places])
        return loss

    def _action_loss(self, outputs: Tensor, truth: Tensor) -> Tensor:
        return actions_loss(
            self._job.recipe.loss,
            outputs.float(),
            truth,
            weights=self._weights,
            rates=self._rates,
            known=self._learned.expand_as(truth),
        )

    def _measured(self, loss: Tensor, outputs: Any, places: Tensor) -> Tensor:
        first = outputs[0] if isinstance(outputs, tuple) else outputs
        said = self._probabilities(first.detach().float()) >= _THRESHOLD
        shown = self._truth[places] == 1
        both, only_said, only_shown = said & shown, said & ~shown, ~said & shown
        counts = torch.stack([each.sum(0) for each in (both, only_said, only_shown)]).flatten()
        return torch.cat(
            [loss.double()[None] * len(places), loss.new_tensor([len(places)]).double(), counts.double()]
        )

    def _look(self, unread: tuple[int, Tensor] | None) -> None:
        """Read what a step measured, and stop if that is no number."""
        if unread is None:
            return
        step, measured = unread
        loss = float(measured[0] / measured[1])
        if not math.isfinite(loss):
            raise self._no_number(step)
        self.curves.point(self._epoch * self._steps_each + step, **{"step/loss": loss})

    def _no_number(self, step: int) -> UserError:
        return UserError(
            f"The loss is no number any more in fold {self._job.number}, epoch {self._epoch + 1}, "
            f"step {step + 1} of {self._steps_each}: start a new run with a lower --learning-rate, or with "
            "--precision 32-true; the last checkpoint is from before."
        )

    def _normalised(self, views: Tensor) -> Tensor:
        return normalised(views, self._job.recipe, self._mean, self._std)

    # ---- looking at pictures without learning ----------------------------------------------

    def _probabilities(self, outputs: Tensor) -> Tensor:
        return torch.sigmoid(outputs) if self._probable else outputs.clamp(0, 1)

    @torch.no_grad()
    def _outputs(self, rows: NDArray[np.int64]) -> Tensor:
        """First outputs on pictures as they are, float32 [n, n_actions], each seen by one device."""
        session, job = self._session, self._job
        if not len(rows):
            return torch.empty((0, job.truth.shape[1]), device=session.device)
        session.same_buffers(self._bare)
        self._model.eval()
        each = -(-len(rows) // session.ranks)
        mine = (
            np.resize(rows[session.rank :: session.ranks], each) if len(rows) > session.rank else rows[:each]
        )
        batches = [mine[first : first + self._micro] for first in range(0, each, self._micro)]
        found = []
        with closing(loaded(job.faces, batches, pinned=session.device.type == "cuda")) as pictures:
            for _, batch in pictures:
                views = self._normalised(plain(batch.to(session.device, non_blocking=True), job.recipe))
                outputs = self._model(views)
                found.append((outputs[0] if isinstance(outputs, tuple) else outputs).float())
        return session.gathered(torch.cat(found)).transpose(0, 1).flatten(0, 1)[: len(rows)]

    def _inner(self) -> tuple[float, float]:
        """Loss and mean F1 on the pictures that tell when to stop."""
        rows = self._job.inner
        outputs = self._outputs(rows)
        truth = self._truth[torch.from_numpy(rows).to(self._session.device)]
        loss = float(self._action_loss(outputs, truth.float()))
        said, shown = self._probabilities(outputs) >= _THRESHOLD, truth == 1
        counts = torch.stack([each.sum(0) for each in (said & shown, said & ~shown, ~said & shown)])
        return loss, _mean_f1(counts.cpu().numpy())

    def result(self) -> FoldResult:
        """Predictions of the weights that were taken."""
        if self._job.patience:
            weights = read_state(self._folder / WEIGHTS)
            assert weights is not None
            self._bare.load_state_dict(weights)
        elif self._average:
            self._bare.load_state_dict(self._average)
        said = self._probabilities(self._outputs(self._job.held_out)).cpu().numpy()
        return FoldResult(said, tuple(self._history), self._best_epoch, self._micro)

    # ---- where it stands -------------------------------------------------------------------

    def _keep(self, seconds: float) -> None:
        self._look(self._unread)
        values = {
            "model": self._sound(self._bare.state_dict()),
            "optimiser": self._optimiser.state_dict(),
            "scaler": self._session.scaler_state(),
            "epoch": self._epoch,
            "step": self._step,
            "sums": self._sums,
            "seconds": self._seconds + seconds,
            "history": [asdict(facts) for facts in self._history],
            "best_epoch": self._best_epoch,
            "best_loss": self._best_loss,
            "micro_batch": self._micro,
            "average": self._average,
        }
        self._write(LAST, values)

    def _write(self, name: str, values: dict[str, Any]) -> None:
        if self._session.leads:
            write_state(self._folder / name, values)

    def _sound(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """The same, unless a number among them is none: such weights must not replace sound ones."""
        finite = [each.isfinite().all() for each in weights.values() if each.is_floating_point()]
        if not bool(torch.stack(finite).all()):
            raise self._no_number(max(self._step - 1, 0))
        return weights

    def _restore(self, state: dict[str, Any]) -> None:
        self._bare.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._session.set_scaler_state(state["scaler"])
        self._epoch, self._step, self._seconds = state["epoch"], state["step"], state["seconds"]
        self._sums.copy_(state["sums"])
        self._average = {key: value.to(self._session.device) for key, value in state["average"].items()}
        self._history = [EpochFacts(**facts) for facts in state["history"]]
        self._best_epoch, self._best_loss = state["best_epoch"], state["best_loss"]
        self._micro = min(self._micro, state["micro_batch"])


def _mean_f1(counts: NDArray[Any]) -> float:
    """Mean F1 over actions that are there or were said to be; of counts of hits, false alarms, misses."""
    hits, false_alarms, misses = counts
    there = hits + false_alarms + misses > 0
    if not there.any():
        return 0.0
    return float((2 * hits[there] / (2 * hits + false_alarms + misses)[there]).mean())
