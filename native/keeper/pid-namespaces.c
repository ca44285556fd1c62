/* See pid-namespaces.h. */
#include "pid-namespaces.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "linux-process.h"
#include "numbers.h"

/* PROC_PID_INIT_INO of the kernel: the first PID namespace has this number on every machine. */
static const char first[] = "pid:[4026531836]";

bool pid_namespace_is_first(void)
{
    char own[64] = "";

    return readlink("/proc/self/ns/pid", own, sizeof own - 1) > 0 && strcmp(own, first) == 0;
}

/* Unless proc was mounted with hidepid. */
static bool all_in_sight(void)
{
    return pid_namespace_is_first() && access("/proc/1/stat", R_OK) == 0;
}

/* `NSpid:	4711	101`: from the outermost namespace that can be seen to its own. 0: it is of ours. */
static pid_t pid_in_its_namespace(pid_t pid)
{
    char path[PROC_PATH_ROOM];
    char text[4096];
    uint64_t innermost;

    proc_path(path, pid, "status");
    char *line = file_read_small(AT_FDCWD, path, text, sizeof text) > 0 ? strstr(text, "\nNSpid:") : NULL;
    if (line == NULL)
        return 0;
    line += strlen("\nNSpid:\t");
    line[strcspn(line, "\n")] = '\0';
    char *last = strrchr(line, '\t');
    return last != NULL && number_parse(last + 1, INT32_MAX, &innermost) ? (pid_t)innermost : 0;
}

void pid_namesakes(const pid_t *pids, bool *ambiguous, size_t count)
{
    struct dirent *entry;
    DIR *proc = all_in_sight() ? opendir("/proc") : NULL;

    for (size_t i = 0; i < count; i++)
        ambiguous[i] = proc == NULL;
    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        uint64_t pid;
        pid_t inner = number_parse(entry->d_name, INT32_MAX, &pid) ? pid_in_its_namespace((pid_t)pid) : 0;
        for (size_t i = 0; inner != 0 && i < count; i++)
            ambiguous[i] = ambiguous[i] || pids[i] == inner;
    }
    if (proc != NULL)
        closedir(proc);
}
