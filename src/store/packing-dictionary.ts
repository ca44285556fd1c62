/**
 * What packed texts have in common, the most frequent parts last. Stored texts can be read only with
 * the dictionary that packed them: a better one gets another number, and this one stays.
 */
const environment =
  '{"HOME":"/home/","LANG":"C.UTF-8","LC_ALL":"en_US.UTF-8","LOGNAME":"root","PATH":"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","PWD":"/home/","OLDPWD":"/home/","SHELL":"/bin/bash","SHLVL":"1","TERM":"xterm-256color","COLORTERM":"truecolor","TMPDIR":"/tmp","USER":"root","XDG_RUNTIME_DIR":"/run/user/1000","XDG_SESSION_ID":"1","DBUS_SESSION_BUS_ADDRESS":"unix:path=/run/user/1000/bus","SSH_AUTH_SOCK":"/tmp/ssh-","SSH_CONNECTION":"","SSH_CLIENT":"","SSH_TTY":"/dev/pts/0","EDITOR":"vim","LS_COLORS":"","CUDA_HOME":"/usr/local/cuda","CUDA_VISIBLE_DEVICES":"0","LD_LIBRARY_PATH":"/usr/local/cuda/lib64","VIRTUAL_ENV":"/home/","CONDA_PREFIX":"/opt/conda","CONDA_DEFAULT_ENV":"base","CONDA_EXE":"/opt/conda/bin/conda","PYTHONPATH":"/home/","OMP_NUM_THREADS":"1","_":"/usr/bin/"}';

const specification =
  '{"command":["/bin/bash","-c","bash","python3","-m","train.py","--seed","--config"],"name":null,"cwd":"/home/","tags":[],"limitMs":null,"graceMs":10000,"leaseMs":null,"leftovers":"stop","escaped":"report","stopSignal":"TERM","stopScope":"main-first","output":"joined","outputQuotaBytes":null,"gpus":0,"priority":0,"held":false,"container":null,"limits":{"memoryMaxBytes":null,"memoryHighBytes":null,"swapMaxBytes":null,"cpuCores":null,"cpuWeight":null,"pidsMax":null,"ioWeight":null},"strictLimits":false,"cpus":null,"nice":null,"rlimits":{},"inherited":{"umask":"0022","nice":null,"oomScoreAdj":null,"cpus":null,"ignoredSignals":[],"rlimits":{}},"retries":{"max":0,"on":["failed","keeper_lost","machine_restarted"],"delayMs":10000},"envNames":["HOME","LANG","LOGNAME","PATH","PWD","SHELL","SHLVL","TERM","USER","_"]}';

const rarely =
  '"rebuilt":{"from":"exit.json","why":"the stored receipt was damaged or lost"}{"what":"that no undiscovered process lives","why":"it was adopted: a process that lost its parent between two samples, or before, was not seen"}{"what":"that no process lives that dropped its environment and its output","why":"there was no cgroup that could be asked; environment, session and descent were searched"}{"what":"that no descendant lives","why":"the keeper did not see ECHILD"}"limits":[{"limit":"memoryMaxBytes","way":"cgroup","wanted":"enforced":true,"how":"GPU-"uuid":"released":"baselineBytes":"usedBytes":"';

const lost =
  '"state":"lost","outcome":{"code":null,"signal":null,"reason":"keeper_lost","leftovers":0},"tier":"best effort","proof":{"kind":"reboot","message":"the machine restarted: no earlier process lives","echild":null,"populated":null},"unproven":[{"what":"how the main process ended","why":"its keeper was not there to see it"}],"phases":[{"name":"submitted","atMs":17},{"name":"started","atMs":17},{"name":"nothing left","atMs":17}],"processes":[],"processesOmitted":0,"processesMayLack":["all of them: the machine restarted before they were recorded"],"ended":{"self":0,"term":0,"kill":0,"unknown":0},"escaped":null,"escapedOmitted":0,"container":null,"gpus":null,"sharedMemory":null,"cpuUserUs":null,"cpuSystemUs":null,"maxRssBytes":null,"memoryPeakBytes":null,"oomKills":null,"oomVictims":[],"pidsPeak":null,"cpuThrottledUs":null,"cpuThrottledPeriods":null,"pressure":null,"limits":[],"output":{"stdoutBytes":null,"stderrBytes":null,"punchedBytes":null},"unapplied":[],"diskFull":[],"stopRequests":[]}';

const stopped =
  '"state":"timed_out","outcome":{"code":null,"signal":9,"reason":"time_limit","leftovers":0},"tier":"subreaper","state":"cancelled","outcome":{"code":null,"signal":15,"reason":"cancel","leftovers":0},"message":"the keeper, which becomes the parent of every orphaned descendant, had no child left (waitid: ECHILD)","echild":true,"populated":null},{"name":"stop wanted","atMs":17},{"name":"first signal","atMs":17},{"name":"kill","atMs":17},{"name":"main process ended","atMs":17},{"pid":,"command":"bash","how":"kill","code":null,"signal":9,"statusUnknown":null,"aliveAtMs":17,"atMs":17,"stuck":null},{"pid":,"command":"python3","how":"term","code":null,"signal":15,"statusUnknown":null,"aliveAtMs":17,"atMs":17,"stuck":null}"stopRequests":[{"number":1,"reason":"cancel","graceMs":10000,"prolong":false,"atMs":17,"client":{"uid":1000,"pid":,"command":"holdfast","parent":{"pid":,"command":"bash"},"says":"holdfast cancel"}}]}';

const claim =
  '{"version":1,"attempt":"","boot_id":"","pid_namespace":4026531836,"nonce":"","keeper":{"pid":,"start":,"inode":},"payload":{"pid":,"start":,"inode":,"session":},"cgroup":null,"cgroup_also":[],"cgroup":"/sys/fs/cgroup/holdfast-/sys/fs/cgroup/unified/holdfast-","cgroup_also":["/sys/fs/cgroup/memory/holdfast-"],"socket":,"claimed_at_ms":17}';

const exited =
  '{"jobId":,"attempt":"","attemptNumber":1,"state":"failed","outcome":{"code":1,"signal":null,"reason":"exited","leftovers":0},"state":"succeeded","outcome":{"code":0,"signal":null,"reason":"exited","leftovers":0},"tier":"cgroup","proof":{"kind":"keeper","message":"the keeper, which becomes the parent of every orphaned descendant, had no child left (waitid: ECHILD) and the kernel counted no process in the cgroup (populated 0)","echild":true,"populated":0},"unproven":[],"stopHint":null,"phases":[{"name":"submitted","atMs":17},{"name":"claimed","atMs":17},{"name":"executed","atMs":17},{"name":"main process ended","atMs":17},{"name":"nothing left","atMs":17}],"processes":[{"pid":,"command":"python3","how":"self","code":0,"signal":null,"statusUnknown":null,"aliveAtMs":17,"atMs":17,"stuck":null}],"processesOmitted":0,"processesMayLack":["processes that ended and were reaped by their own parent before the keeper inspected the tree"],"ended":{"self":1,"term":0,"kill":0,"unknown":0},"escaped":[],"escapedOmitted":0,"container":null,"gpus":null,"sharedMemory":[],"cpuUserUs":,"cpuSystemUs":,"maxRssBytes":,"memoryPeakBytes":,"oomKills":0,"oomVictims":[],"pidsPeak":1,"cpuThrottledUs":null,"cpuThrottledPeriods":null,"pressure":{"cpu":{"someUs":,"fullUs":},"memory":{"someUs":0,"fullUs":0},"io":{"someUs":0,"fullUs":0}},"limits":[],"output":{"stdoutBytes":,"stderrBytes":null,"punchedBytes":0},"unapplied":[],"diskFull":[],"stopRequests":[]}';

const outcome = '{"code":0,"signal":null,"reason":"exited","leftovers":0}';

const event =
  '{"from":"stopping","to":"failed","event":"failed","reason":"cancel","graceMs":10000,"prolong":false,"client":{"uid":1000,"pid":,"command":"holdfast","parent":{"pid":,"command":"bash"},"says":"holdfast cancel"}}{"from":"running","to":"stopping","event":"stop","reason":"time_limit"}{"from":"queued","to":"starting","event":"launch","attempt":1}{"from":"starting","to":"running","event":"launched","attempt":1,"pid":,"keeperPid":,"tier":"cgroup"}{"from":"running","to":"succeeded","event":"succeeded","reason":"exited"}';

/** By number. */
export const dictionaries = {
  /** For receipts, documents and claims. */
  1: Buffer.from(environment + rarely + specification + lost + stopped + claim + exited),
  /** For events and outcomes: short, because each text is compressed with the whole dictionary again. */
  2: Buffer.from(outcome + event),
};
