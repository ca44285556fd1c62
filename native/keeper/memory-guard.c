/*
 * See memory-guard.h.
 *
 * Counts memory that only this job keeps from others: anonymous pages and shared memory, each shared page
 * once (Pss_Anon + Pss_Shmem of smaps_rollup). The kernel can drop mapped files, so they do not count.
 * Reading that figure walks page tables, which is slow for 100 GB. So it is read only when the cheap upper
 * bound (the sum of the resident sizes, which counts shared pages many times) is above the guard, and then
 * for at most 5 % of the time. Where smaps_rollup may not be read (a setuid child, an old kernel) resident
 * minus shared is used for that process. Page tables can be locked for as long as a disk does not respond,
 * so a child reads them, with a deadline; a figure that does not arrive does not count as an excess.
 */
#include "memory-guard.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child-work.h"
#include "clock.h"
#include "linux-members.h"
#include "linux-process.h"
#include "member-list.h"

#define CHECK_EVERY_MS 1000
#define EXACT_SHARE 20
#define EXACT_TIMEOUT_MS 2000

static void statm(pid_t pid, uint64_t *resident, uint64_t *shared)
{
    char path[PROC_PATH_ROOM];
    char text[256];
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    char *at = text;

    *resident = *shared = 0;
    proc_path(path, pid, "statm");
    if (file_read_small(AT_FDCWD, path, text, sizeof text) <= 0)
        return;
    strtoull(at, &at, 10);
    *resident = strtoull(at, &at, 10) * page;
    *shared = strtoull(at, &at, 10) * page;
}

static bool rollup(const char *name, const char *text, uint64_t *bytes)
{
    const char *at = strstr(text, name);

    if (at == NULL)
        return false;
    *bytes = strtoull(at + strlen(name), NULL, 10) * 1024;
    return true;
}

static uint64_t exact(pid_t pid)
{
    char path[PROC_PATH_ROOM];
    char text[2048];
    uint64_t anonymous, shmem, resident, shared;

    proc_path(path, pid, "smaps_rollup");
    if (file_read_small(AT_FDCWD, path, text, sizeof text) > 0 &&
        rollup("Pss_Anon:", text, &anonymous) && rollup("Pss_Shmem:", text, &shmem))
        return anonymous + shmem;
    statm(pid, &resident, &shared);
    return resident > shared ? resident - shared : 0;
}

static void exact_sum(void *context, void *result)
{
    const struct members *members = context;
    uint64_t *sum = result;

    *sum = 0;
    for (size_t i = 0; i < members->count; i++)
        *sum += member_counts(&members->list[i]) ? exact(members->list[i].id.pid) : 0;
}

bool memory_guard_exceeded(struct keeper *k)
{
    uint64_t now_ms = clock_ms();
    uint64_t guard = k->rules.memory_guard_bytes;
    uint64_t sum = 0;

    if (memory_guard_next_ms(k) == 0 || now_ms < k->guard.next_check_ms)
        return false;
    k->guard.next_check_ms = now_ms + CHECK_EVERY_MS;
    members_sample(k);
    for (size_t i = 0; i < k->members.count; i++) {
        uint64_t resident, shared;
        if (!member_counts(&k->members.list[i]))
            continue;
        statm(k->members.list[i].id.pid, &resident, &shared);
        sum += resident;
    }
    if (sum <= guard)
        return false;
    if (!child_work_run(exact_sum, &k->members, &sum, sizeof sum, EXACT_TIMEOUT_MS))
        sum = 0;
    uint64_t took_ms = clock_ms() - now_ms;
    if (took_ms * EXACT_SHARE > CHECK_EVERY_MS)
        k->guard.next_check_ms = clock_ms() + took_ms * EXACT_SHARE;
    return sum > guard;
}

uint64_t memory_guard_next_ms(const struct keeper *k)
{
    bool watching = k->rules.memory_guard_bytes > 0 && k->phase == PHASE_RUNNING && !k->stop.begun;

    if (!watching)
        return 0;
    return k->guard.next_check_ms == 0 ? 1 : k->guard.next_check_ms;
}
