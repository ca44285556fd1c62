/*
 * See how-ended.h.
 *
 * Each signal of a stop is preceded by a look: what lived then got the signal. A status that is not
 * SIGKILL's says that KILL did not decide the end, unless the process was seen alive after KILL was
 * sent: a pending SIGTERM of one that hung in the kernel keeps its status.
 */
#include "how-ended.h"

#include <signal.h>

/* Where a process was never seen alive its start counts, which has the kernel's clock tick. */
#define START_TICK_US 10000

/* What a first signal ended may take so long over it; later it is not known which came first. */
#define DYING_US 500000

static bool status_known(const struct ended_process *process)
{
    return process->code >= 0 || process->signal > 0;
}

static enum how not_by_kill(const struct times *t, const struct ended_process *process)
{
    if (t->term_sent_us == 0 || process->gone.us <= t->term_sent_us)
        return ENDED_SELF;
    return process->alive.us + START_TICK_US >= t->term_looked_us ? ENDED_TERM : ENDED_UNKNOWN;
}

enum how how_ended(const struct times *t, const struct ended_process *process)
{
    if (t->kill_sent_us == 0 || process->gone.us <= t->kill_sent_us)
        return not_by_kill(t, process);
    if (process->signal == SIGKILL || process->alive.us > t->kill_sent_us)
        return ENDED_KILL;
    if (status_known(process))
        return process->gone.us <= t->kill_sent_us + DYING_US ? not_by_kill(t, process) : ENDED_UNKNOWN;
    return process->alive.us >= t->kill_looked_us ? ENDED_KILL : ENDED_UNKNOWN;
}
