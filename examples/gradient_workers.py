"""Worker processes that share the work of one gradient (data parallelism)."""

import multiprocessing
import signal
from multiprocessing.connection import wait

import network

# Longer than any worker computes at one go; after it a worker is killed.
LEAVE_TIMEOUT_S = 0.5


class Interrupted(Exception):
    """The stop request came before the gradient was complete."""


def _work(pipe, parents_ends, examples):
    # Ctrl+C and a group-wide TERM reach the workers too. The main process decides; a worker
    # leaves when its pipe closes, which also happens when the main process is killed.
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # A fork inherits the main process's ends of all pipes made so far. Held open here, they
    # would hide the main process's end from the workers.
    for end in parents_ends:
        end.close()
    try:
        while True:
            weights, picked = pipe.recv()
            pipe.send(network.gradient(weights, [examples[index] for index in picked]))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass


class GradientWorkers:
    """A context manager: after it no worker is left."""

    def __init__(self, count, examples):
        # fork: the examples are shared without a copy, and no tracker process comes with it.
        context = multiprocessing.get_context("fork")
        self._pipes = []
        self._processes = []
        for number in range(count):
            ours, theirs = context.Pipe()
            self._pipes.append(ours)
            process = context.Process(
                target=_work, args=(theirs, list(self._pipes), examples), name=f"gradient-{number}", daemon=True
            )
            process.start()
            theirs.close()
            self._processes.append(process)

    def gradient(self, weights, picked, stop):
        """`(gradient, loss)` summed over the examples at the indices `picked`. Raises Interrupted on a stop."""
        try:
            return self._gradient(weights, picked, stop)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise RuntimeError("a worker process died") from None

    def _gradient(self, weights, picked, stop):
        for number, pipe in enumerate(self._pipes):
            pipe.send((weights, picked[number :: len(self._pipes)]))
        parts = {}
        while len(parts) < len(self._pipes):
            waiting = [pipe for pipe in self._pipes if pipe not in parts]
            ready = wait(waiting + [stop])
            if stop in ready:
                raise Interrupted
            for pipe in ready:
                parts[pipe] = pipe.recv()
        # Added in the workers' order, not in the order of arrival: float sums depend on it.
        ordered = [parts[pipe] for pipe in self._pipes]
        total, loss = ordered[0]
        for other, other_loss in ordered[1:]:
            total = network.step(total, other, rate=-1.0)
            loss += other_loss
        return total, loss

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(LEAVE_TIMEOUT_S)
            if process.is_alive():
                process.kill()
                process.join()
