"""Holdfast's progress protocol: one line `DONE/TOTAL free text` in the file that HOLDFAST_PROGRESS names.

Copy this file next to a program that should show its progress. Without the variable nothing happens.
"""

import os


def report_progress(done, total, text=""):
    """Replace the progress line: `done` and `total` are whole numbers of anything, `text` is one line."""
    path = os.environ.get("HOLDFAST_PROGRESS")
    if not path:
        return
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(f"{done}/{total} {' '.join(text.split())}".rstrip() + "\n")
        # A rename, so that a reader never sees half a line.
        os.replace(temporary, path)
    except OSError:
        # A full disk must not end a training run over a progress line.
        try:
            os.unlink(temporary)
        except OSError:
            pass
