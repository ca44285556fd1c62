"""SIGTERM and SIGINT as something that can be waited for."""

import os
import select
import signal


class StopRequest:
    def __init__(self):
        self.signal = None
        self._readable, writable = os.pipe()
        os.set_blocking(writable, False)
        # The wakeup descriptor ends a wait at once, also when the signal comes just before it.
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._record)

    def _record(self, number, _frame):
        if self.signal is None:
            self.signal = number

    def fileno(self):
        """Readable once a stop was asked for; never drained."""
        return self._readable

    def wait(self, seconds):
        """True as soon as a stop was asked for, False after `seconds` without one."""
        return bool(select.select([self._readable], [], [], max(0.0, seconds))[0])

    def exit_code(self):
        """128 + the signal's number, as a shell reports it."""
        return 128 + (self.signal or signal.SIGTERM)
