import type { ExpectedCase } from "./expected.ts";
import type { Verdict } from "./verdict.ts";

const both = (verdict: Verdict) => ({ cgroup: verdict, subreaper: verdict });
const noReport = "—";

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
    why: "KILL ends a traced process too",
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
    why: "as case 8. Nothing limits its size here: `pids.max` needs the pids controller",
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
    case: "20",
    title: "a PID namespace",
    tiers: both("proven"),
    why: "its first process falls to KILL, and all others with it",
    peers: "Bazel can make one for that purpose",
  },
  {
    case: "25",
    title: "the server is killed between launching and recording",
    tiers: both("proven"),
    why: "intent and claim are durable before the payload executes; the next start adopts or voids it, and it executes once",
    peers:
      "containerd leaks shims and Nomad processes after a crash (containerd#10727, nomad#5593)",
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
    tiers: { cgroup: "proven", subreaper: "searched" },
    why: "the job is `lost`; the server stops what the group, the session and the cookie show. Without a group nobody can vouch that this was all, and the receipt says so",
    peers:
      "containerd's shim killed: the container lives on (#10727); conmon killed: the exit code is lost (podman#6520)",
  },
  {
    case: "28",
    title: "server and keeper are killed together",
    tiers: { cgroup: "proven", subreaper: "searched" },
    why: "the next start does what case 27 does",
    peers: "as in case 27",
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
    case: "any",
    title:
      "random compositions of forks, sessions, orphans, ignored signals, dead leaders, stops, closed descriptors, other names, sub-groups and early exits",
    tiers: both("proven"),
    why: "10,000 payloads so far: no false end, no bystander hurt",
    peers: noReport,
  },
];
