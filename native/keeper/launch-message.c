/*
 * Parses a launch message (see launch-message.h and PROTOCOL.md).
 *
 * Two passes: the first counts the strings and looks for `end=`, so that a message that was cut
 * off starts nothing; the second takes the values. Keys are matched exactly; an unknown one is
 * refused, because a limit that is silently ignored is worse than a job that does not start.
 */
#include "launch-message.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "launch-values.h"
#include "limit-values.h"
#include "linux-cgroup.h"
#include "numbers.h"

#define DEFAULT_GRACE_MS 10000
#define DEFAULT_OOM_SCORE_ADJ 500
/* 1000 days: below every overflow, above every job */
#define DURATION_MAX_MS (1000ull * 24 * 3600 * 1000)
#define BYTES_MAX (1ull << 62)

static const char *value_of(const char *string, const char *key)
{
    size_t length = strlen(key);

    return strncmp(string, key, length) == 0 && string[length] == '=' ? string + length + 1 : NULL;
}

struct lists {
    size_t args, env, also, rlimits;
};

enum key {
    KEY_ATTEMPT, KEY_FOLDER, KEY_NONCE, KEY_ARG, KEY_ENV, KEY_CWD, KEY_OUTPUT, KEY_QUOTA, KEY_GRACE,
    KEY_LIMIT, KEY_LEASE, KEY_LEFTOVERS, KEY_STOP_SIGNAL, KEY_STOP_SCOPE, KEY_CGROUP, KEY_ALSO,
    KEY_ADOPT, KEY_GUARD, KEY_OOM, KEY_RLIMIT, KEY_CPUS, KEY_NICE, KEY_ESCAPED, KEY_SEAL,
    KEY_UMASK, KEY_IGNORED, KEY_COUNT
};

static const char *const key_names[KEY_COUNT] = {
    "attempt", "folder", "nonce", "arg", "env", "cwd", "output", "output_quota_bytes", "grace_ms",
    "limit_ms", "lease_ms", "leftovers", "stop_signal", "stop_scope", "cgroup", "cgroup_also",
    "adopt", "memory_guard_bytes", "oom_score_adj", "rlimit", "cpus", "nice", "escaped", "seal",
    "umask", "ignored_signals",
};

static bool repeats(enum key key)
{
    return key == KEY_ARG || key == KEY_ENV || key == KEY_ALSO || key == KEY_RLIMIT;
}

static bool take(struct launch_message *m, enum key key, const char *value, struct lists *used)
{
    uint64_t signal_number;
    struct rlimit limit;
    int resource;

    switch (key) {
    case KEY_ATTEMPT: return value_take_text(&m->attempt, value, value_is_uuid(value));
    case KEY_FOLDER: return value_take_text(&m->folder, value, value[0] == '/');
    case KEY_NONCE: return value_take_text(&m->nonce, value, value_is_nonce(value));
    case KEY_SEAL: return value_take_text(&m->seal, value, value_is_nonce(value));
    case KEY_ARG: m->args[used->args++] = value; return true;
    case KEY_ENV: m->env[used->env++] = value; return value[0] != '=' && strchr(value, '=') != NULL;
    case KEY_CWD: return value_take_text(&m->cwd, value, value[0] == '/');
    case KEY_OUTPUT: return value_take_choice(&m->split, value, "joined", "split");
    case KEY_QUOTA: return number_parse(value, BYTES_MAX, &m->rules.output_quota_bytes);
    case KEY_GRACE: return number_parse(value, DURATION_MAX_MS, &m->rules.grace_ms);
    case KEY_LIMIT: return number_parse(value, DURATION_MAX_MS, &m->rules.limit_ms);
    case KEY_LEASE: return number_parse(value, DURATION_MAX_MS, &m->rules.lease_ms);
    case KEY_LEFTOVERS: return value_take_choice(&m->rules.wait_for_leftovers, value, "stop", "wait");
    case KEY_STOP_SIGNAL:
        if (!number_parse(value, (uint64_t)SIGRTMAX, &signal_number) || signal_number == 0)
            return false;
        m->rules.stop_signal = (int)signal_number;
        return true;
    case KEY_STOP_SCOPE: return value_take_scope(&m->rules, value);
    case KEY_CGROUP: return value_take_text(&m->cgroup, value, value[0] == '/');
    case KEY_ALSO:
        if (used->also == ALSO_MAX || value[0] != '/')
            return false;
        m->cgroup_also[used->also++] = value;
        return true;
    case KEY_ADOPT: return value_take_identity(&m->adopt, value);
    case KEY_GUARD: return number_parse(value, BYTES_MAX, &m->rules.memory_guard_bytes);
    case KEY_OOM: return value_take_signed(&m->oom_score_adj, value, -1000, 1000);
    case KEY_RLIMIT: m->rlimits[used->rlimits++] = value; return rlimit_parse(value, &resource, &limit);
    case KEY_CPUS: return value_take_text(&m->cpus, value, cpu_list_parse(value, NULL));
    case KEY_NICE: m->has_nice = true; return value_take_signed(&m->nice, value, -20, 19);
    case KEY_ESCAPED: return value_take_choice(&m->rules.stop_escaped, value, "report", "stop");
    case KEY_UMASK: m->has_umask = true; return value_take_octal(&m->umask, value);
    case KEY_IGNORED: return value_take_signals(&m->ignored_signals, value);
    case KEY_COUNT: break;
    }
    return false;
}

/* Counts the strings. False if the first is not the version or the last is not `end=`. */
static bool whole(const struct launch_message *m, struct lists *count)
{
    const char *at = m->bytes;
    const char *end = m->bytes + m->bytes_length;
    const char *last = "";

    if (m->bytes_length == 0 || end[-1] != '\0' || strcmp(at, "holdfast-launch=1") != 0)
        return false;
    for (; at < end; at += strlen(at) + 1) {
        count->args += value_of(at, "arg") != NULL;
        count->env += value_of(at, "env") != NULL;
        count->also += value_of(at, "cgroup_also") != NULL;
        count->rlimits += value_of(at, "rlimit") != NULL;
        last = at;
    }
    return strcmp(last, "end=") == 0;
}

static bool make_vectors(struct launch_message *m, const struct lists *count)
{
    size_t pointers = count->args + count->env + count->also + count->rlimits + 4;

    m->vectors_size = pointers * sizeof m->vectors[0];
    m->vectors = launch_message_map(m->vectors_size);
    if (m->vectors == NULL)
        return false;
    m->args = m->vectors;
    m->env = m->args + count->args + 1;
    m->cgroup_also = m->env + count->env + 1;
    m->rlimits = m->cgroup_also + count->also + 1;
    return true;
}

static int take_all(struct launch_message *m, const char **wrong_key)
{
    struct lists used = { 0 };
    bool seen[KEY_COUNT] = { false };
    const char *end = m->bytes + m->bytes_length;

    for (const char *at = m->bytes + strlen(m->bytes) + 1; strcmp(at, "end=") != 0; at += strlen(at) + 1) {
        enum key key = 0;
        while (key < KEY_COUNT && value_of(at, key_names[key]) == NULL)
            key++;
        *wrong_key = key < KEY_COUNT ? key_names[key] : at;
        if (key == KEY_COUNT || (seen[key] && !repeats(key)))
            return EINVAL;
        seen[key] = true;
        if (!take(m, key, value_of(at, key_names[key]), &used))
            return EINVAL;
        /* `end=` in the middle would leave the rest unread */
        if (at + strlen(at) + 1 >= end)
            return EBADMSG;
    }
    return 0;
}

int launch_message_parse(struct launch_message *m, const char **wrong_key)
{
    struct lists count = { 0 };
    static const char *const required[] = { "attempt", "folder", "nonce", "arg", "cwd" };

    *wrong_key = NULL;
    if (!whole(m, &count))
        return EBADMSG;
    if (!make_vectors(m, &count))
        return ENOMEM;
    m->rules.grace_ms = DEFAULT_GRACE_MS;
    m->rules.stop_signal = SIGTERM;
    m->oom_score_adj = DEFAULT_OOM_SCORE_ADJ;

    int error = take_all(m, wrong_key);
    if (error != 0)
        return error;
    const char *const values[] = { m->attempt, m->folder, m->nonce, m->args[0], m->cwd };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        *wrong_key = required[i];
        if (values[i] == NULL || values[i][0] == '\0')
            return EINVAL;
    }
    /* A group has limits and a freezer, and adopted processes would not be in it. */
    *wrong_key = "adopt";
    if (m->adopt.pid != 0 && m->cgroup != NULL)
        return EINVAL;
    *wrong_key = NULL;
    return 0;
}
