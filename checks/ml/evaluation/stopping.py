"""What must hold of ``EarlyStopping.update``. Oracle: plain loops."""

import math

from checks.language import Piece
from checks.ml.evaluation.shared import SCRATCH


def courses(rng):
    """Losses in eighths, which computers hold exactly, so that no rounding decides."""
    yield dict(losses=[2.5, 1.25, 0.75, 1.125, 1.375], patience=2, min_delta=0.0)
    yield dict(losses=[1.0], patience=1, min_delta=0.0)
    yield dict(losses=[math.nan, math.nan], patience=2, min_delta=0.0)
    yield dict(losses=[1.0, 1.0], patience=1, min_delta=0.0)
    yield dict(losses=[3.0, 4.0, 2.0, 3.0, 2.5, 1.0], patience=3, min_delta=0.0)
    yield dict(losses=[3.0, 2.75, 2.5, 2.25, 2.0], patience=3, min_delta=0.25)
    yield dict(losses=[3.0, 2.875, 2.75, 2.625, 2.5, 2.375], patience=2, min_delta=0.25)
    yield dict(losses=[4.0, 5.0, 4.5, 4.25], patience=2, min_delta=0.0)
    yield dict(losses=[math.nan, 2.0, math.nan, math.nan], patience=2, min_delta=0.0)
    for n, patience, delta in ((6, 1, 0.0), (12, 3, 0.5), (20, 2, 0.125)):
        yield dict(losses=(rng.integers(1, 40, size=n) / 8).tolist(), patience=patience, min_delta=delta)


def watched(losses, patience, min_delta):
    best, when, answers = math.inf, None, []
    for epoch, loss in enumerate(losses):
        if best - loss > min_delta:
            best, when = loss, epoch
        answers.append((epoch - when if when is not None else epoch + 1) >= patience)
    waited = len(losses) - 1 - when if when is not None else len(losses)
    return dict(answers=answers, best_loss=best, best_epoch=when, waited=waited, epochs=len(losses))


update = Piece("ml.evaluation:EarlyStopping.update", forbid=SCRATCH)
update.asks(
    """
    stopping = EarlyStopping(patience, min_delta)
    answers = [stopping.update(loss) for loss in losses]
    dict(answers=answers, best_loss=stopping.best_loss_, best_epoch=stopping.best_epoch_,
         waited=stopping.waited_, epochs=stopping.epochs_)
    """,
    "the answers to a course of losses, and what is remembered at its end",
    cases=courses,
    answer=watched,
)
BETTER = "loss < self.best_loss_ - self.min_delta"
for sentence, test in (
    ("An equal loss counts as an improvement: it has to be lower.", BETTER.replace("<", "<=")),
    ("min_delta is not used.", "loss < self.best_loss_"),
    ("min_delta is added: a loss has to be lower than the best by more than it.", BETTER.replace("-", "+")),
    ("Even a first loss of NaN is an improvement here: compare it, too.", f"self.best_epoch_ is None or {BETTER}"),
    ("NaN is neither less nor greater: it ended up among the improvements.", "not " + BETTER.replace("<", ">=")),
):
    update.mistake(sentence, BETTER, test)
update.mistake(
    "Waiting goes on after an improvement: only losses in a row count.", "self.epochs_, 0", "self.epochs_, self.waited_"
)
update.mistake(
    "The answer is True only once: whoever goes on must be told again.", ">= self.patience", "== self.patience"
)
update.mistake(
    "epochs_ grows with every loss, not in one branch only.", "    self.epochs_ += 1", "        self.epochs_ += 1"
)
update.mistake("This stops one epoch late.", "self.waited_ >= self.patience", "self.waited_ > self.patience")
update.mistake(
    "Each loss is compared with the last: compare with the best.", "else:", "else:\n        self.best_loss_ = loss"
)
update.mistake(
    "Epochs are counted from 0, so the first has number 0.", "loss, self.epochs_, 0", "loss, self.epochs_ + 1, 0"
)
update.mistake(
    "Too small a gain set a new best loss.", "else:", "else:\n        self.best_loss_ = min(loss, self.best_loss_)"
)
update.hint("Two branches: an improvement sets three attributes, anything else adds 1 to one of them.")
update.hint("`epochs_` grows in both branches. Is it to grow before or after `best_epoch_` is set?")
