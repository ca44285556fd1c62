/**
 * Named points between every two durable steps, at which a test can make this process die, stand
 * still or see an error. They do nothing unless HOLDFAST_FAILPOINTS was set when it started:
 *
 *     HOLDFAST_FAILPOINTS=NAME=kill | NAME=stall | NAME=ERRNO[*COUNT], several parted by commas
 *
 * `kill` is SIGKILL to itself: nothing is cleaned up. `stall` is SIGSTOP to itself: a test sees
 * state T. An errno (`ENOSPC`) is thrown the first COUNT times; without a count, always.
 */
interface Plan {
  action: string;
  left: number;
}

export type Failpoints = (name: string) => void;

/** Parses the variable. `signal` is sent to this process. */
export function failpointsOf(
  setting: string | undefined,
  signal: (name: "SIGKILL" | "SIGSTOP") => void,
): Failpoints {
  if (setting === undefined || setting === "") return () => undefined;
  const plans = new Map(setting.split(",").map(planOf));
  return (name) => {
    const plan = plans.get(name);
    if (plan === undefined || plan.left === 0) return;
    plan.left -= 1;
    if (plan.action === "kill") signal("SIGKILL");
    else if (plan.action === "stall") signal("SIGSTOP");
    else throw Object.assign(new Error(`${plan.action} at ${name}`), { code: plan.action });
  };
}

function planOf(word: string): [string, Plan] {
  const [name = "", what = ""] = word.split("=");
  const [action = "", count] = what.split("*");
  const once = action === "kill" || action === "stall";
  return [name, { action, left: count === undefined ? (once ? 1 : Infinity) : Number(count) }];
}

export const failpoint = failpointsOf(process.env["HOLDFAST_FAILPOINTS"], (name) => {
  process.kill(process.pid, name);
});
