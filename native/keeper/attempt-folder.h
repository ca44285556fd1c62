/* The folder of the attempt, held by a descriptor. */
#ifndef HOLDFAST_ATTEMPT_FOLDER_H
#define HOLDFAST_ATTEMPT_FOLDER_H

#include "keeper.h"

/* 0 or an errno. */
int attempt_folder_open(struct keeper *k, const char *path);
/*
 * If the payload removed or moved the folder, makes it again where the records belong. What cannot
 * be done leaves things as they are: writing then fails and is tried again.
 */
void attempt_folder_reopen(struct keeper *k);
/* The folder in which attempts have theirs is not there: removed, or on a disk that was taken away. */
bool attempt_folder_is_homeless(const struct keeper *k);

#endif
