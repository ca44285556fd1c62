#!/usr/bin/python3
"""Search for good settings of a gradient-boosting classifier, on all cores.

An everyday scikit-learn program: the fits run in joblib's worker processes (loky), and nothing
here cares about signals. Needs scikit-learn (Debian: apt-get install python3-sklearn, which
serves /usr/bin/python3).
"""

import argparse
import sys
import time

try:
    from joblib import Parallel, delayed
    from sklearn.datasets import load_digits
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.model_selection import ParameterGrid, StratifiedKFold, train_test_split
except ImportError as error:
    sys.exit(
        f"train_sklearn.py: {sys.executable} has no {error.name}; "
        "install python3-sklearn and use /usr/bin/python3, or: python3 -m pip install scikit-learn"
    )

from progress import report_progress

SEED = 7
FOLDS = 3
GRID = {"learning_rate": [0.1, 0.2, 0.4], "max_depth": [2, 3], "max_features": [8, 16]}
TREES = 50


class ReportingParallel(Parallel):
    """Reports each fit as it ends; joblib calls `print_progress` in the main process after every task."""

    def __init__(self, total, **options):
        super().__init__(**options)
        self.total = total

    def print_progress(self):
        report_progress(self.n_completed_tasks, self.total, "fits")


def fit_fold(trees, settings, fold, images, digits, training, test):
    """The accuracy on one fold, printed in the worker as soon as it is known."""
    started = time.monotonic()
    model = GradientBoostingClassifier(n_estimators=trees, random_state=SEED, **settings)
    model.fit(images[training], digits[training])
    accuracy = model.score(images[test], digits[test])
    named = " ".join(f"{name}={value}" for name, value in settings.items())
    # flush: a worker's stdout is a file or pipe here, and its buffer would be seen only at the end.
    print(f"fit {named} fold {fold}: accuracy {accuracy:.3f} in {time.monotonic() - started:.1f} s", flush=True)
    return accuracy


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=1.0, help="scales the trees per model, and so the time")
    parser.add_argument("--jobs", type=int, default=-1, help="worker processes, -1 for one per core")
    args = parser.parse_args()
    trees = max(1, round(TREES * args.size))

    images, digits = load_digits(return_X_y=True)
    images, held_back, digits, held_back_digits = train_test_split(images, digits, random_state=SEED, stratify=digits)
    candidates = list(ParameterGrid(GRID))
    folds = list(StratifiedKFold(FOLDS).split(images, digits))
    total = len(candidates) * len(folds)
    print(f"{len(candidates)} candidates, {FOLDS} folds, {total} fits of {trees} rounds", flush=True)
    report_progress(0, total, "fits")

    # One fit per batch: joblib would otherwise collect the quick ones and report them together.
    accuracies = ReportingParallel(total, n_jobs=args.jobs, batch_size=1)(
        delayed(fit_fold)(trees, settings, fold, images, digits, training, test)
        for settings in candidates
        for fold, (training, test) in enumerate(folds, start=1)
    )

    means = [sum(accuracies[i : i + FOLDS]) / FOLDS for i in range(0, total, FOLDS)]
    best = candidates[means.index(max(means))]
    model = GradientBoostingClassifier(n_estimators=trees, random_state=SEED, **best).fit(images, digits)
    print(f"best: {best}, mean accuracy {max(means):.3f}")
    print(f"accuracy on {len(held_back)} digits held back: {model.score(held_back, held_back_digits):.3f}")


if __name__ == "__main__":
    main()
