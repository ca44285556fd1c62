"""A torch DataLoader with eight worker processes. Prints `step N`."""

import time

import torch


class Slow(torch.utils.data.Dataset):
    def __len__(self):
        return 1_000_000

    def __getitem__(self, index):
        time.sleep(0.002)
        return torch.full((64, 64), float(index))


if __name__ == "__main__":
    torch.set_num_threads(1)
    loader = torch.utils.data.DataLoader(Slow(), batch_size=8, num_workers=8)
    for step, batch in enumerate(loader):
        print("step", step, float(batch.sum()), flush=True)
