// Written by scripts/generate-api.ts.
export interface paths {
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List jobs, newest first */
        get: operations["listJobs"];
        put?: never;
        /** Submit a job */
        post: operations["submitJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a job */
        get: operations["showJob"];
        put?: never;
        post?: never;
        /** Remove an ended job with its folder */
        delete: operations["removeJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a job: the request is recorded, and the job is `stopping` until its end is observed. `graceMs` while it stops moves SIGKILL, also to a later moment */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/kill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a job without a grace period; also cuts a running stop short */
        post: operations["killJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/adopt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Watch over a process that was not started here, and all below it
         * @description The guarantee is weaker: the tier is `best effort`.
         */
        post: operations["adoptProcess"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Submit an ended job's specification again */
        post: operations["retryJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep a queued job waiting */
        post: operations["holdJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a held job go */
        post: operations["releaseJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Freeze every process of a running job */
        post: operations["pauseJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a paused job run on */
        post: operations["resumeJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/receipt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How an ended job ended, and what proves that nothing of it lives */
        get: operations["showReceipt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A job's attempts, oldest first, each with its own end */
        get: operations["listAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/processes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The live processes of a job, and what ties each one to it */
        get: operations["listProcesses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/output": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A job's output, byte for byte */
        get: operations["readOutput"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/output/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A job's output as server-sent events
         * @description Event `output`: data is {offset, base64}, id is the offset after the chunk. Event `end`: everything was sent. `Last-Event-ID` resumes.
         */
        get: operations["streamOutput"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A job's timeline, oldest first */
        get: operations["listJobEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens, as server-sent events
         * @description Data is a JobEvent, id its `seq`; passing events carry no id. Without `after` and `Last-Event-ID` it starts now. Events are removed with their jobs. Where some after the position are gone, `after` is refused with `events_gone`; with `Last-Event-ID`, as a browser sends when it connects again, the first message is `event: gone` with `{"after", "until"}`, and those that are left follow.
         */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the server is */
        get: operations["showHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What answers here */
        get: operations["showVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/gpus": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the GPUs and the processes that hold them
         * @description Asks the driver. `probe` reports a driver that hangs or crashes; the answer then comes after its time limit.
         */
        get: operations["showGpus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/selftest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run jobs that try to escape, and report what this machine can prove
         * @description Takes a few seconds. The jobs are removed again.
         */
        post: operations["runSelftest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orphans/scan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look for processes that others left behind
         * @description Takes as long as the window. Changes nothing.
         */
        post: operations["scanOrphans"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orphans/leftovers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List shared memory, semaphores, sockets and folders of dead makers */
        post: operations["listLeftovers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orphans/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Write a plan: which processes would be ended, why, and what that frees */
        post: operations["planOrphans"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orphans/plans/{plan}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a plan */
        get: operations["showOrphanPlan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orphans/plans/{plan}/reap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Carry a plan out
         * @description Checks each process again and skips those that are not as planned.
         */
        post: operations["reapOrphans"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orphans/plans/{plan}/receipt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what became of a plan */
        get: operations["showOrphanReceipt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orphans/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the rules */
        get: operations["listOrphanRules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orphans/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check the sources of other systems' job status
         * @description Asks each source once, with the jobs that processes name now. Changes nothing.
         */
        get: operations["listOrphanStatusSources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orphans/rules/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show what rules would match now */
        post: operations["testOrphanRules"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/holders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the processes that hold a GPU, a port, shared memory or a file */
        get: operations["showHolders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say why the machine, or a job, is slow
         * @description Takes as long as the window, usually 20 seconds. Changes nothing.
         */
        post: operations["examineMachine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/doctor/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the server's own examinations have raised */
        get: operations["listDoctorAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orphans/watch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look for orphans again and again, as server-sent events
         * @description A separate watch for as long as the connection lasts. Automatically reaps what `orphans.watch_reap` names, unless `dryRun`.
         */
        get: operations["watchOrphans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orphans/watch/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the server's own watch reports, as server-sent events
         * @description Refused where `orphans.watch` is off. Starts now.
         */
        get: operations["followOrphanWatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Why a job does not start, and what to do. Code `engine` in the state `starting`: its engine has accepted it and not started it */
        Waiting: {
            code: string;
            message: string;
            hint: string;
        };
        Attempt: {
            number: number;
            id: string;
            /** @enum {string} */
            tier: "cgroup" | "subreaper" | "best effort";
            pid: number | null;
            keeperPid: number | null;
            startedAtMs: number | null;
            endedAtMs: number | null;
            folder: string;
            gpuUuids: string[];
            /** @description fields whose value in the database is not what was written */
            damaged?: string[];
        };
        Stopping: {
            /** @enum {string} */
            phase: "asked" | "terminating" | "killing" | "verifying" | "recording";
            stopAgeMs: number | null;
            killInMs: number | null;
            /** @description processes seen in this stop; null: the keeper has not counted them yet */
            total: number | null;
            /** @description those that are still alive; null: not counted yet */
            left: number | null;
            survivors: components["schemas"]["Survivor"][];
            /** @description KILL was sent long ago and the survivors have not ended; their obstacles show what a person can do */
            stuck: boolean;
            /** @description the container that is not proven gone yet */
            container: {
                /** @enum {string} */
                runtime: "apptainer" | "singularity" | "podman" | "docker";
                name: string;
                id: string | null;
                message: string;
            } | null;
            /** @description GPUs whose memory is not yet proven free, although no process is left */
            gpus: components["schemas"]["GpuWait"][];
        };
        Survivor: {
            pid: number;
            command: string;
            /** @description kernel state: R, S, D, T, Z … */
            state: string;
            waitChannel: string | null;
            /** @description the kernel refused the signal */
            denied: boolean;
            /** @description its kernel stack, innermost frame first; only if stuck */
            stack: string[] | null;
            /** @description an obstacle that a person can remove, after KILL; null if only the kernel can end it, or if not stuck */
            obstacle: {
                /** @enum {string} */
                kind: "frozen" | "traced" | "other_user";
                /** @description what prevents its end */
                message: string;
                /** @description what a person can do about it, as a command */
                remedy: string;
            } | null;
        };
        GpuWait: {
            uuid: string;
            index: number | null;
            message: string;
        };
        Outcome: {
            code: number | null;
            signal: number | null;
            /** @enum {string} */
            reason: "exited" | "exec_failed" | "launch_failed" | "cancel" | "shutdown" | "keeper_terminated" | "lease" | "time_limit" | "memory" | "out_of_memory" | "keeper_lost" | "namespace_ended" | "machine_restarted";
            leftovers: number;
        };
        Progress: {
            done: number;
            total: number;
            text: string;
        };
        Suspect: {
            /** @description pid of the process that is suspected */
            root: number;
            /** @enum {string} */
            class: "state-folder-gone" | "left-by-job" | "left-by-other-runner" | "parent-gone" | "gpu-without-owner" | "cpu-without-session";
            rule: string | null;
            /** @description the job of Holdfast that left it, if any */
            jobId: number | null;
            /** @enum {string} */
            confidence: "proven" | "likely" | "weak" | "waiting" | "young";
            /**
             * @description whether a plan includes it without naming its rule, class or pid
             * @enum {string}
             */
            action: "report" | "propose";
            /** @description for how long its parent is known to be gone; null: not relevant */
            goneMs: number | null;
            evidence: string[];
            processes: components["schemas"]["SuspectProcess"][];
        };
        SuspectProcess: {
            pid: number;
            /** @description clock ticks since boot; pid, start and boot identify the process */
            start: number;
            ppid: number;
            command: string;
            /** @description kernel state: R, S, D, T, Z … */
            state: string;
            uid: number;
            ageMs: number;
            /** @description of one CPU, over the window */
            cpuPercent: number;
            /** @description the same plus the time in which it waited for a CPU; decides whether it is busy */
            demandPercent?: number;
            residentBytes: number | null;
            cgroup: string | null;
            container: string | null;
            gpuDevices: string[];
            /** @description its memory on each GPU, from the driver; null: not reported */
            gpuMemory: {
                index: number;
                uuid: string;
                bytes: number | null;
            }[];
            /** @description TCP ports that it listens on */
            ports: number[];
            /** @description names of model files that it has open */
            checkpoints: string[];
            /** @description files in /dev/shm and System V segments that it has mapped, at most 10 */
            sharedMemory?: string[];
        };
        OrphanReceipt: {
            /** @enum {number} */
            version: 1;
            plan: number;
            /** @description carried out by a watch */
            automatic: boolean;
            dryRun: boolean;
            atMs: number;
            tookMs: number;
            processes: {
                pid: number;
                start: number;
                command: string;
                /**
                 * @description ended after TERM or KILL, or why nothing was done
                 * @enum {string}
                 */
                end: "would signal" | "term" | "kill" | "gone before" | "refused" | "denied" | "lives";
                message: string;
            }[];
            /** @description of a plan with `killAll`: what of the family was spared, and why */
            left?: {
                root: number;
                command: string;
                why: string;
            }[];
            leftovers: {
                name: string;
                /** @enum {string} */
                end: "would remove" | "removed" | "gone before" | "refused" | "denied";
                message: string;
            }[];
            freed: {
                gpuDevices: string[];
                /** @description of each GPU that they held, from the driver before and after */
                gpuMemory: {
                    index: number;
                    uuid: string;
                    usedBeforeBytes: number | null;
                    usedAfterBytes: number | null;
                }[];
                ports: number[];
            };
        };
        OrphanWatchEvent: {
            atMs: number;
            /**
             * @description found: suspected for the first time; changed: its class, rule, job or confidence; gone: not suspected any more; reaped: a plan was made and carried out automatically
             * @enum {string}
             */
            type: "round" | "found" | "changed" | "gone" | "reaped" | "reap-failed" | "round-failed";
            message: string;
            suspect: components["schemas"]["Suspect"] | null;
            round: components["schemas"]["OrphanWatchRound"];
            receipt: components["schemas"]["OrphanReceipt"] | null;
        };
        OrphanWatchRound: {
            /** @description processes inspected */
            seen: number;
            suspects: number;
            tookMs: number;
            /** @description CPU time of the server over the round */
            processorMs: number;
        } | null;
        Job: {
            id: number;
            /** @enum {string} */
            state: "queued" | "held" | "starting" | "running" | "paused" | "stopping" | "succeeded" | "failed" | "cancelled" | "timed_out" | "lost";
            /** @enum {string|null} */
            reason: "exited" | "exec_failed" | "launch_failed" | "cancel" | "shutdown" | "keeper_terminated" | "lease" | "time_limit" | "memory" | "out_of_memory" | "keeper_lost" | "namespace_ended" | "machine_restarted" | null;
            /** @description the reason as text, with what to do next */
            message: string | null;
            spec: components["schemas"]["JobSpec"];
            createdAtMs: number;
            startedAtMs: number | null;
            endedAtMs: number | null;
            waiting: components["schemas"]["Waiting"] | null;
            attempt: components["schemas"]["Attempt"] | null;
            /** @description each requested limit, and how it is applied; until the launch, as planned */
            limits: components["schemas"]["AppliedLimit"][];
            stopping: components["schemas"]["Stopping"] | null;
            outcome: components["schemas"]["Outcome"] | null;
            progress: components["schemas"]["Progress"] | null;
            retryOf: number | null;
            /** @description GPUs of this ended job that a process still holds; they are not assigned again */
            heldGpus: components["schemas"]["GpuWait"][];
            /** @description of `GET /jobs/{id}` only */
            hints?: components["schemas"]["JobHint"][];
            /** @description of its last attempt; of `GET /jobs/{id}` only. null: nothing was executed, or not known */
            pauses?: {
                /** @description null: an older keeper did not count them */
                count: number | null;
                /** @description of all, from each request to its end */
                totalMs: number;
                /** @description the first 32 at most */
                list: components["schemas"]["Pause"][];
                /** @description false: as its keeper had reported them before it was lost; there may be more */
                complete: boolean;
            } | null;
            /** @description absent: the record is what was written */
            damaged?: {
                /** @description not what was written; their values only show what can still be read */
                fields: string[];
                /** @description fields that were checked and are what was written */
                certain: string[];
                /** @description what to do next */
                next: string;
            };
        };
        JobSpec: {
            command: string[];
            name: string | null;
            cwd: string;
            envNames: string[];
            tags: string[];
            limitMs: number | null;
            graceMs: number;
            leaseMs: number | null;
            /** @enum {string} */
            leftovers: "stop" | "wait";
            /** @enum {string} */
            escaped: "report" | "stop";
            stopSignal: string;
            /** @enum {string} */
            stopScope: "all" | "main-first" | "main";
            /** @enum {string} */
            output: "joined" | "split";
            outputQuotaBytes: number | null;
            gpus: number;
            priority: number;
            held: boolean;
            container: {
                /** @enum {string} */
                runtime: "apptainer" | "singularity" | "podman" | "docker";
                image: string;
                args: string[];
                binds: string[];
                env: string[];
            } | null;
            limits: components["schemas"]["ResourceLimits"];
            strictLimits: boolean;
            cpus: string | null;
            nice: number | null;
            rlimits: {
                [key: string]: string;
            };
            inherited?: components["schemas"]["Inherited"];
            retries: components["schemas"]["Retries"];
            /** @description where its attempts run; absent: on this machine */
            engine?: string;
            adopt?: components["schemas"]["Adoption"];
        };
        ResourceLimits: {
            memoryMaxBytes: number | null;
            memoryHighBytes: number | null;
            swapMaxBytes: number | null;
            cpuCores: number | null;
            cpuWeight: number | null;
            pidsMax: number | null;
            ioWeight: number | null;
        };
        /** @description What the job inherited from its submitter */
        Inherited: {
            umask: string;
            nice: number | null;
            oomScoreAdj: number | null;
            cpus: string | null;
            ignoredSignals: number[];
            rlimits: {
                [key: string]: string;
            };
        };
        Retries: {
            max: number;
            on: ("failed" | "out_of_memory" | "timed_out" | "keeper_lost" | "machine_restarted")[];
            delayMs: number;
        };
        /** @description the foreign process that it supervises */
        Adoption: {
            pid: number;
            start: number;
            inode: number;
            bootId: string;
            pidNamespace?: number | null;
        };
        AppliedLimit: {
            /** @description memory, cpu, pids …, nice, or rlimit NAME */
            what: string;
            /** @description bytes, cores, a count or a weight; lists as text */
            wanted: number | string;
            /** @description what enforces it: the kernel's file (memory.max, v1 memory.limit_in_bytes), polled, affinity, rlimit, or not applied */
            how: string;
            why: string | null;
        };
        JobHint: {
            /** @enum {string} */
            code: "no_output" | "stop_scope";
            /** @description what was observed, and what to consider changing */
            message: string;
        };
        Pause: {
            /** @description when its keeper received the request */
            askedAtMs: number;
            /** @description when its keeper first saw that no process ran; null: it did not see that */
            frozenAtMs: number | null;
            /** @description null: it lasts, or its end is not known */
            endedAtMs: number | null;
            /**
             * @description what ended it: a request, a stop, or the end of its last process
             * @enum {string|null}
             */
            end: "resume" | "stop" | "end" | null;
        };
        /** @description RFC 9457 problem+json */
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            code: string;
            hint: string;
            /** @description parameters of the hint */
            details: {
                [key: string]: string | number;
            };
        };
        JobRequest: {
            command: string[];
            name?: string | null;
            cwd: string;
            /** @default {} */
            env?: {
                [key: string]: string | components["schemas"]["Bytes"];
            };
            /** @default [] */
            tags?: string[];
            limitMs?: number | null;
            graceMs?: number;
            leaseMs?: number | null;
            /**
             * @default stop
             * @enum {string}
             */
            leftovers?: "stop" | "wait";
            /**
             * @default report
             * @enum {string}
             */
            escaped?: "report" | "stop";
            /**
             * @default TERM
             * @enum {string}
             */
            stopSignal?: "HUP" | "INT" | "QUIT" | "USR1" | "USR2" | "TERM";
            /** @enum {string} */
            stopScope?: "all" | "main-first" | "main";
            /**
             * @default joined
             * @enum {string}
             */
            output?: "joined" | "split";
            outputQuotaBytes?: number | null;
            /** @default 0 */
            gpus?: number;
            /** @default 0 */
            priority?: number;
            /** @default false */
            held?: boolean;
            container?: components["schemas"]["ContainerRequest"];
            limits?: components["schemas"]["LimitsRequest"];
            /**
             * @description refuse the job when a limit cannot be applied at all
             * @default false
             */
            strictLimits?: boolean;
            /** @default null */
            cpus?: string | null;
            /** @default null */
            nice?: number | null;
            /** @default {} */
            rlimits?: {
                nofile?: string;
                nproc?: string;
                core?: string;
                memlock?: string;
                stack?: string;
                as?: string;
                fsize?: string;
                cpu?: string;
            };
            inherited?: components["schemas"]["InheritedRequest"];
            retries?: components["schemas"]["RetriesRequest"];
            /**
             * @description where its attempts run: `local` is this machine
             * @default local
             */
            engine?: string;
        };
        /** @description Bytes that are not UTF-8 */
        Bytes: {
            base64: string;
        };
        /** @default null */
        ContainerRequest: {
            /** @enum {string} */
            runtime: "apptainer" | "singularity" | "podman" | "docker";
            image: string;
            /** @default [] */
            args?: string[];
            /** @default [] */
            binds?: string[];
            /**
             * @description names of the variables of `env` that podman and docker pass on
             * @default []
             */
            env?: string[];
        } | null;
        /** @default {} */
        LimitsRequest: {
            /** @default null */
            memoryMaxBytes?: number | null;
            /** @default null */
            memoryHighBytes?: number | null;
            /** @default null */
            swapMaxBytes?: number | null;
            /** @default null */
            cpuCores?: number | null;
            /** @default null */
            cpuWeight?: number | null;
            /** @default null */
            pidsMax?: number | null;
            /** @default null */
            ioWeight?: number | null;
        };
        /**
         * @description What the job inherits from its submitter, as if that had started it. Null: what the server has
         * @default {}
         */
        InheritedRequest: {
            /** @default 0022 */
            umask?: string;
            /** @default null */
            nice?: number | null;
            /**
             * @description null: 500
             * @default null
             */
            oomScoreAdj?: number | null;
            /** @default null */
            cpus?: string | null;
            /**
             * @description numbers of the signals that the job ignores from its start
             * @default []
             */
            ignoredSignals?: number[];
            /** @default {} */
            rlimits?: {
                nofile?: string;
                nproc?: string;
                core?: string;
                memlock?: string;
                stack?: string;
                as?: string;
                fsize?: string;
                cpu?: string;
                data?: string;
                rss?: string;
                msgqueue?: string;
                sigpending?: string;
                nice?: string;
                rtprio?: string;
                rttime?: string;
            };
        };
        /** @default {} */
        RetriesRequest: {
            /**
             * @description 0: none
             * @default 0
             */
            max?: number;
            /**
             * @description causes after which another attempt is made
             * @default [
             *       "failed",
             *       "keeper_lost",
             *       "machine_restarted"
             *     ]
             */
            on?: ("failed" | "out_of_memory" | "timed_out" | "keeper_lost" | "machine_restarted")[];
            /**
             * @description before the first retry; doubled for each further retry, up to 1 h
             * @default 10000
             */
            delayMs?: number;
        };
        JobPage: {
            jobs: components["schemas"]["Job"][];
            nextCursor: string | null;
            /** @description the page is true for this `seq`: every event with a larger one happened after it was read */
            eventsAfter: number;
        };
        StopRequest: {
            graceMs?: number;
            /** @description refuse with `not_allowed_now` if the job is not in one of these states */
            onlyIn?: ("queued" | "held" | "starting" | "running" | "paused" | "stopping" | "succeeded" | "failed" | "cancelled" | "timed_out" | "lost")[];
        };
        KillRequest: {
            /** @description refuse with `not_allowed_now` if the job is not in one of these states */
            onlyIn?: ("queued" | "held" | "starting" | "running" | "paused" | "stopping" | "succeeded" | "failed" | "cancelled" | "timed_out" | "lost")[];
        };
        AdoptRequest: {
            pid: number;
            name?: string;
            /** @description from now on; 0: none */
            limitMs?: number;
            graceMs?: number;
            /** @description sampled once a second; above it the tree is stopped */
            memoryMaxBytes?: number;
            /**
             * @description what is done with processes that outlive the adopted process
             * @default wait
             * @enum {string}
             */
            leftovers?: "stop" | "wait";
            /**
             * @description another user's process; root only
             * @default false
             */
            allUsers?: boolean;
        };
        /** @description Values of variables, for those that were removed when the job ended */
        RetryRequest: {
            /** @default {} */
            env?: {
                [key: string]: string | components["schemas"]["Bytes"];
            };
        };
        Receipt: {
            jobId: number;
            attempt: string | null;
            attemptNumber: number | null;
            /** @enum {string} */
            state: "queued" | "held" | "starting" | "running" | "paused" | "stopping" | "succeeded" | "failed" | "cancelled" | "timed_out" | "lost";
            outcome: components["schemas"]["Outcome"];
            /** @enum {string|null} */
            tier: "cgroup" | "subreaper" | "best effort" | null;
            proof: {
                /** @enum {string} */
                kind: "never started" | "keeper" | "sweep" | "reboot" | "namespace" | "declared";
                message: string;
                echild: boolean | null;
                populated: number | null;
            };
            unproven: {
                what: string;
                why: string;
            }[];
            /** @description missing in receipts of versions that did not keep them */
            stopRequests?: components["schemas"]["ReceivedStop"][];
            /** @description not the receipt that was written when the attempt ended; absent: it is */
            rebuilt?: {
                from: string;
                why: string;
            };
            /** @description what to change if the first signal seems to have reached the wrong processes */
            stopHint?: string | null;
            phases: {
                name: string;
                atMs: number;
            }[];
            processes: components["schemas"]["SeenProcess"][];
            processesOmitted: number;
            /** @description which processes may be missing in the list, and why */
            processesMayLack?: string[];
            ended: {
                self: number;
                term: number;
                kill: number;
                unknown?: number;
            };
            /** @description null: the machine was not, or could not be, searched */
            escaped: components["schemas"]["Escapee"][] | null;
            escapedOmitted: number;
            container: components["schemas"]["ContainerReceipt"];
            /** @description null: none were assigned, or an older version ended it */
            gpus: components["schemas"]["GpuReceipt"][] | null;
            /** @description files in /dev/shm that are proven to belong to the job; null: not known */
            sharedMemory: components["schemas"]["SharedMemoryFile"][] | null;
            cpuUserUs: number | null;
            cpuSystemUs: number | null;
            /** @description largest resident size of one of its processes (getrusage), pages that it shares with other programs included; null: not known, or no larger than a keeper */
            maxRssBytes: number | null;
            /** @description peak memory charged to its cgroup; pages that other processes loaded before are not charged */
            memoryPeakBytes: number | null;
            /** @description kills for memory that the kernel counted in its cgroup */
            oomKills: number | null;
            /** @description processes that the kernel killed for memory, according to its log; can be fewer than were counted, or none */
            oomVictims: {
                pid: number;
                command: string;
            }[];
            pidsPeak: number | null;
            /** @description time in which its CPU limit kept it from running */
            cpuThrottledUs: number | null;
            cpuThrottledPeriods: number | null;
            pressure: components["schemas"]["Pressure"];
            limits: components["schemas"]["AppliedLimit"][];
            output: {
                stdoutBytes: number | null;
                stderrBytes: number | null;
                punchedBytes: number | null;
            };
            /** @description when the disk with the state folder was seen to be full: first and last time. Output and records of that time may be cut, missing or late */
            diskFull?: {
                /** @enum {string} */
                seenBy: "keeper" | "server";
                firstMs: number;
                lastMs: number;
            }[];
            /** @description null: not known, its keeper was lost; missing in receipts of versions that did not keep them */
            pauses?: {
                /** @description null: an older keeper did not count them */
                count: number | null;
                /** @description of all, from each request to its end */
                totalMs: number;
                /** @description the first 32 at most */
                list: components["schemas"]["Pause"][];
                /** @description false: as its keeper had reported them before it was lost; there may be more */
                complete: boolean;
            } | null;
            unapplied: {
                what: string;
                errno: string;
            }[];
        };
        /** @description A request to stop, in the order of their arrival */
        ReceivedStop: {
            /** @description of the attempt's requests, from 1; 0: nothing ran */
            number: number;
            /** @enum {string} */
            reason: "exited" | "exec_failed" | "launch_failed" | "cancel" | "shutdown" | "keeper_terminated" | "lease" | "time_limit" | "memory" | "out_of_memory" | "keeper_lost" | "namespace_ended" | "machine_restarted";
            graceMs: number;
            prolong: boolean;
            atMs: number;
            /** @description null: not known */
            client: {
                uid: number;
                /** @description null: in a PID namespace that is not visible */
                pid: number | null;
                /** @description null: it had already ended */
                command: string | null;
                /** @description the process that had started it */
                parent: {
                    pid: number;
                    command: string;
                } | null;
                /** @description its own description of itself; not evidence */
                says: string | null;
            } | null;
            /** @description why its keeper did not prolong the stop */
            refused?: string;
            /** @description fields that are not what was recorded; absent: none */
            damaged?: string[];
        };
        SeenProcess: {
            pid: number;
            command: string;
            /**
             * @description without a signal, after the first signal, after KILL; unknown: it was last seen alive before a signal and first seen gone after it
             * @enum {string}
             */
            how: "self" | "term" | "kill" | "unknown";
            code: number | null;
            signal: number | null;
            /** @description why neither code nor signal is known */
            statusUnknown?: string | null;
            /** @description last seen alive */
            aliveAtMs?: number | null;
            /** @description first seen gone */
            atMs: number | null;
            /** @description where in the kernel it was last seen to hang, if it outlived KILL */
            stuck?: {
                /** @description from KILL to the last time it was seen alive */
                outlivedKillMs: number;
                state: string;
                waitChannel: string | null;
                frozenGroup: string | null;
            } | null;
        };
        /** @description A process that carried the attempt's cookie after the attempt had ended. Not part of the proof */
        Escapee: {
            pid: number;
            ppid: number;
            command: string;
            /** @description its cgroup, or the unit or container of that cgroup */
            owner: string;
            /**
             * @description left running, signal refused by the kernel, or stopped by the first signal or KILL
             * @enum {string}
             */
            end: "left" | "denied" | "term" | "kill";
            /** @description what would stop it */
            hint: string | null;
        };
        ContainerReceipt: {
            /** @enum {string} */
            runtime: "apptainer" | "singularity" | "podman" | "docker";
            image: string;
            name: string;
            id: string | null;
            /** @description what proved that nothing of it is left */
            gone: string;
            /** @description it outlived its client and had to be removed */
            stopped: boolean;
        } | null;
        GpuReceipt: {
            uuid: string;
            index: number | null;
            model: string;
            /** @description in use before the attempt began, by any process */
            beforeBytes: number | null;
            /** @description maximum seen in use while it ran, by any process */
            peakBytes: number | null;
            /** @description maximum that the attempt's own processes were seen to hold; sampled from time to time */
            ownPeakBytes: number | null;
            /** @description null: not reported by the driver */
            afterBytes: number | null;
            /** @description in use at the last sample beyond what was in use before, without the shares of other processes */
            excessBytes: number | null;
            /** @enum {string} */
            verdict: "released" | "held_by_live" | "held_via_inherited_fd" | "held_unkillable" | "residual_unattributed" | "unknown";
            message: string;
            holders: {
                pid: number;
                command: string;
                state: string;
                /** @description null: not reported by the driver */
                usedBytes: number | null;
            }[];
            /** @description gone, and still on the driver's list at the last sample */
            deadPids: number[];
            /** @description from the end of the last process to the verdict */
            checkMs: number;
            samples: number;
        };
        SharedMemoryFile: {
            path: string;
            bytes: number;
            removed: boolean;
            why: string;
        };
        Pressure: {
            cpu: {
                someUs: number;
                fullUs: number;
            } | null;
            memory: {
                someUs: number;
                fullUs: number;
            } | null;
            io: {
                someUs: number;
                fullUs: number;
            } | null;
        } | null;
        AttemptList: {
            attempts: components["schemas"]["AttemptSummary"][];
        };
        AttemptSummary: {
            number: number;
            id: string;
            /** @enum {string} */
            tier: "cgroup" | "subreaper" | "best effort";
            pid: number | null;
            keeperPid: number | null;
            startedAtMs: number | null;
            endedAtMs: number | null;
            folder: string;
            gpuUuids: string[];
            /** @description fields whose value in the database is not what was written */
            damaged?: string[];
            /** @enum {string|null} */
            state: "queued" | "held" | "starting" | "running" | "paused" | "stopping" | "succeeded" | "failed" | "cancelled" | "timed_out" | "lost" | null;
            outcome: components["schemas"]["Outcome"] | null;
        };
        JobProcesses: {
            jobId: number;
            processes: components["schemas"]["JobProcess"][];
        };
        JobProcess: {
            pid: number;
            ppid: number;
            command: string;
            /** @description kernel state: R, S, D, T, Z … */
            state: string;
            waitChannel: string | null;
            threads: number;
            /** @description user and system time so far */
            cpuMs: number;
            residentBytes: number | null;
            ageMs: number;
            ties: ("cgroup" | "payload" | "descendant" | "session" | "cookie" | "adopted")[];
        };
        EventPage: {
            events: components["schemas"]["JobEvent"][];
            /** @description `after` of the next page; null: that was all */
            nextAfter: number | null;
        };
        JobEvent: {
            seq: number | null;
            jobId: number;
            atMs: number;
            /** @enum {string} */
            type: "submitted" | "state" | "stop_wanted" | "claimed" | "adopted" | "launch_failed" | "swept" | "removed" | "live";
            /**
             * @description the job's state after the event; null for passing events
             * @enum {string|null}
             */
            state: "queued" | "held" | "starting" | "running" | "paused" | "stopping" | "succeeded" | "failed" | "cancelled" | "timed_out" | "lost" | null;
            data: {
                [key: string]: unknown;
            };
            /** @description fields whose value in the database is not what was written */
            damaged?: string[];
        };
        Health: {
            /** @enum {string} */
            status: "ok" | "recovering" | "shutting_down";
            pid: number;
            /** @description inode number of the PID namespace that `pid` belongs to */
            pidNamespace: number | null;
            version: string;
            startedAtMs: number;
            stateDir: string;
            runtimeDir: string;
            logFile: string;
            /** @description containment of new attempts */
            tier: string;
            tierWhy: string;
            /** @description how each limit would be applied to a new job */
            limits: components["schemas"]["LimitAbility"][];
            gpus: number;
            /** @description how many jobs are in each state that is not terminal */
            jobs: {
                [key: string]: number;
            };
            recovery: {
                total: number;
                done: number;
            };
            /**
             * @description whether `stateDir` is still in place; absent in older servers
             * @enum {string}
             */
            stateFolder?: "in place" | "removed" | "replaced";
            abandoned: components["schemas"]["Abandoned"][];
            /** @description false: `abandoned` may be incomplete, because the search of a server that has just started is not finished; absent in older servers */
            abandonedSearched?: boolean;
            warnings: string[];
        };
        LimitAbility: {
            what: string;
            how: string;
            why: string | null;
        };
        /** @description attempts that live while the state folder with their records is gone */
        Abandoned: {
            /** @description as it was when these attempts began */
            stateDir: string;
            /** @description null: it was removed */
            movedTo: string | null;
            attempts: number;
            processes: number;
        };
        Version: {
            version: string;
            /** @enum {string} */
            api: "v1";
            keeperProtocol: number;
            node: string;
        };
        /** @description A snapshot of the machine's GPUs, and the processes that hold them */
        Gpus: {
            takenAtMs: number;
            tookMs: number;
            probe: {
                /** @enum {string} */
                source: "nvml" | "nvidia-smi" | "amd" | "drm" | "apple" | "none";
                /** @enum {string} */
                state: "ok" | "hung" | "crashed" | "unavailable";
                reason: string | null;
                code: number | null;
                failures: number;
                stuckPids: number[];
            };
            driverVersion: string | null;
            libraryVersion: string | null;
            gpus: components["schemas"]["Gpu"][];
            /** @description have the driver open, but not the device of a single GPU */
            unplacedHolders: components["schemas"]["GpuHolder"][];
            holderSight: {
                searched: boolean;
                initialPidNamespace: boolean | null;
                unreadable: number;
                complete: boolean;
                reason: string | null;
            };
        };
        Gpu: {
            uuid: string;
            index: number;
            /** @enum {string} */
            vendor: "nvidia" | "amd" | "intel" | "apple" | "other";
            model: string;
            pciAddress: string | null;
            memory: {
                /** @description null: not reported by the driver */
                totalBytes: number | null;
                /** @description null: not reported by the driver */
                usedBytes: number | null;
                /** @description null: not reported by the driver */
                reservedBytes: number | null;
                /** @description null: not reported by the driver */
                freeBytes: number | null;
            };
            memoryIsShared: boolean | null;
            migEnabled: boolean | null;
            utilisation: {
                gpuPercent: number | null;
                memoryPercent: number | null;
            };
            temperature: {
                celsius: number | null;
                slowdownMarginCelsius: number | null;
                shutdownMarginCelsius: number | null;
            };
            clocks: {
                smMHz: number | null;
                memoryMHz: number | null;
                maxSmMHz: number | null;
                maxMemoryMHz: number | null;
            };
            throttle: {
                bits: number | null;
                reasons: string[] | null;
                counters: {
                    swPowerCapNs: number | null;
                    swThermalNs: number | null;
                    hwThermalNs: number | null;
                    powerBrakeNs: number | null;
                };
            };
            power: {
                drawMilliwatts: number | null;
                limitMilliwatts: number | null;
            };
            ecc: {
                uncorrectedVolatile: number | null;
                uncorrectedAggregate: number | null;
            };
            lastXid: {
                code: number;
                seenAtMs: number;
            } | null;
            xidWatched: boolean;
            holders: components["schemas"]["GpuHolder"][];
            processListRead: boolean;
            refusals: {
                what: string;
                code: number | null;
                message: string;
            }[];
            /** @description whether it can be assigned to jobs */
            assignable: boolean;
            /** @description the job that it is assigned to */
            jobId: number | null;
            /** @description why it is not assigned to the next job */
            withheld: {
                jobId: number;
                message: string;
            } | null;
        };
        GpuHolder: {
            pid: number;
            /** @description null: not visible from here */
            alive: boolean | null;
            /** @description null: not reported by the driver */
            usedBytes: number | null;
            /** @description all evidence for it */
            how: string[];
            mps: boolean;
            uid: number | null;
            state: string | null;
            command: string | null;
            /** @description the job, unit or container that it belongs to, if any */
            owner: string;
            jobId: number | null;
            jobEnded: boolean | null;
        };
        Selftest: {
            passed: boolean;
            tier: string;
            tierWhy: string;
            cases: components["schemas"]["SelftestCase"][];
            /** @description the result for a process that must not be touched */
            bystander: string;
            limits: components["schemas"]["LimitTrial"][];
        };
        SelftestCase: {
            name: string;
            /** @description what the payload tries */
            what: string;
            /** @enum {string} */
            verdict: "proven" | "not proven";
            /** @description what proved it, or what was seen instead */
            message: string;
            /** @description from the stop, or the start, to the end */
            tookMs: number;
        };
        LimitTrial: {
            what: string;
            how: string;
            why: string | null;
            /**
             * @description not known: the job never reached the limit, because the machine was too busy
             * @enum {string}
             */
            verdict: "enforced" | "not enforced" | "not known" | "not tried";
            /** @description what was seen instead, or why it was not tried */
            message: string | null;
        };
        OrphanScan: {
            atMs: number;
            windowMs: number;
            /** @description processes inspected */
            seen: number;
            suspects: components["schemas"]["Suspect"][];
            /** @description would be suspects if they were as old as `orphans.min_age` or their rule requires */
            young: components["schemas"]["Suspect"][];
            /** @description not suspects: jobs whose state folder was moved while they run; absent in older servers */
            moved?: components["schemas"]["MovedAttempt"][];
            /** @description what could not be inspected, and why */
            unread: string[];
        };
        MovedAttempt: {
            attempt: string;
            /** @description in the folder that was moved */
            jobId: number | null;
            /** @description where it was */
            stateDir: string;
            movedTo: string;
            processes: components["schemas"]["SuspectProcess"][];
        };
        OrphanScanRequest: {
            /**
             * @description root only
             * @default false
             */
            allUsers?: boolean;
            rule?: string;
            /** @enum {string} */
            class?: "state-folder-gone" | "left-by-job" | "left-by-other-runner" | "parent-gone" | "gpu-without-owner" | "cpu-without-session";
            /** @description of rules, such as workers with their resource trackers */
            family?: string;
            /** @description young and waiting candidates count as suspects */
            now?: boolean;
            /** @description minimum age; overrides rules and configuration */
            minAgeMs?: number;
            /** @description of one CPU, from which a process is busy; overrides rules and configuration */
            cpuPercent?: number;
        };
        Leftovers: {
            atMs: number;
            leftovers: components["schemas"]["Leftover"][];
            /** @description what could not be inspected, and why */
            unread: string[];
        };
        Leftover: {
            /** @enum {string} */
            kind: "shared memory" | "semaphore" | "folder" | "socket" | "System V shared memory";
            /** @description a path, or the id of a System V segment */
            name: string;
            bytes: number | null;
            uid: number;
            /** @description identifies it together with the path; of a segment its id */
            inode: number;
            /** @description ctime of the inode, which no program can set */
            changedAtMs: number;
            makerPid: number | null;
            /**
             * @description proven: its creator has ended and no process has it; weak: its creator is not known; waiting: it is younger than `orphans.min_age`
             * @enum {string}
             */
            confidence: "proven" | "weak" | "waiting";
            evidence: string[];
        };
        LeftoverRequest: {
            /**
             * @description root only
             * @default false
             */
            allUsers?: boolean;
        };
        OrphanPlan: {
            /** @enum {number} */
            version: 1;
            plan: number;
            bootId: string;
            /** @description namespace of its pids; missing in plans of older servers */
            pidNamespace?: number | null;
            atMs: number;
            asked: components["schemas"]["OrphanPlanRequest"];
            /** @description made by a watch, not by a person */
            automatic: boolean;
            signals: string[];
            trees: components["schemas"]["PlannedTree"][];
            /** @description what would be removed */
            leftovers: components["schemas"]["Leftover"][];
            /** @description suspects that are not in the plan */
            left: {
                root: number;
                command: string;
                why: string;
            }[];
            frees: {
                processes: number;
                residentBytes: number;
                gpuDevices: string[];
                ports: number[];
            };
        };
        OrphanPlanRequest: {
            /**
             * @description root only
             * @default false
             */
            allUsers?: boolean;
            rule?: string;
            /** @enum {string} */
            class?: "state-folder-gone" | "left-by-job" | "left-by-other-runner" | "parent-gone" | "gpu-without-owner" | "cpu-without-session";
            /** @description of rules, such as workers with their resource trackers */
            family?: string;
            /** @description young and waiting candidates count as suspects */
            now?: boolean;
            /** @description minimum age; overrides rules and configuration */
            minAgeMs?: number;
            /** @description of one CPU, from which a process is busy; overrides rules and configuration */
            cpuPercent?: number;
            /** @description only these trees */
            pids?: number[];
            /**
             * @description plan for shared memory, sockets and folders instead of processes
             * @default false
             */
            leftovers?: boolean;
            /** @description every process of `family` of this user, suspected or not, with all below it */
            killAll?: boolean;
            /** @description with `killAll`: also processes of Holdfast's jobs */
            jobs?: boolean;
        };
        PlannedTree: {
            /** @description pid of the process that is suspected */
            root: number;
            rule: string | null;
            /** @description the job of Holdfast that left it, if any */
            jobId: number | null;
            /** @enum {string} */
            confidence: "proven" | "likely" | "weak" | "waiting" | "young";
            /**
             * @description whether a plan includes it without naming its rule, class or pid
             * @enum {string}
             */
            action: "report" | "propose";
            /** @description for how long its parent is known to be gone; null: not relevant */
            goneMs: number | null;
            evidence: string[];
            /**
             * @description `not-suspected`: only in a plan with `killAll`; the evidence says why
             * @enum {string}
             */
            class: "state-folder-gone" | "left-by-job" | "left-by-other-runner" | "parent-gone" | "gpu-without-owner" | "cpu-without-session" | "not-suspected";
            processes: components["schemas"]["PlannedProcess"][];
        };
        PlannedProcess: {
            pid: number;
            /** @description clock ticks since boot; pid, start and boot identify the process */
            start: number;
            ppid: number;
            command: string;
            /** @description kernel state: R, S, D, T, Z … */
            state: string;
            uid: number;
            ageMs: number;
            /** @description of one CPU, over the window */
            cpuPercent: number;
            /** @description the same plus the time in which it waited for a CPU; decides whether it is busy */
            demandPercent?: number;
            residentBytes: number | null;
            cgroup: string | null;
            container: string | null;
            gpuDevices: string[];
            /** @description its memory on each GPU, from the driver; null: not reported */
            gpuMemory: {
                index: number;
                uuid: string;
                bytes: number | null;
            }[];
            /** @description TCP ports that it listens on */
            ports: number[];
            /** @description names of model files that it has open */
            checkpoints: string[];
            /** @description files in /dev/shm and System V segments that it has mapped, at most 10 */
            sharedMemory?: string[];
            /** @description of its pidfd; 0: not known */
            inode: number;
        };
        OrphanReapRequest: {
            /** @default false */
            dryRun?: boolean;
            /** @default 10000 */
            graceMs?: number;
            /** @description the family's name once more, for a plan with `killAll` */
            family?: string;
        };
        OrphanRules: {
            rules: {
                name: string;
                family: string;
                about: string;
                /** @description `built in` or a file */
                from: string;
                /** @enum {string} */
                action: "report" | "propose";
                minAgeMs: number;
                cpuPercent: number;
                parentGoneMs: number;
                asksStatus: boolean;
            }[];
            folder: string;
        };
        OrphanStatusSources: {
            sources: components["schemas"]["OrphanStatusSource"][];
        };
        OrphanStatusSource: {
            name: string;
            /** @enum {string} */
            kind: "sqlite" | "postgres" | "command";
            /** @description without passwords */
            place: string;
            /** @description the file that defines it */
            from: string;
            /** @description null: a command, and no process names a job to ask for */
            works: boolean | null;
            problem: string | null;
            /** @description jobs that processes name now, by the status from the source */
            jobs: {
                named: number;
                running: number;
                ended: number;
                unknown: number;
            };
        };
        OrphanRuleTest: {
            rules: string[];
            matches: {
                rule: string;
                pid: number;
                command: string;
                suspected: boolean;
                why: string;
            }[];
        };
        OrphanRuleTestRequest: {
            text: string;
            name: string;
        };
        Holders: {
            target: string;
            paths: string[];
            holders: components["schemas"]["Holder"][];
            unread: string[];
        };
        Holder: {
            pid: number;
            uid: number;
            command: string;
            ageMs: number;
            /** @description descriptor, mapping, listener, itself */
            by: string[];
            jobId: number | null;
            jobLives: boolean;
            /** @description the job, unit, container or tree that it belongs to */
            owner: string;
            parents: {
                pid: number;
                command: string;
            }[];
            /** @description what would free it */
            hint: string;
        };
        DoctorReport: {
            /** @enum {number} */
            version: 1;
            atMs: number;
            /** @description actual length; shorter than requested if ended early */
            windowMs: number;
            samples: number;
            endedEarly: boolean;
            jobId: number | null;
            /**
             * @description healthy only if every facet was measured
             * @enum {string}
             */
            summary: "healthy" | "no problem found" | "problems";
            /** @enum {string|null} */
            worst: "info" | "warning" | "critical" | null;
            message: string;
            /** @description the worst and most certain first */
            verdicts: components["schemas"]["DoctorVerdict"][];
            facets: components["schemas"]["DoctorFacet"][];
            /** @description the baseline */
            comparedWith: {
                name: string;
                atMs: number;
            } | null;
        };
        DoctorVerdict: {
            /** @enum {string} */
            verdict: "server-down" | "server-hangs" | "server-slow" | "server-warns" | "store-damaged" | "keeper-missing" | "process-missing" | "orphan-worker" | "gpu-probe-unavailable" | "gpu-fault" | "gpu-lingering-inherited" | "gpu-lingering-unowned" | "gpu-thermal" | "gpu-power-fault" | "gpu-power-limited" | "gpu-hot" | "cpu-contention" | "cpu-held-back" | "cpu-quota" | "cpu-stolen" | "cpu-thermal" | "machine-hot" | "memory-contention" | "oom-kill" | "io-contention" | "disk-full" | "inodes-full" | "few-descriptors" | "few-pids" | "port-conflict" | "port-unheld" | "zombies" | "stuck-process" | "clock-jump" | "clock-unsynchronised" | "worse-than-baseline";
            /** @enum {string} */
            severity: "info" | "warning" | "critical";
            /** @enum {string} */
            facet: "server" | "store" | "processes" | "orphans" | "gpu-driver" | "gpu-memory" | "gpu-throttling" | "cpu" | "cpu-heat" | "temperature" | "memory" | "io" | "disk" | "descriptors" | "pids" | "ports" | "zombies" | "stuck" | "clock" | "throughput";
            subject: string;
            message: string;
            /** @description the measured value, in `unit` */
            figure: number;
            threshold: number;
            /** @enum {string} */
            unit: "%" | "ms" | "bytes" | "bytes/s" | "°C" | "MHz" | "/s" | "count";
            windowMs: number;
            samples: number;
            /** @description where the figure was read */
            source: string;
            /** @enum {string} */
            confidence: "proven" | "likely" | "weak";
            evidence: string[];
            /** @description the next command to type */
            next: string;
        };
        DoctorFacet: {
            /** @enum {string} */
            facet: "server" | "store" | "processes" | "orphans" | "gpu-driver" | "gpu-memory" | "gpu-throttling" | "cpu" | "cpu-heat" | "temperature" | "memory" | "io" | "disk" | "descriptors" | "pids" | "ports" | "zombies" | "stuck" | "clock" | "throughput";
            /**
             * @description `nothing there`: it was searched for and not found, such as a GPU
             * @enum {string}
             */
            state: "measured" | "partly measured" | "not measured" | "nothing there";
            /** @description what could not be measured, or is not there */
            why: string[];
            samples: number;
            figures: components["schemas"]["DoctorFigure"][];
        };
        DoctorFigure: {
            /** @description such as `cpu.pressure-some` */
            name: string;
            /** @description machine, job, or a GPU, disk or sensor of it */
            subject: string;
            value: number;
            /** @enum {string} */
            unit: "%" | "ms" | "bytes" | "bytes/s" | "°C" | "MHz" | "/s" | "count";
        };
        DoctorRequest: {
            windowMs?: number;
            /** @description examine this job only */
            job?: number;
            /**
             * @description in addition to doctor.ports of the configuration: ports that the job should hold
             * @default []
             */
            ports?: number[];
            /**
             * Format: uri
             * @description of the job, in Prometheus's text format
             */
            metricsUrl?: string;
            /** @description a baseline's name */
            compare?: string;
        };
        DoctorAlerts: {
            /** @description null: doctor.watch is off */
            intervalMs: number | null;
            lastAtMs: number | null;
            active: components["schemas"]["DoctorAlert"][];
            /** @description raised and cleared, newest first */
            recent: components["schemas"]["DoctorAlert"][];
        };
        DoctorAlert: {
            /** @enum {string} */
            event: "raised" | "cleared";
            atMs: number;
            /** @description when it was raised */
            sinceMs: number;
            /** @description as it was last seen */
            verdict: {
                /** @enum {string} */
                verdict: "server-down" | "server-hangs" | "server-slow" | "server-warns" | "store-damaged" | "keeper-missing" | "process-missing" | "orphan-worker" | "gpu-probe-unavailable" | "gpu-fault" | "gpu-lingering-inherited" | "gpu-lingering-unowned" | "gpu-thermal" | "gpu-power-fault" | "gpu-power-limited" | "gpu-hot" | "cpu-contention" | "cpu-held-back" | "cpu-quota" | "cpu-stolen" | "cpu-thermal" | "machine-hot" | "memory-contention" | "oom-kill" | "io-contention" | "disk-full" | "inodes-full" | "few-descriptors" | "few-pids" | "port-conflict" | "port-unheld" | "zombies" | "stuck-process" | "clock-jump" | "clock-unsynchronised" | "worse-than-baseline";
                /** @enum {string} */
                severity: "info" | "warning" | "critical";
                /** @enum {string} */
                facet: "server" | "store" | "processes" | "orphans" | "gpu-driver" | "gpu-memory" | "gpu-throttling" | "cpu" | "cpu-heat" | "temperature" | "memory" | "io" | "disk" | "descriptors" | "pids" | "ports" | "zombies" | "stuck" | "clock" | "throughput";
                subject: string;
                message: string;
                /** @description the measured value, in `unit` */
                figure: number;
                threshold: number;
                /** @enum {string} */
                unit: "%" | "ms" | "bytes" | "bytes/s" | "°C" | "MHz" | "/s" | "count";
                windowMs: number;
                samples: number;
                /** @description where the figure was read */
                source: string;
                /** @enum {string} */
                confidence: "proven" | "likely" | "weak";
                evidence: string[];
                /** @description the next command to type */
                next: string;
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listJobs: {
        parameters: {
            query?: {
                /** @description Repeated or separated by commas; left out: every state */
                state?: ("queued" | "held" | "starting" | "running" | "paused" | "stopping" | "succeeded" | "failed" | "cancelled" | "timed_out" | "lost")[];
                tag?: string;
                name?: string;
                /** @description `42`, `1,3,5-7`, `@` (the last), `@~1` (the one before) or a name */
                select?: string;
                limit?: number;
                /** @description `nextCursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobPage"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submitJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request gives the same job again */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobRequest"];
            };
        };
        responses: {
            /** @description The job that an earlier request with this key made */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The new job; durable */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job as of now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["StopRequest"];
            };
        };
        responses: {
            /** @description The job, usually `stopping` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    killJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["KillRequest"];
            };
        };
        responses: {
            /** @description The job, usually `stopping` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    adoptProcess: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AdoptRequest"];
            };
        };
        responses: {
            /** @description The new job */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RetryRequest"];
            };
        };
        responses: {
            /** @description The new job */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    holdJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    releaseJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pauseJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job when it is paused, or after 10 s as it is then; the request stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resumeJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job when it runs again, or after 10 s as it is then; the request stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showReceipt: {
        parameters: {
            query?: {
                /** @description Left out: the last attempt */
                attempt?: number;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The receipt of that attempt, or of the last one when the job has ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAttempts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttemptList"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listProcesses: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In no particular order; ppid makes the tree */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobProcesses"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readOutput: {
        parameters: {
            query?: {
                /** @description With joined output both are the same */
                stream?: "stdout" | "stderr";
                /** @description Left out: the last attempt */
                attempt?: number;
                /** @description Not with `attempt`: this attempt and those that follow it; `offset` counts through them. To resume a stream, use `holdfast-attempt` of its answer */
                fromAttempt?: number;
                /** @description First byte; a negative one counts from the end. Left out: 0 */
                offset?: number;
                /** @description Start at the last N lines, searched for in the last 8 MiB */
                lines?: number;
                /** @description Maximum number of bytes; 0: no limit */
                limit?: number;
                /** @description Continue until the job has ended and everything was sent */
                follow?: boolean;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    /** @description Where the first byte is */
                    "holdfast-offset": string;
                    /** @description Whose log it begins in; 0: there is no attempt yet */
                    "holdfast-attempt": string;
                    /** @description Size of the log at this moment */
                    "holdfast-size": string;
                    /** @description true: the job had ended when the answer began */
                    "holdfast-complete": "true" | "false";
                    /** @description true: the `lines` asked for are longer than 8 MiB, and the answer begins in the middle */
                    "holdfast-cut": "true" | "false";
                    /** @description How many bytes directly before the first byte were asked for and are missing, because an output quota dropped them */
                    "holdfast-dropped": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    streamOutput: {
        parameters: {
            query?: {
                /** @description With joined output both are the same */
                stream?: "stdout" | "stderr";
                /** @description Left out: the last attempt */
                attempt?: number;
                /** @description Not with `attempt`: this attempt and those that follow it; `offset` counts through them. To resume a stream, use `holdfast-attempt` of its answer */
                fromAttempt?: number;
                /** @description First byte; a negative one counts from the end. Left out: 0 */
                offset?: number;
                /** @description Start at the last N lines, searched for in the last 8 MiB */
                lines?: number;
                /** @description Maximum number of bytes; 0: no limit */
                limit?: number;
            };
            header?: {
                "last-event-id"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Until the job has ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobEvents: {
        parameters: {
            query?: {
                /** @description Only events with a larger `seq` */
                after?: number;
                limit?: number;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                /** @description Only this job */
                job?: number;
                /** @description First everything with a larger `seq` */
                after?: number;
                /** @description Only together with `job`: each stored event has a further field `job`, the job as it is when the event is sent */
                withJob?: "true" | "false";
            };
            header?: {
                "last-event-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Without end */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Also while it recovers or shuts down */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showVersion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Versions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showGpus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What one sample saw; null is what the driver would not say */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Gpus"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runSelftest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was tried, and what became of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Selftest"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    scanOrphans: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrphanScanRequest"];
            };
        };
        responses: {
            /** @description The suspected processes, with reasons */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrphanScan"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLeftovers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LeftoverRequest"];
            };
        };
        responses: {
            /** @description What no process holds any more */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Leftovers"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    planOrphans: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrphanPlanRequest"];
            };
        };
        responses: {
            /** @description The plan, with its number */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrphanPlan"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showOrphanPlan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                plan: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The plan as it was written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrphanPlan"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reapOrphans: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                plan: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrphanReapRequest"];
            };
        };
        responses: {
            /** @description What became of each process */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrphanReceipt"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showOrphanReceipt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                plan: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it was written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrphanReceipt"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOrphanRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user's rules and the built-in ones */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrphanRules"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOrphanStatusSources: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether each answers, and what */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrphanStatusSources"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testOrphanRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrphanRuleTestRequest"];
            };
        };
        responses: {
            /** @description The processes that they match, suspected or not */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrphanRuleTest"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showHolders: {
        parameters: {
            query: {
                /** @description gpu:, port:, pid:, shm: or file: */
                target: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The holders, and what would free it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Holders"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    examineMachine: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DoctorRequest"];
            };
        };
        responses: {
            /** @description Verdicts, the worst first, and what was measured */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DoctorReport"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDoctorAlerts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Raised now, and lately raised and cleared */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DoctorAlerts"];
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watchOrphans: {
        parameters: {
            query?: {
                intervalMs?: number;
                dryRun?: boolean;
                allUsers?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OrphanWatchEvent, without end */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followOrphanWatch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OrphanWatchEvent, without end */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused or failed; `code` is in the catalogue of errors */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
