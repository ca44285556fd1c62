#!/usr/bin/env python3
"""Train a small neural network on handwritten digits with several worker processes.

Python 3.9 or later, standard library only. SIGTERM and Ctrl+C stop it within a second: the
checkpoint is saved and no worker stays behind; the exit code is 143 or 130. Started again
with the same checkpoint it continues where it was and ends with the same weights.
"""

import signal

# Ctrl+C during the imports ends the program quietly; StopRequest takes over in main().
signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import csv
import os
import random
import sys
import time

import checkpoint
import network
from gradient_workers import GradientWorkers, Interrupted
from progress import report_progress
from stop_request import StopRequest

SEED = 7
HIDDEN_UNITS = 16
CLASSES = 10
BATCH = 48
RATE = 0.6
BRIGHTEST_PIXEL = 16
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "digits.csv")


def load_examples(path):
    """`(training, test)`: lists of `([pixel, 0 to 1], label)`; every fifth row is for the test."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = [[int(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    examples = [([pixel / BRIGHTEST_PIXEL for pixel in row[:-1]], row[-1]) for row in rows]
    return [e for i, e in enumerate(examples) if i % 5], examples[::5]


def train_epoch(weights, epoch, count, workers, stop):
    """`(weights, mean loss)` after one pass over all training examples."""
    order = list(range(count))
    # Seeded per epoch, so that a resumed run sees the same batches as an uninterrupted one.
    random.Random(SEED + epoch).shuffle(order)
    summed_loss = 0.0
    for start in range(0, count, BATCH):
        picked = order[start : start + BATCH]
        total, loss = workers.gradient(weights, picked, stop)
        weights = network.step(weights, total, RATE / len(picked))
        summed_loss += loss
    return weights, summed_loss / count


def train(args, stop):
    training, test = load_examples(args.data)
    inputs = len(training[0][0])
    epoch, weights = 0, network.new_weights(inputs, HIDDEN_UNITS, CLASSES, SEED)
    resumed = checkpoint.load(args.checkpoint) if args.checkpoint else None
    if resumed:
        epoch, weights = resumed
        if network.shape(weights) != (inputs, HIDDEN_UNITS, CLASSES):
            raise checkpoint.UnusableCheckpoint(f"{args.checkpoint} is of another network; remove it to start again")
        print(f"resumed after epoch {epoch} from {args.checkpoint}", flush=True)
    report_progress(epoch, args.epochs, "starting")
    with GradientWorkers(args.workers, training) as workers:
        print(f"{len(training)} training and {len(test)} test digits, worker processes: {args.workers}", flush=True)
        try:
            while epoch < args.epochs:
                started = time.monotonic()
                weights, loss = train_epoch(weights, epoch, len(training), workers, stop)
                epoch += 1
                figures = f"loss {loss:.4f} accuracy {network.accuracy(weights, test):.3f}"
                print(f"epoch {epoch}/{args.epochs} {figures}", flush=True)
                report_progress(epoch, args.epochs, figures)
                if args.checkpoint:
                    checkpoint.save(args.checkpoint, epoch, weights)
                asked = stop.wait(args.seconds_per_epoch - (time.monotonic() - started))
                if asked and epoch < args.epochs:
                    raise Interrupted
        except Interrupted:
            # A part of an epoch is dropped: the checkpoint holds whole epochs only.
            if args.checkpoint:
                checkpoint.save(args.checkpoint, epoch, weights)
            saved = f", saved in {args.checkpoint}" if args.checkpoint else ""
            print(f"stopped after epoch {epoch}{saved}", flush=True)
            return stop.exit_code()
    print(f"done: accuracy {network.accuracy(weights, test):.3f} on {len(test)} test digits", flush=True)
    return 0


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def main():
    stop = StopRequest()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=positive, default=20)
    parser.add_argument("--workers", type=positive, default=2)
    parser.add_argument("--seconds-per-epoch", type=float, default=0.3, help="at least this long; 0 runs at full speed")
    parser.add_argument("--checkpoint", metavar="FILE", help="saved after every epoch, resumed from if it exists")
    parser.add_argument("--data", metavar="CSV", default=DATA)
    args = parser.parse_args()
    try:
        return train(args, stop)
    except (OSError, RuntimeError, checkpoint.UnusableCheckpoint) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
