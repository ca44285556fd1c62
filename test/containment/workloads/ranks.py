"""MPI ranks that wait for each other at every step. Rank 0 prints `step N`."""

import time

from mpi4py import MPI

for step in range(100_000):
    time.sleep(0.01)
    total = MPI.COMM_WORLD.allreduce(step)
    if MPI.COMM_WORLD.Get_rank() == 0:
        print("step", step, total, flush=True)
