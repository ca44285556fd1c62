"""The state of a training run after a whole epoch, as a JSON file: `{"epoch": 3, "weights": [...]}`."""

import json
import os


class UnusableCheckpoint(Exception):
    pass


def save(path, epoch, weights):
    temporary = f"{path}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump({"epoch": epoch, "weights": weights}, file)
            file.flush()
            # Before the rename: after a power cut the name must never lead to an empty file.
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def load(path):
    """`(epoch, weights)`, or None where there is no file. Raises UnusableCheckpoint."""
    try:
        with open(path, encoding="utf-8") as file:
            state = json.load(file)
        return state["epoch"], state["weights"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableCheckpoint(f"{path} is not a checkpoint ({error!r}); remove it to start again") from None
