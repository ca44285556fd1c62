/*
 * The launch message: NUL-terminated `key=value` strings, read into one private mapping.
 *
 * All pointers point into that mapping, so that one munmap gives everything back once the payload
 * has been forked: a keeper lives as long as its attempt and must stay small.
 */
#ifndef HOLDFAST_LAUNCH_MESSAGE_H
#define HOLDFAST_LAUNCH_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process-state.h"
#include "rules.h"

#define LAUNCH_MESSAGE_MAX (16u * 1024 * 1024)

struct launch_message {
    char *bytes;
    size_t bytes_length;
    const char **vectors;
    size_t vectors_size;

    const char *attempt;
    const char *folder;
    const char *nonce;
    const char *seal; /* NULL: none */
    const char *cwd;
    const char *cgroup;
    const char *cpus;
    const char **args; /* this and the next three end with NULL */
    const char **env;
    const char **cgroup_also;
    const char **rlimits;
    struct rules rules;
    bool split;
    struct identity adopt; /* pid 0: none */
    int oom_score_adj;
    bool has_nice;
    int nice;
    bool has_umask;
    unsigned umask;
    uint64_t ignored_signals; /* bit 0 is signal 1 */
};

/* Private memory, zeroed; NULL: none (errno). */
void *launch_message_map(size_t size);
/* Room for `length` bytes of message; false: no memory (errno). */
bool launch_message_room(struct launch_message *m, size_t length);
/* Reads one message from a file until its end. 0 or an errno; EMSGSIZE above the maximum. */
int launch_message_read(struct launch_message *m, int fd);
/*
 * Parses what `bytes` holds. 0, or EBADMSG (not a complete message), EINVAL (a key that is
 * unknown, twice, missing or has a wrong value; `wrong_key` names it), ENOMEM.
 * `attempt` is set whenever it could be read, so that the refusal can name it.
 */
int launch_message_parse(struct launch_message *m, const char **wrong_key);
void launch_message_free(struct launch_message *m);

#endif
