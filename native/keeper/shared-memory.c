/*
 * See shared-memory.h. shared-memory-list.c lists the files; shared-memory-names.c knows the names
 * that libraries give to such files.
 */
#include "shared-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child-work.h"
#include "errno-names.h"
#include "failpoints.h"
#include "holders.h"
#include "linux-members.h"
#include "linux-process.h"
#include "pid-namespaces.h"
#include "shared-memory-list.h"
#include "shared-memory-names.h"

/* Delays the first signal, and only where a process's memory map is locked. */
#define SAMPLE_TIMEOUT_MS 200
#define SETTLE_TIMEOUT_MS 2000
/* Longer in tests, so that a loaded machine does not fail them. */
#define LONG_TIMEOUT_MS 60000

static bool was_ours(const struct ended *ended, pid_t pid)
{
    for (size_t i = 0; i < ended->count; i++)
        if (ended->list[i].pid == pid)
            return true;
    return false;
}

/* A number that may belong to another PID namespace proves nothing. */
static void find_makers(struct shared_memory *m, const struct ended *ended)
{
    pid_t pids[SHARED_FILES_MAX];
    bool ambiguous[SHARED_FILES_MAX];
    size_t found = 0;

    for (size_t i = 0; i < m->count; i++) {
        pid_t pid = m->list[i].there && m->list[i].inside == NULL ? shared_name_pid(m->list[i].name) : 0;
        pids[i] = pid != 0 && was_ours(ended, pid) ? pid : 0;
        found += pids[i] != 0;
    }
    if (found > 0)
        pid_namesakes(pids, ambiguous, m->count);
    for (size_t i = 0; i < m->count; i++)
        m->list[i].maker = found > 0 && !ambiguous[i] ? pids[i] : 0;
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].inside != NULL)
            m->list[i].maker = m->list[i].inside->maker;
}

static bool is_proven(const struct shared_file *file)
{
    return file->there && (file->held_by_us || file->maker != 0);
}

struct search {
    const struct keeper *keeper;
    struct held held;
};

static void search_holders(void *context, void *result)
{
    const struct search *search = context;
    const struct members *members = &search->keeper->members;
    struct held *held = result;

    *held = search->held;
    for (size_t i = 0; i < members->count; i++)
        if (!members->list[i].over)
            holders_of_process(members->list[i].id.pid, held);
}

static void search_everywhere(void *context, void *result)
{
    struct held *held = result;

    *held = ((const struct search *)context)->held;
    holders_everywhere(held);
}

/* Fills in the files that exist; regular files only, as no process holds a folder. */
static void make_search(const struct keeper *k, struct search *search)
{
    const struct shared_memory *m = &k->shared_memory;

    *search = (struct search){ .keeper = k, .held = { .major = m->major, .minor = m->minor, .count = m->count } };
    for (size_t i = 0; i < m->count; i++)
        search->held.inodes[i] = m->list[i].inode;
}

void shared_memory_sample(struct keeper *k)
{
    struct shared_memory *m = &k->shared_memory;
    struct search search;
    struct held held;

    shared_memory_list(m, k->times.claimed_wall_ms);
    if (m->count == 0)
        return;
    members_sample(k);
    make_search(k, &search);
    uint64_t timeout_ms = failpoint_error("sample_timeout") != 0 ? LONG_TIMEOUT_MS : SAMPLE_TIMEOUT_MS;
    if (!child_work_run(search_holders, &search, &held, sizeof held, timeout_ms))
        return;
    for (size_t i = 0; i < m->count; i++)
        m->list[i].held_by_us = m->list[i].held_by_us || held.by[i];
}

static bool may_go(struct shared_file *file)
{
    if (file->inside != NULL)
        return is_proven(file) && may_go(file->inside);
    if (!shared_name_is_known(file->name))
        file->why = SHARED_NAME;
    return is_proven(file) && shared_name_is_known(file->name);
}

/* Else errno says why not. */
static bool is_same(const struct shared_memory *m, int folder, const struct shared_file *file)
{
    struct statx s;

    errno = ENOENT;
    return folder >= 0 && statx(folder, file->name, AT_SYMLINK_NOFOLLOW, STATX_INO, &s) == 0 &&
           s.stx_ino == file->inode && s.stx_dev_minor == m->minor && s.stx_dev_major == m->major;
}

/* A file that cannot be removed keeps its folder, whose removal then fails with ENOTEMPTY. */
static void empty_folder(const struct shared_memory *m, int parent, const struct shared_file *folder)
{
    int inside = openat(parent, folder->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    for (size_t i = 0; inside >= 0 && i < m->count; i++) {
        const struct shared_file *file = &m->list[i];
        if (file->inside == folder && file->there && is_same(m, inside, file))
            unlinkat(inside, file->name, 0);
    }
    if (inside >= 0)
        close(inside);
}

static void remove_file(const struct shared_memory *m, struct shared_file *file)
{
    int folder = open(SHARED_MEMORY_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    bool same = is_same(m, folder, file);
    if (same && file->folder && !file->mixed)
        empty_folder(m, folder, file);
    if (same && unlinkat(folder, file->name, file->folder ? AT_REMOVEDIR : 0) == 0) {
        file->why = SHARED_REMOVED;
    } else {
        file->why = SHARED_ERROR;
        file->error = errno;
    }
    if (folder >= 0)
        close(folder);
}

void shared_memory_settle(struct keeper *k)
{
    struct shared_memory *m = &k->shared_memory;
    struct search search;
    struct held held;
    size_t wanted = 0;

    shared_memory_list(m, k->times.claimed_wall_ms);
    find_makers(m, &k->ended);
    for (size_t i = 0; i < m->count; i++)
        wanted += may_go(&m->list[i]);
    if (wanted == 0)
        return;
    make_search(k, &search);
    bool searched = child_work_run(search_everywhere, &search, &held, sizeof held, SETTLE_TIMEOUT_MS);
    for (size_t i = 0; i < m->count; i++) {
        struct shared_file *file = &m->list[i];
        bool is_held = searched && held.by[i];
        bool is_unknown = !searched || held.own_denied || (held.others_denied && file->open_to_others);
        if (may_go(file))
            file->why = is_held ? SHARED_HELD : is_unknown ? SHARED_UNKNOWN : SHARED_REMOVED;
    }
    /* A folder stays if one file in it is held, or may be. */
    for (size_t i = 0; i < m->count; i++) {
        struct shared_file *folder = m->list[i].inside;
        if (folder != NULL && m->list[i].there && folder->why == SHARED_REMOVED)
            folder->why = m->list[i].why;
    }
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].inside == NULL && may_go(&m->list[i]) && m->list[i].why == SHARED_REMOVED)
            remove_file(m, &m->list[i]);
}

void shared_memory_write(const struct keeper *k, struct json *j)
{
    static const char *const reasons[] = { "removed", "name", "held", "unknown", "error" };
    const struct shared_memory *m = &k->shared_memory;
    uint64_t proven = 0;

    json_open(j, "shared_memory", '[');
    for (size_t i = 0; i < m->count; i++) {
        const struct shared_file *file = &m->list[i];
        char name[SHARED_NAME_ROOM];
        if (file->inside != NULL || !is_proven(file) || proven++ >= SHARED_LISTED_MAX)
            continue;
        strcpy(name, file->name);
        printable(name);
        json_open(j, NULL, '{');
        json_string(j, "name", name);
        json_number(j, "bytes", file->bytes);
        json_string(j, "maker", file->maker != 0 ? "pid" : "held");
        json_string(j, "what", reasons[file->why]);
        json_string_if(j, "errno", file->why == SHARED_ERROR ? errno_name(file->error) : NULL);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_number(j, "shared_memory_omitted",
                m->unexamined + (proven > SHARED_LISTED_MAX ? proven - SHARED_LISTED_MAX : 0));
}
