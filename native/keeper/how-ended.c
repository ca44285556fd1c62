/*
 * See how-ended.h.
 *
 * A process that was seen alive when a signal was sent, or a moment before, and is gone later ended
 * after it. A status that is not SIGKILL's says that KILL did not decide the end, unless the process was
 * seen alive after KILL was sent: a pending SIGTERM of one that hung in the kernel keeps its status.
 */
#include "how-ended.h"

#include <signal.h>

/* The inspection of a small tree takes less; of a large one, what ended meanwhile is not known. */
#define MOMENT_US 5000
/* What a first signal ended may take so long over it; later it is not known which came first. */
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
