/*
 * See exit-record.h.
 *
 * The text is made once and kept in memory; a full disk delays it, never changes it. Retries back
 * off from 100 ms to 5 s. Clients get the record as soon as it is known, marked as not durable.
 */
#include "exit-record.h"

#include <errno.h>

#include "attempt-folder.h"
#include "clock.h"
#include "complain.h"
#include "exit-record-text.h"
#include "failpoints.h"
#include "linux-cgroup.h"
#include "records.h"
#include "socket-events.h"

#define RETRY_FIRST_MS 100
#define RETRY_MAX_MS 5000
#ifdef HOLDFAST_FAILPOINTS
#define HOMELESS_MAX_MS 200
#else
#define HOMELESS_MAX_MS (10 * 60 * 1000)
#endif

void exit_record_make(struct keeper *k)
{
    k->record.backoff_ms = RETRY_FIRST_MS;
    k->record.next_try_ms = clock_ms();
    exit_record_advance(k);
}

/*
 * If the whole state folder was removed, no server will read a record. A disk that was unmounted for a
 * moment comes back, so this waits for it; nothing of the attempt lives during that time.
 */
static bool given_up(struct keeper *k)
{
    if (!attempt_folder_is_homeless(&k->folder)) {
        k->record.homeless_since_ms = 0;
        return false;
    }
    if (k->record.homeless_since_ms == 0)
        k->record.homeless_since_ms = clock_ms();
    return clock_ms() - k->record.homeless_since_ms >= HOMELESS_MAX_MS;
}

static void retry_later(struct keeper *k, int error)
{
    if (k->record.tries++ == 0)
        complain("cannot write exit.json yet", NULL, error);
    k->record.next_try_ms = clock_ms() + k->record.backoff_ms;
    k->record.backoff_ms = k->record.backoff_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : k->record.backoff_ms * 2;
}

void exit_record_advance(struct keeper *k)
{
    if (k->phase != PHASE_RECORDING || clock_ms() < k->record.next_try_ms)
        return;
    if (k->record.text == NULL) {
        if (!exit_record_text(k)) {
            retry_later(k, ENOMEM);
            return;
        }
        cgroup_remove(&k->cgroup);
    }
    attempt_folder_reopen(&k->folder);
    int error = record_write(k->folder.fd, "exit.json", PLACE_REPLACE, k->record.text, k->record.length);
    if (error != 0) {
        retry_later(k, error);
        socket_report_ended(k);
        if (given_up(k))
            k->phase = PHASE_ENDED;
        return;
    }
    failpoint("exit_renamed");
    k->record.durable = true;
    k->phase = PHASE_ENDED;
}

uint64_t exit_record_next_ms(const struct keeper *k)
{
    return k->phase == PHASE_RECORDING ? k->record.next_try_ms : 0;
}
