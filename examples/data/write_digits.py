#!/usr/bin/python3
"""Write digits.csv from scikit-learn's copy of the data set (Debian: python3-sklearn)."""

import csv
import os

from sklearn.datasets import load_digits

ROWS = 600

digits = load_digits()
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "digits.csv"), "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([f"pixel{index}" for index in range(64)] + ["digit"])
    for pixels, digit in zip(digits.data[:ROWS].astype(int), digits.target[:ROWS]):
        writer.writerow([*pixels, digit])
