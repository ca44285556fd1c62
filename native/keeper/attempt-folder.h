/* The folder of the attempt, held by a descriptor. */
#ifndef HOLDFAST_ATTEMPT_FOLDER_H
#define HOLDFAST_ATTEMPT_FOLDER_H

#include "keeper.h"

/* 0 or an errno. */
int attempt_folder_open(struct keeper *k, const char *path);
/*
 * If the payload removed or moved the folder, creates it again where the records belong. A failure
 * changes nothing: writing then fails and is retried.
 */
void attempt_folder_reopen(struct keeper *k);
/* The parent of the attempt folders does not exist: removed, or on a disk that was unmounted. */
bool attempt_folder_is_homeless(const struct keeper *k);

#endif
