import { spawnSync } from "node:child_process";

/** Whether examples/train_sklearn.py can run: scikit-learn belongs to the Python that its first line names. */
export const hasScikitLearn =
  spawnSync("/usr/bin/python3", ["-c", "import sklearn"], { stdio: "ignore" }).status === 0;
