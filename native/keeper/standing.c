/* See standing.h. */
#include "standing.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "linux-process.h"

/* With its main thread gone a process shows Z, stopped or not: its other threads have to be asked. */
bool process_stands_still(pid_t pid, char state)
{
    char path[PROC_PATH_ROOM];
    struct process_stat thread;
    struct dirent *entry;
    bool still = true;

    if (state != 'Z')
        return state == 'T' || state == 't';
    proc_path(path, pid, "task");
    DIR *folder = opendir(path);
    if (folder == NULL)
        return true;
    while (still && (entry = readdir(folder)) != NULL) {
        pid_t id = (pid_t)strtol(entry->d_name, NULL, 10);
        if (id > 0 && process_stat_read(id, &thread))
            still = strchr("TtZX", thread.state) != NULL;
    }
    closedir(folder);
    return still;
}
