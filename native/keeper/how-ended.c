/*
 * See how-ended.h.
 *
 * A process that was seen alive when a signal was sent, or a moment before, and is gone later ended after
 * it. A status other than SIGKILL means that KILL did not decide the end, unless the process was seen
 * alive after KILL was sent: a process that hung in the kernel keeps the status of its pending SIGTERM.
 */
#include "how-ended.h"

#include <signal.h>

/* Inspecting a small tree takes less; in a large tree it is not known what ended during the inspection. */
#define MOMENT_US 5000
/* How long a process may take to end by the first signal; after that it is not known which signal came first. */
#define DYING_US 500000

static bool status_known(const struct ended_process *process)
{
    return process->code >= 0 || process->signal > 0;
}

static bool lived_at(const struct ended_process *process, uint64_t sent_us)
{
    return process->alive.us != 0 && process->alive.us + MOMENT_US >= sent_us;
}

static enum how not_by_kill(const struct times *t, int first_signal, const struct ended_process *process)
{
    if (t->term_sent_us == 0 || process->gone.us <= t->term_sent_us)
        return ENDED_SELF;
    if (lived_at(process, t->term_sent_us) || process->signal == first_signal)
        return ENDED_TERM;
    return ENDED_UNKNOWN;
}

enum how how_ended(const struct times *t, int first_signal, const struct ended_process *process)
{
    if (t->kill_sent_us == 0 || process->gone.us <= t->kill_sent_us)
        return not_by_kill(t, first_signal, process);
    if (process->signal == SIGKILL || process->alive.us > t->kill_sent_us)
        return ENDED_KILL;
    if (status_known(process))
        return process->gone.us <= t->kill_sent_us + DYING_US ? not_by_kill(t, first_signal, process) : ENDED_UNKNOWN;
    return lived_at(process, t->kill_sent_us) ? ENDED_KILL : ENDED_UNKNOWN;
}
