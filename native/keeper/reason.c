/*
 * See reason.h.
 *
 * A machine that shuts down signals the processes of a job and their keeper in one pass, in any order. A
 * main process that ends by it at once is often reaped before the keeper has read its own signal. That end
 * must not count as the main process's own.
 */
#include "reason.h"

#include <signal.h>
#include <string.h>

#include "clock.h"

/*
 * Between two signals of one pass there are microseconds to milliseconds, more on a machine that stops
 * hundreds of services. The reason waits for this only if SIGTERM may explain the end.
 */
#define SAME_PASS_US 500000
/* The exit code that a shell, and many handlers, use for an end by a signal. */
#define CODE_OF_SIGTERM (128 + SIGTERM)

/* Blocked and not read from the descriptor yet. */
static bool is_pending(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 && (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

/* A process that handles SIGTERM itself may exit with any code because of it. */
static bool may_be_sigterm(const struct payload *main)
{
    return main->signal == SIGTERM || main->code == CODE_OF_SIGTERM || (main->code >= 0 && main->minds_sigterm);
}

void reason_decide(struct keeper *k)
{
    if (k->reason[0] == '\0')
        strcpy(k->reason, k->signalled || is_pending() ? REASON_OF_SIGNAL : "exited");
}

bool reason_is_known(struct keeper *k)
{
    bool held_back = may_be_sigterm(&k->main);

    if (k->reason[0] == '\0' && held_back && !k->signalled && !is_pending() && clock_us() < reason_next_us(k))
        return false;
    reason_decide(k);
    return true;
}

uint64_t reason_next_us(const struct keeper *k)
{
    return k->main.ended_us + SAME_PASS_US;
}
