import type { TierName } from "./tier-names.ts";
import type { Verdict } from "./verdict.ts";

const both = (verdict: Verdict) => ({ cgroup: verdict, subreaper: verdict });
const noReport = "—";

/** What is promised for one case. The tests hold it against what they see; the reference page shows it. */
export interface ExpectedCase {
  case: string;
  title: string;
  tiers: Record<TierName, Verdict>;
  /** Why it is so, in a few words. */
  why: string;
  /** What others do in the same case, by their source or their own reports. */
  peers: string;
}

/** Every numbered case, in order. */
export const expectedCases: ExpectedCase[] = [
  {
    case: "1",
    title: "own session, empty environment, orphaned; a daemon with every descriptor closed",
    tiers: both("proven"),
    why: "an orphan falls to the keeper, whatever it did with session and environment",
    peers:
      "leaves a process group (Ray, execa, pm2) and has no cookie (Jenkins, actions/runner): not found",
  },
  {
    case: "2",
    title: "TERM, INT and HUP ignored",
    tiers: both("proven"),
    why: "KILL after the grace period",
    peers: "Jenkins sends TERM only",
  },
  {
    case: "3",
    title: "a stopped process",
    tiers: both("proven"),
    why: "CONT follows TERM, so that it can hear it",
    peers: "Slurm, systemd and s6 send CONT too; others leave it to KILL",
  },
  {
    case: "4",
    title: "a frozen cgroup",
    tiers: both("proven"),
    why: "a deadly signal ends a frozen process of cgroup v2",
    peers: noReport,
  },
  {
    case: "5",
    title: "held in a ptrace stop by a debugger outside the job",
    tiers: both("proven"),
    why: "KILL ends a traced process too. If the debugger never waits for it, the zombie stays the debugger's; half a second after KILL it counts as ended, and the receipt says so",
    peers: noReport,
  },
  {
    case: "6",
    title: "dead leader: the main thread has ended, others live",
    tiers: both("proven"),
    why: "KILL goes to each process besides `cgroup.kill`, and its state Z is not taken for death",
    peers: "`cgroup.kill` alone never ends it; systemd met zombie leaders (#12262)",
  },
  {
    case: "7",
    title: "state D: a write to a frozen file system",
    tiers: both("named"),
    why: "the job is `stopping` and names it with its wait channel, until the kernel lets go; then it ends by itself",
    peers:
      "Slurm gives up, reports success and drains the node; HTCondor waits 5 s and reports success; MuonTrap warns after 500 ms; systemd starts anew beside what is left (#13288)",
  },
  {
    case: "8",
    title: "fork relay: 24 lineages, each forks and exits",
    tiers: both("proven"),
    why: "rounds of KILL until the kernel says empty",
    peers:
      "a walk down the parents, a process group and a perfect snapshot each end 0 of 10; SkyPilot's own comments say that late forks escape",
  },
  {
    case: "9",
    title: "fork bomb of 64 processes at a time",
    tiers: both("proven"),
    why: "in a group, forks are forbidden where the kernel can do that, and `cgroup.kill` ends all at once. Without one, a tree that forks faster than KILL reaches it is stopped in passes until nothing moves, then killed",
    peers: noReport,
  },
  {
    case: "10",
    title: "the leader exits 0 and leaves a child",
    tiers: both("proven"),
    why: "the job ends when the child has ended; the receipt counts it",
    peers:
      "tini and dumb-init end with their first child; loky leaves workers for ever (#360); Slurm's linuxproc left 126 loader workers on 7 of 8 GPUs (EgoVerse#682)",
  },
  {
    case: "11",
    title: "stdout held by a child after the leader's exit",
    tiers: both("proven"),
    why: "output goes to a file; nobody waits for the end of a pipe",
    peers: "Node tells the exit at 3 ms and the end of the pipe at 2004 ms",
  },
  {
    case: "12",
    title: "a dead child that is never reaped",
    tiers: both("proven"),
    why: "it falls to the keeper and is reaped",
    peers: "`kill -0` still succeeds for it",
  },
  {
    case: "13",
    title: "a recorded pid, pid and start time, or session that belongs to a stranger by now",
    tiers: both("proven"),
    why: "a signal goes through a pidfd after start time and pidfd inode were compared; the stranger gets none",
    peers: "Nomad kills innocents (#17960, #23969); Bazel signals a random group (#11910)",
  },
  {
    case: "14",
    title: "a record from before a reboot",
    tiers: both("proven"),
    why: "records carry the boot's id; those of another boot signal nobody",
    peers: "Nomad re-attaches by pid and address",
  },
  {
    case: "15",
    title: "a child that has become root in an ordinary user's job",
    tiers: { cgroup: "proven", subreaper: "named" },
    why: "`cgroup.kill` reaches it; without a group the kernel refuses the signal, and the job names it as denied until it ends",
    peers: "kill(2) gives EPERM",
  },
  {
    case: "16",
    title: "a child whose environment and descriptors its own user cannot read",
    tiers: both("proven"),
    why: "group and descent are read, not the environment",
    peers: "cookies (Jenkins, actions/runner) cannot be read",
  },
  {
    case: "17",
    title: "another name, arguments, directory and environment",
    tiers: both("proven"),
    why: "nothing is recognised by its name",
    peers: "cookies (Jenkins, actions/runner) can be overwritten",
  },
  {
    case: "18",
    title: "the job makes sub-groups",
    tiers: both("proven"),
    why: "`populated` counts them, and they are removed",
    peers: "HTCondor looks one level deep",
  },
  {
    case: "19",
    title: "a child moves into another job's cgroup",
    tiers: both("proven"),
    why: "it is still the keeper's descendant; the other job goes on",
    peers: noReport,
  },
  {
    case: "20",
    title: "a PID namespace",
    tiers: both("proven"),
    why: "its first process falls to KILL, and all others with it",
    peers: "Bazel can make one for that purpose",
  },
  {
    case: "21",
    title: "Apptainer without `--pid`",
    tiers: both("proven"),
    why: "its processes are descendants as in case 1. Run with Apptainer 1.4.5 (`HOLDFAST_TEST_APPTAINER=1`)",
    peers: noReport,
  },
  {
    case: "22",
    title: "`docker run` in a job",
    tiers: both("not covered"),
    why: "the container is the daemon's child and outside every group of the job's; the fixture needs a Docker daemon",
    peers: "no system that was looked at follows it",
  },
  {
    case: "23",
    title: "`systemd-run`, `at`, cron in a job",
    tiers: both("not covered"),
    why: "these ask another service to start it. What carries the attempt's cookie is named in the receipt with its owner, and stopped only where the job says so; `systemd-run` and cron pass none on. Run with `systemd-run` and atd in `test/vm`",
    peers: "no system that was looked at follows it",
  },
  {
    case: "24",
    title: "a service that inherited an old attempt's cookie",
    tiers: both("proven"),
    why: "a bystander beside every test here: only the attempt's own cookie counts, and only where its keeper was lost",
    peers: "Jenkins ends what inherited its cookie",
  },
  {
    case: "25",
    title: "the server is killed between launching and recording",
    tiers: both("proven"),
    why: "intent and claim are durable before the payload executes; the next start adopts or voids it, and it executes once",
    peers: "Nomad leaks processes (#5593)",
  },
  {
    case: "26",
    title: "the server is killed between stopping and recording",
    tiers: both("proven"),
    why: "the keeper goes on and its exit record tells the end",
    peers: noReport,
  },
  {
    case: "27",
    title: "the keeper is killed",
    tiers: both("proven"),
    why: "the job is `lost`; what the keeper leaves falls to the process that had started it, which ends all of it and says when none is left",
    peers:
      "containerd's shim killed: the container lives on (#10727); conmon killed: the exit code is lost (podman#6520)",
  },
  {
    case: "28",
    title: "server and keeper are killed together",
    tiers: { cgroup: "proven", subreaper: "searched" },
    why: "what the keeper leaves is ended as in case 27, but nobody tells the next server; that one stops what the group, the session and the cookie show. Without a group nobody can vouch that this was all, and the receipt says so",
    peers: "as in case 27",
  },
  {
    case: "29",
    title: "`systemctl restart` of the server",
    tiers: { cgroup: "proven", subreaper: "not run" },
    why: "attempts are in scopes of their own, which no restart of the service reaches. Run in `test/vm`, with `KillMode=control-group` too",
    peers: "systemd starts anew beside what is left (#13288)",
  },
  {
    case: "30",
    title: "no space left for the exit record",
    tiers: both("proven"),
    why: "the keeper keeps it in memory and tries again; the job ends when it is durable",
    peers: noReport,
  },
  {
    case: "31",
    title: "`kill -9 0`, and `kill -9 -1` as another user",
    tiers: both("proven"),
    why: "the keeper is in another process group, session and cgroup",
    peers: noReport,
  },
  {
    case: "32",
    title: "the thread that started a child ends, PDEATHSIG set",
    tiers: both("proven"),
    why: "Holdfast sets the death signal from the keeper's only thread",
    peers: noReport,
  },
  {
    case: "33",
    title: "the parent dies before PDEATHSIG is asked for",
    tiers: both("proven"),
    why: "the orphan falls to the keeper; the payload itself looks at its parent after asking",
    peers: noReport,
  },
  {
    case: "34",
    title: "the job uses up its user's processes",
    tiers: both("proven"),
    why: "the keeper needs no new process to stop a job",
    peers: noReport,
  },
  {
    case: "35",
    title: "the kernel's OOM killer ends only the leader",
    tiers: both("proven"),
    why: "what it leaves behind is stopped and counted",
    peers: noReport,
  },
  {
    case: "any",
    title:
      "random compositions of forks, sessions, orphans, ignored signals, dead leaders, stops, closed descriptors, other names, sub-groups and early exits",
    tiers: both("proven"),
    why: "see below for how many there were so far",
    peers: noReport,
  },
];
