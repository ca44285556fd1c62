/* Which of the given files of one file system are open or mapped. */
#ifndef HOLDFAST_HOLDERS_H
#define HOLDFAST_HOLDERS_H

#include "keeper.h"

struct held {
    uint32_t major, minor; /* the file system's device */
    size_t count;
    uint64_t inodes[SHARED_FILES_MAX];
    bool by[SHARED_FILES_MAX]; /* a process that could be read holds it */
    bool own_denied;           /* a process of this user could not be read */
    bool others_denied;        /* a process of another user could not */
};

/* A process that is read can make both block without limit: see `child-work.h`. */
void holders_of_process(pid_t pid, struct held *held);
void holders_everywhere(struct held *held);

#endif
