"""Runs every case of the keeper, last line `N passed, N failed`."""

import glob
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import attempt  # noqa: E402  (found through the path above)


def is_report(path):
    """Lines of valgrind between -- are about itself (a call that it does not know), those between == are errors."""
    with open(path) as file:
        text = file.read()
    return "\n==" in "\n" + text if "valgrind" in path else text != ""


def reports():
    """What valgrind or a sanitizer found."""
    return [path for path in glob.glob(os.path.join(attempt.LOGS, "*")) if is_report(path)]


def main():
    for path in glob.glob(os.path.join(attempt.LOGS, "*")):
        os.unlink(path)
    loader = unittest.TestLoader()
    names = sys.argv[1:]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(HERE, pattern="test_*.py")
    result = unittest.TextTestRunner(verbosity=1, failfast="HOLDFAST_KEEPER_FAILFAST" in os.environ).run(suite)
    bad = reports()
    for path in bad:
        with open(path) as file:
            print(path, file.read(), sep="\n", file=sys.stderr)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses) + len(bad)
    for _, reason in result.skipped[:20]:
        print("skipped:", reason)
    print(f"{result.testsRun - len(result.skipped) - failed + len(bad)} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
