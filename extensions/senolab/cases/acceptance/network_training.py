"""The small network of the acceptance: its training in folds by woman, and what it is worth."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from .discrimination import area

FOLDS = 3
_EPOCHS, _BATCH = 40, 64
_MIDDLE, _SPREAD = 2000.0, 800.0  # fixed grey normalisation: what vendor A's images are about, as shown
_RESAMPLES = 1000


@dataclass(frozen=True)
class Fold:
    """One fold.

    Attributes
    ----------
    test
        Places of the patches that were not trained on.
    scores
        Vendor -> scores of these patches.
    """

    test: np.ndarray
    scores: dict[str, np.ndarray]


def trained(
    images: np.ndarray, shown: dict[str, np.ndarray], ill: np.ndarray, fold: np.ndarray
) -> list[Fold]:
    """Train one network for each fold of women, and score the others' patches as each vendor shows them.

    Parameters
    ----------
    images : ndarray, shape (patches, rows, columns)
        To train on.
    shown
        Vendor -> the same patches.
    ill : ndarray of bool, shape (patches,)
    fold : ndarray of int, shape (patches,)
        Number of the patch's fold, from 0 to `FOLDS` - 1; all patches of a woman have one.
    """
    folds = []
    for number in range(FOLDS):
        test = np.flatnonzero(fold == number)
        train = np.flatnonzero(fold != number)
        network = _trained(images[train], ill[train], seed=number)
        scores = {vendor: _scores(network, of_vendor[test]) for vendor, of_vendor in shown.items()}
        folds.append(Fold(test, scores))
    return folds


def _network(torch: Any) -> Any:
    """About 19 thousand parameters; the mean over the places makes it blind to where the mass lies."""
    nn, layers, wide = torch.nn, [], 1
    for more in (12, 24, 32, 32):
        layers += [nn.Conv2d(wide, more, 3, padding=1), nn.BatchNorm2d(more), nn.ReLU(), nn.MaxPool2d(2)]
        wide = more
    return nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(wide, 1))


def _trained(images: np.ndarray, ill: np.ndarray, *, seed: int) -> Any:
    """Train with turned and mirrored patches; one thread, so that the same patches give the same network."""
    torch = import_module("torch")
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    network, rng = _network(torch), np.random.default_rng(seed)
    x, y = _tensor(torch, images), torch.tensor(ill.astype(np.float32))
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-3)
    steps = _EPOCHS * -(-len(y) // _BATCH)
    slower = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    for _ in range(_EPOCHS):
        for some in np.array_split(rng.permutation(len(y)), -(-len(y) // _BATCH)):
            turned = torch.rot90(x[some], int(rng.integers(4)), (2, 3))
            turned = turned.flip(3) if rng.random() < 0.5 else turned
            loss = torch.nn.functional.binary_cross_entropy_with_logits(network(turned)[:, 0], y[some])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            slower.step()
    return network.eval()


def _tensor(torch: Any, images: np.ndarray) -> Any:
    """Normalise grey values in a fixed way."""
    return torch.tensor((images[:, None] - _MIDDLE) / _SPREAD, dtype=torch.float32)


def _scores(network: Any, images: np.ndarray) -> np.ndarray:
    torch = import_module("torch")
    with torch.no_grad():
        return network(_tensor(torch, images))[:, 0].numpy()


@dataclass(frozen=True)
class Areas:
    """Areas under the curve with their 95 % intervals, by drawing women with all of their patches.

    A network's scores are compared within its fold alone; the areas of the folds are averaged.
    """

    folds: list[Fold]
    ill: np.ndarray
    owner: np.ndarray

    def of(self, vendor: str, *, among: np.ndarray | None = None) -> tuple[float, float, float]:
        """Area and interval; `among` some women (bool, shape (women,))."""
        return self._interval({vendor: 1.0}, among)

    def drop(self, one: str, other: str) -> tuple[float, float, float]:
        """By how much the area falls from one vendor to another, for the same women."""
        return self._interval({one: 1.0, other: -1.0}, None)

    def _interval(self, weights: dict[str, float], among: np.ndarray | None) -> tuple[float, float, float]:
        rng = np.random.default_rng(0)
        women = np.ones(self.owner.max() + 1, bool) if among is None else among
        value = self._mean(weights, women, None)
        drawn = [self._mean(weights, women, rng) for _ in range(_RESAMPLES)]
        low, high = np.quantile(drawn, [0.025, 0.975])
        return value, float(low), float(high)

    def _mean(self, weights: dict[str, float], women: np.ndarray, rng: np.random.Generator | None) -> float:
        """Mean over the folds of the weighted areas; of women that are drawn, where there is a stream."""
        found = []
        for fold in self.folds:
            hers = self.owner[fold.test]
            there = np.unique(hers[women[hers]])
            drawn = there if rng is None else rng.choice(there, len(there))
            at = np.concatenate([np.flatnonzero(hers == woman) for woman in drawn])
            ill = self.ill[fold.test][at]
            found.append(sum(w * area(fold.scores[v][at], ill) for v, w in weights.items()))
        return float(np.mean(found))
