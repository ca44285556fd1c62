/*
 * See shared-memory.h.
 *
 * Files are told apart by their inodes: a name can be given again. Times come from the kernel's
 * coarse clock, which lags behind the one that the claim was stamped with.
 */
#include "shared-memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aside.h"
#include "errno-names.h"
#include "failpoints.h"
#include "holders.h"
#include "linux-members.h"
#include "linux-process.h"
#include "pid-namespaces.h"

#define FOLDER "/dev/shm"
#define COARSE_MS 10
/* Delays the first signal, and only where a process's memory map is locked. */
#define LOOK_PATIENCE_MS 200
#define SETTLE_PATIENCE_MS 2000
/* For tests, which a loaded machine must not decide. */
#define PATIENT_MS 60000

struct name {
    const char *prefix;
    char after_pid; /* the prefix is followed by the maker's pid and this; 0: it is not */
};

static const struct name names[] = {
    { "psm_", 0 },        { "sem.mp-", 0 },  { "sem.loky-", '-' }, { "loky-", '-' },
    { "torch_", '_' },    { "nccl-", 0 },    { "vader_segment.", 0 }, { "sm_segment.", 0 },
    { "joblib_memmapping_folder_", '_' },
};

static const struct name *library_name(const char *file)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(file, names[i].prefix, strlen(names[i].prefix)) == 0)
            return &names[i];
    return NULL;
}

static bool was_ours(const struct keeper *k, pid_t pid)
{
    for (size_t i = 0; i < k->ended.count; i++)
        if (k->ended.list[i].pid == pid)
            return true;
    return false;
}

/* A process of the attempt whose pid is in the name; 0: none. */
static pid_t pid_in_name(const struct keeper *k, const char *file)
{
    const struct name *name = library_name(file);
    char *end;

    if (name == NULL || name->after_pid == 0)
        return 0;
    long pid = strtol(file + strlen(name->prefix), &end, 10);
    bool ours = pid > 1 && pid < INT32_MAX && *end == name->after_pid && was_ours(k, (pid_t)pid);
    return ours ? (pid_t)pid : 0;
}

/* Of the files that are there; where the number may be of another PID namespace it proves nothing. */
static void find_makers(struct keeper *k)
{
    struct shared_memory *m = &k->shared_memory;
    pid_t pids[SHARED_FILES_MAX];
    bool ambiguous[SHARED_FILES_MAX];
    size_t found = 0;

    for (size_t i = 0; i < m->count; i++) {
        pids[i] = m->list[i].there && m->list[i].inside == NULL ? pid_in_name(k, m->list[i].name) : 0;
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

/* Appeared since the claim, and belongs to this user. */
static bool is_new(const struct keeper *k, const struct statx *s)
{
    uint64_t born_ms = (uint64_t)s->stx_btime.tv_sec * 1000 + s->stx_btime.tv_nsec / 1000000;

    return (s->stx_mask & STATX_BTIME) != 0 && s->stx_uid == geteuid() &&
           (S_ISREG(s->stx_mode) || S_ISDIR(s->stx_mode)) && born_ms + COARSE_MS >= k->times.claimed_wall_ms;
}

static struct shared_file *find(struct shared_memory *m, uint64_t inode)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].inode == inode)
            return &m->list[i];
    return NULL;
}

static struct shared_file *take(struct shared_memory *m, struct shared_file *inside, const char *name,
                                const struct statx *s)
{
    struct shared_file *file = find(m, s->stx_ino);

    if (file == NULL) {
        if (m->list == NULL)
            m->list = calloc(SHARED_FILES_MAX, sizeof *m->list);
        if (m->list == NULL || m->count == SHARED_FILES_MAX || strlen(name) >= SHARED_NAME_ROOM) {
            m->unexamined++;
            return NULL;
        }
        file = &m->list[m->count++];
        *file = (struct shared_file){ .inode = s->stx_ino, .folder = S_ISDIR(s->stx_mode) };
        strcpy(file->name, name);
    }
    file->there = true;
    file->inside = inside;
    file->mixed = false;
    file->bytes = (uint64_t)s->stx_blocks * 512;
    /* A folder is held by nobody; what is in it counts by itself. */
    file->open_to_others = !file->folder && (s->stx_mode & 077) != 0;
    return file;
}

/* A folder goes with what is in it, if all of that is of the attempt's time and user. Libraries make no
   folders in it. */
static void list_inside(struct keeper *k, int parent, struct shared_file *folder)
{
    struct shared_memory *m = &k->shared_memory;
    struct dirent *entry;
    int fd = openat(parent, folder->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *open_folder = fd < 0 ? NULL : fdopendir(fd);

    if (open_folder == NULL) {
        folder->mixed = true;
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(open_folder)) != NULL) {
        struct statx s;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (statx(fd, entry->d_name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &s) != 0)
            continue; /* removed meanwhile */
        struct shared_file *file = S_ISREG(s.stx_mode) && is_new(k, &s) ? take(m, folder, entry->d_name, &s) : NULL;
        if (file == NULL)
            folder->mixed = true;
        else
            folder->bytes += file->bytes;
    }
    closedir(open_folder);
}

static void list(struct keeper *k)
{
    struct shared_memory *m = &k->shared_memory;
    struct dirent *entry;
    DIR *folder = opendir(FOLDER);

    m->unexamined = 0;
    for (size_t i = 0; i < m->count; i++)
        m->list[i].there = false;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        struct statx s;
        if (entry->d_name[0] == '.' || statx(dirfd(folder), entry->d_name, AT_SYMLINK_NOFOLLOW,
                                            STATX_BASIC_STATS | STATX_BTIME, &s) != 0)
            continue;
        m->major = s.stx_dev_major;
        m->minor = s.stx_dev_minor;
        struct shared_file *file = is_new(k, &s) ? take(m, NULL, entry->d_name, &s) : NULL;
        if (file != NULL && file->folder && library_name(file->name) != NULL)
            list_inside(k, dirfd(folder), file);
    }
    if (folder != NULL)
        closedir(folder);
}

struct look {
    const struct keeper *keeper;
    struct held held;
};

static void look_for_holders(void *context, void *result)
{
    const struct look *look = context;
    const struct members *members = &look->keeper->members;
    struct held *held = result;

    *held = look->held;
    for (size_t i = 0; i < members->count; i++)
        if (!members->list[i].over)
            holders_of_process(members->list[i].id.pid, held);
}

static void look_everywhere(void *context, void *result)
{
    struct held *held = result;

    *held = ((const struct look *)context)->held;
    holders_everywhere(held);
}

/* Fills in the files that are there; regular ones only, a folder is held by nobody. */
static void make_look(const struct keeper *k, struct look *look)
{
    const struct shared_memory *m = &k->shared_memory;

    *look = (struct look){ .keeper = k, .held = { .major = m->major, .minor = m->minor, .count = m->count } };
    for (size_t i = 0; i < m->count; i++)
        look->held.inodes[i] = m->list[i].inode;
}

void shared_memory_look(struct keeper *k)
{
    struct shared_memory *m = &k->shared_memory;
    struct look look;
    struct held held;

    list(k);
    if (m->count == 0)
        return;
    members_look(k);
    make_look(k, &look);
    uint64_t patience_ms = failpoint_error("look_patience") != 0 ? PATIENT_MS : LOOK_PATIENCE_MS;
    if (!aside_run(look_for_holders, &look, &held, sizeof held, patience_ms))
        return;
    for (size_t i = 0; i < m->count; i++)
        m->list[i].held_by_us = m->list[i].held_by_us || held.by[i];
}

static bool may_go(struct shared_file *file)
{
    if (file->inside != NULL)
        return is_proven(file) && may_go(file->inside);
    if (library_name(file->name) == NULL)
        file->why = SHARED_NAME;
    return is_proven(file) && library_name(file->name) != NULL;
}

/* Else errno says why not. */
static bool is_same(const struct shared_memory *m, int folder, const struct shared_file *file)
{
    struct statx s;

    errno = ENOENT;
    return folder >= 0 && statx(folder, file->name, AT_SYMLINK_NOFOLLOW, STATX_INO, &s) == 0 &&
           s.stx_ino == file->inode && s.stx_dev_minor == m->minor && s.stx_dev_major == m->major;
}

/* What cannot be removed keeps its folder, whose removal then says ENOTEMPTY. */
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
    int folder = open(FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

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
    struct look look;
    struct held held;
    size_t wanted = 0;

    list(k);
    find_makers(k);
    for (size_t i = 0; i < m->count; i++)
        wanted += may_go(&m->list[i]);
    if (wanted == 0)
        return;
    make_look(k, &look);
    bool looked = aside_run(look_everywhere, &look, &held, sizeof held, SETTLE_PATIENCE_MS);
    for (size_t i = 0; i < m->count; i++) {
        struct shared_file *file = &m->list[i];
        bool is_held = looked && held.by[i];
        bool is_unknown = !looked || held.own_denied || (held.others_denied && file->open_to_others);
        if (may_go(file))
            file->why = is_held ? SHARED_HELD : is_unknown ? SHARED_UNKNOWN : SHARED_REMOVED;
    }
    /* A folder stays for the sake of one file in it that is held, or may be. */
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
