/* Which files in /dev/shm appeared during the attempt and belong to its user. */
#ifndef HOLDFAST_SHARED_MEMORY_LIST_H
#define HOLDFAST_SHARED_MEMORY_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SHARED_MEMORY_FOLDER "/dev/shm"
#define SHARED_FILES_MAX 1024
#define SHARED_LISTED_MAX 64
#define SHARED_NAME_ROOM 160

enum shared_end { SHARED_REMOVED, SHARED_NAME, SHARED_HELD, SHARED_UNKNOWN, SHARED_ERROR };

struct shared_file {
    char name[SHARED_NAME_ROOM];
    uint64_t inode;
    uint64_t bytes;
    bool folder;
    bool mixed; /* a folder in which a file is not proven to belong to the attempt */
    struct shared_file *inside; /* the folder that it is in; NULL: it is in /dev/shm itself */
    bool there; /* at the last check */
    bool open_to_others;
    bool held_by_us; /* seen with a process of the attempt */
    pid_t maker;     /* a process of the attempt whose pid is in the name; 0: none, or ambiguous */
    enum shared_end why;
    int error;
};

struct shared_memory {
    struct shared_file *list;
    size_t count;
    uint64_t unexamined; /* no room for them */
    uint32_t major, minor;
};

/* Updates the list of files since `claimed_wall_ms`: adds new files and sets `there` of those that exist now. */
void shared_memory_list(struct shared_memory *m, uint64_t claimed_wall_ms);

#endif
