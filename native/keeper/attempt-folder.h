/* The folder of the attempt, held by a descriptor. */
#ifndef HOLDFAST_ATTEMPT_FOLDER_H
#define HOLDFAST_ATTEMPT_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

struct folder_identity {
    uint64_t device;
    uint64_t inode;
};

struct attempt_folder {
    char *path;
    int fd;
    struct folder_identity parent; /* the parent of the attempt folders, as it was when the attempt began */
};

/* 0 or an errno. */
int attempt_folder_open(struct attempt_folder *f, const char *path);
/*
 * If the payload removed or moved the folder, creates it again where the records belong. A failure
 * changes nothing: writing then fails and is retried.
 */
void attempt_folder_reopen(struct attempt_folder *f);
/* The parent of the attempt folders does not exist: removed, or on a disk that was unmounted. */
bool attempt_folder_is_homeless(const struct attempt_folder *f);

#endif
