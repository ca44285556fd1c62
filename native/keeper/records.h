/*
 * Durable files in the attempt folder.
 *
 * A record is written aside, fsynced, put in place in one step and the folder fsynced: after a
 * power cut there is the whole record or none. The payload runs as the same user and may put
 * anything into the folder, so nothing here follows a symlink or opens a name that exists.
 */
#ifndef HOLDFAST_RECORDS_H
#define HOLDFAST_RECORDS_H

#include <stddef.h>

enum placing {
    PLACE_FIRST,   /* link: EEXIST if somebody was there before */
    PLACE_REPLACE, /* rename over whatever there is */
};

/*
 * 0 when durable, else an errno, and nothing of the attempt to write is left.
 * `point` is the name under which failpoints know it: POINT_write, POINT_aside, …
 */
int record_write(int folder_fd, const char *name, enum placing placing, const char *text, size_t length);

/* Renames `aside` over whatever has that name; a folder in its place is moved out of the way. 0 or an errno. */
int record_place_over(int folder_fd, const char *aside, const char *name);

#endif
