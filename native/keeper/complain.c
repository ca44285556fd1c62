/* See complain.h. A complaint that cannot be written is lost: nothing depends on it. */
#include "complain.h"

#include <stddef.h>
#include <unistd.h>

#include "errno-names.h"
#include "numbers.h"
#include "output.h"

static const int *folder;

void complain_in(const int *folder_fd)
{
    folder = folder_fd;
}

/* -1: nowhere. */
static int open_place(void)
{
    int fd;

    if (folder == NULL)
        return STDERR_FILENO;
    if (log_open(*folder, "keeper.log", &fd) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

void complain(const char *message, const char *detail, int error)
{
    char line[512];
    struct text t;

    text_start(&t, line, sizeof line - 1);
    text_add(&t, "holdfast-keeper: ");
    text_add(&t, message);
    if (detail != NULL) {
        text_add(&t, ": ");
        text_add(&t, detail);
    }
    if (error != 0) {
        text_add(&t, ": ");
        text_add(&t, errno_name(error));
    }
    line[t.length++] = '\n';
    int fd = open_place();
    if (fd >= 0)
        (void)!write(fd, line, t.length);
    if (fd > STDERR_FILENO)
        close(fd);
}
