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

#endif
