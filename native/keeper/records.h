/*
 * Durable files in the attempt folder.
 *
 * A record is written to a temporary file, fsynced and put in place in one step; then the folder is
 * fsynced. After a power cut there is the whole record or none. The payload runs as the same user and may
 * put anything into the folder, so nothing here follows a symlink or opens a name that exists.
 */
#ifndef HOLDFAST_RECORDS_H
#define HOLDFAST_RECORDS_H

#include <stddef.h>

enum placing {
    PLACE_FIRST,   /* link: EEXIST if the name exists */
    PLACE_REPLACE, /* rename over what exists */
};

/*
 * 0 when durable, else an errno; a failed write leaves no file. `point` begins the names of its failpoints:
 * `POINT_write`, `POINT_temporary`, …
 */
int record_write(int folder_fd, const char *name, enum placing placing, const char *text, size_t length);

/* Renames `temporary` over whatever has that name; a folder in its place is moved out of the way. 0 or an errno. */
int record_place_over(int folder_fd, const char *temporary, const char *name);

#endif
