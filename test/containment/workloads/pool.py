"""A pool of four worker processes: pool.py spawn|fork|forkserver. Prints `step N`."""

import multiprocessing
import sys
import time


def work(step):
    time.sleep(0.01)
    return step


if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(4) as pool:
        for step in pool.imap(work, range(100_000)):
            print("step", step, flush=True)
