import type { TierName } from "./tier-names.ts";
import type { Verdict } from "./verdict.ts";

const both = (verdict: Verdict) => ({ cgroup: verdict, subreaper: verdict });
const noReport = "—";

/** The expected result of one case. The tests compare it with what they observe; the reference page shows it. */
export interface ExpectedCase {
  case: string;
  title: string;
  tiers: Record<TierName, Verdict>;
  /** The reason, in short. */
  why: string;
  /** What other systems do in the same case, according to their source or their own reports. */
  peers: string;
}

/** Every numbered case, in order. */
export const expectedCases: ExpectedCase[] = [
  {
    case: "1",
    title: "own session, empty environment, orphaned; a daemon with every descriptor closed",
    tiers: both("proven"),
    why: "an orphan becomes a child of the keeper, whatever it did with session and environment",
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
    why: "CONT follows TERM, so that the process can handle it",
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
    why: "KILL ends a traced process too. If the debugger never waits for it, the zombie remains a child of the debugger; half a second after KILL it counts as ended, and the receipt says so",
    peers: noReport,
  },
  {
    case: "6",
    title: "dead leader: the main thread has ended, other threads live",
    tiers: both("proven"),
    why: "KILL is sent to each process in addition to `cgroup.kill`, and a leader in state Z does not count as ended",
    peers: "`cgroup.kill` alone never ends it; systemd met zombie leaders (#12262)",
  },
  {
    case: "7",
    title: "state D: a write to a frozen file system",
    tiers: both("named"),
    why: "the job is `stopping` and names it with its wait channel, until the kernel releases it; then the job ends",
    peers:
      "Slurm gives up, reports success and drains the node; HTCondor waits 5 s and reports success; MuonTrap warns after 500 ms; systemd starts the service again beside the remaining processes (#13288)",
  },
  {
    case: "8",
    title: "fork relay: 24 lineages, each forks and exits",
    tiers: both("proven"),
    why: "rounds of KILL until the kernel reports that nothing is left",
    peers:
      "following the parent links, a process group and a perfect snapshot each end 0 of 10; SkyPilot's own comments say that late forks escape",
  },
  {
    case: "9",
    title: "fork bomb of 64 processes at a time",
    tiers: both("proven"),
    why: "in a cgroup, forks are forbidden if the kernel supports that, and `cgroup.kill` ends all at once. Without a cgroup, a tree that forks faster than KILL reaches it is stopped with SIGSTOP in passes until no process runs, then killed",
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
    why: "output goes to a file; Holdfast does not wait for the end of a pipe",
    peers: "Node reports the exit at 3 ms and the end of the pipe at 2004 ms",
  },
  {
    case: "12",
    title: "a dead child that is never reaped",
    tiers: both("proven"),
    why: "it becomes a child of the keeper and is reaped",
    peers: "`kill -0` still succeeds for it",
  },
  {
    case: "13",
    title:
      "a recorded pid, pid and start time, or session that now belongs to an unrelated process",
    tiers: both("proven"),
    why: "a signal goes through a pidfd after start time and pidfd inode were compared; the unrelated process gets none",
    peers:
      "Nomad kills unrelated processes (#17960, #23969); Bazel signals a random group (#11910)",
  },
  {
    case: "14",
    title: "a record from before a reboot",
    tiers: both("proven"),
    why: "records carry the boot's id; those of another boot cause no signal",
    peers: "Nomad re-attaches by pid and address",
  },
  {
    case: "15",
    title: "a child that has become root in an ordinary user's job",
    tiers: { cgroup: "proven", subreaper: "named" },
    why: "`cgroup.kill` reaches it; without a cgroup the kernel refuses the signal, and the job names it as denied until it ends",
    peers: "kill(2) gives EPERM",
  },
  {
    case: "16",
    title: "a child whose environment and descriptors its own user cannot read",
    tiers: both("proven"),
    why: "cgroup and descent are read, not the environment",
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
    peers: "HTCondor reads one level only",
  },
  {
    case: "19",
    title: "a child moves into another job's cgroup",
    tiers: both("proven"),
    why: "it is still a descendant of the keeper; the other job continues",
    peers: noReport,
  },
  {
    case: "20",
    title: "a PID namespace",
    tiers: both("proven"),
    why: "KILL ends its first process, and the kernel ends all others with it",
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
    why: "the container is a child of the daemon and outside every cgroup of the job; the fixture needs a Docker daemon",
    peers: "no examined system follows it",
  },
  {
    case: "23",
    title: "`systemd-run`, `at`, cron in a job",
    tiers: both("not covered"),
    why: "these ask another service to start the process. A process with the attempt's cookie is named in the receipt with its owner, and stopped only if the job requests it; `systemd-run` and cron do not pass the cookie on. Run with `systemd-run` and atd in `test/vm`",
    peers: "no examined system follows it",
  },
  {
    case: "24",
    title: "a service that inherited an old attempt's cookie",
    tiers: both("proven"),
    why: "a bystander beside every test here: only the attempt's own cookie counts, and only if its keeper was lost",
    peers: "Jenkins ends processes that inherited its cookie",
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
    why: "the keeper continues and its exit record has the end",
    peers: noReport,
  },
  {
    case: "27",
    title: "the keeper is killed",
    tiers: both("proven"),
    why: "the job is `lost`; the processes that it leaves become children of the process that had started it, which ends all of them and reports when none is left",
    peers:
      "containerd's shim killed: the container lives on (#10727); conmon killed: the exit code is lost (podman#6520)",
  },
  {
    case: "28",
    title: "server and keeper are killed together",
    tiers: { cgroup: "proven", subreaper: "searched" },
    why: "the processes that the keeper leaves are ended as in case 27, but the next server gets no report of that. It stops the processes that it finds by cgroup, session and cookie. Without a cgroup it cannot be proven that these were all, and the receipt says so",
    peers: "as in case 27",
  },
  {
    case: "29",
    title: "`systemctl restart` of the server",
    tiers: { cgroup: "proven", subreaper: "not run" },
    why: "attempts are in scopes of their own, which a restart of the service does not affect. Run in `test/vm`, with `KillMode=control-group` too",
    peers: "systemd starts the service again beside the remaining processes (#13288)",
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
    title: "the parent ends before PDEATHSIG is set",
    tiers: both("proven"),
    why: "the orphan becomes a child of the keeper; the payload itself checks its parent after setting it",
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
    why: "the processes left behind are stopped and counted",
    peers: noReport,
  },
  {
    case: "any",
    title:
      "random compositions of forks, sessions, orphans, ignored signals, dead leaders, stops, closed descriptors, other names, sub-groups and early exits",
    tiers: both("proven"),
    why: "the numbers are below",
    peers: noReport,
  },
];
