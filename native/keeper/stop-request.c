/* See stop-request.h and "Stop requests" in PROTOCOL.md. */
#include "stop-request.h"

#include "clock.h"
#include "socket-events.h"

uint64_t stop_grace(const struct keeper *k, uint64_t grace_ms)
{
    return grace_ms == GRACE_OF_LAUNCH ? k->rules.grace_ms : grace_ms;
}

static bool may_be_prolonged(const struct keeper *k)
{
    return k->phase == PHASE_TERMINATING && k->times.kill_wall_ms == 0 && !k->stop.cannot_be_prolonged;
}

const char *stop_not_prolonged(const struct keeper *k, const struct stop_request *request)
{
    uint64_t at_ms = clock_ms() + stop_grace(k, request->grace_ms);
    bool heard = request->number != 0 && request->number <= k->stop.heard;

    if (!request->prolong || heard || !k->stop.begun || at_ms <= k->stop.kill_at_ms || may_be_prolonged(k))
        return NULL;
    if (k->phase == PHASE_TERMINATING && k->stop.cannot_be_prolonged)
        return "the machine is being shut down, or runs out of memory";
    return "KILL was sent already";
}

void stop_move_deadline(struct keeper *k, uint64_t grace_ms, bool prolong)
{
    uint64_t at_ms = clock_ms() + grace_ms;

    if (at_ms >= k->stop.kill_at_ms && !(prolong && may_be_prolonged(k)))
        return;
    k->stop.kill_at_ms = at_ms;
    k->stop.grace_ms = grace_ms;
    /* An immediate KILL reports its own status. */
    if (grace_ms != 0)
        socket_report_status(k);
}
