// Where src/ may read files at once although requests pass there, and why that holds up no request.
// Everything else is asynchronous, or runs in a thread of src/inspection.

/** Folders whose code a request reaches on the thread that serves all requests. */
export const requestFolders = [
  "server",
  "supervisor",
  "reading",
  "engines",
  "containment",
  "processes",
];

/** Folders whose code runs in inspection threads and in programs of their own. */
export const threadFolders = ["orphans", "doctor"];

const atStart = "only when a server starts or a keeper's place is set up";
const inThreads = "only in inspection threads and in programs of their own";
const ofKernel =
  "a kernel file of fixed size, about this process or another single one; no lock of another process is taken";
const ofGroup = "a cgroup file of one attempt: the kernel answers from memory";

/** By file below src/. */
export const blockingReads: Readonly<Record<string, string>> = {
  "server/test-server.ts": "only in tests",
  "supervisor/history/upkeep.ts":
    "one stat in the state folder, on a timer, where the store writes as well",
  "engines/local/observation.ts": "one stat in the state folder, where the store writes as well",
  "reading/progress.ts": "one stat in the state folder, only in the thread that reads pages",
  "containment/attempt-folder.ts":
    "records in the state folder, of limited size and never a FIFO: 20 microseconds, while a job waits",
  "containment/abandoned.ts": inThreads,
  "containment/attempt-sightings.ts": inThreads,
  "containment/containers/container-members.ts": inThreads,
  "containment/cgroup.ts": ofGroup,
  "containment/cgroup-v1.ts": ofGroup,
  "containment/cgroup-controllers.ts": atStart,
  "containment/cgroup-hierarchies.ts": atStart,
  "containment/cgroup-places.ts": atStart,
  "containment/cgroup-root.ts": atStart,
  "containment/process-limits.ts": atStart,
  "containment/recorded-roots.ts": atStart,
  "containment/stray-groups.ts": atStart,
  "containment/systemd.ts": "whether systemd runs: one stat in /run, a file system in memory",
  "containment/systemd-scope.ts": atStart,
  "containment/obstacle.ts":
    "only for a process that has not ended 10 s after SIGKILL: its cgroup and the freezers above it",
  "processes/boot.ts": atStart,
  "processes/cookie-evidence.ts": atStart,
  "processes/environment.ts": inThreads,
  "processes/keeper-program.ts": ofKernel,
  "processes/listening-ports.ts": inThreads,
  "processes/live-details.ts": inThreads,
  "processes/lock-holder.ts": atStart,
  "processes/open-files.ts": inThreads,
  "processes/own-cpus.ts": atStart,
  "processes/peer-process.ts": ofKernel,
  "processes/pid-namespace.ts":
    "the own namespace when a server starts; the search for others only in inspection threads",
  "processes/pids-in-namespaces.ts": ofKernel,
  "processes/process-table.ts":
    "the table only in inspection threads; else the wait channel of a survivor, and the command line of a process that is called a keeper",
  "processes/read-process.ts": inThreads,
  "processes/small-file.ts": ofKernel,
};

/** Files of the thread folders that read nothing: these may be used on the thread that serves requests. */
export const withoutReads = new Set([
  "doctor/known-job.ts",
  "doctor/standing-watch.ts",
  "orphans/all-users.ts",
  "orphans/cgroup-place.ts",
  "orphans/standing-watch.ts",
  "orphans/watch-totals.ts",
]);
