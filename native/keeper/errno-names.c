/* strerrorname_np exists only since glibc 2.32; compute nodes are often older. */
#include "errno-names.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct {
    int number;
    const char *name;
} names[] = {
#define NAMED(e) { e, #e }
    NAMED(E2BIG), NAMED(EACCES), NAMED(EADDRINUSE), NAMED(EAGAIN), NAMED(EBADF), NAMED(EBADMSG),
    NAMED(EBUSY), NAMED(ECANCELED), NAMED(ECHILD), NAMED(EDQUOT), NAMED(EEXIST), NAMED(EFAULT),
    NAMED(EFBIG), NAMED(EINTR), NAMED(EINVAL), NAMED(EIO), NAMED(EISDIR), NAMED(ELIBBAD), NAMED(ELOOP),
    NAMED(EMFILE), NAMED(EMLINK), NAMED(EMSGSIZE), NAMED(ENAMETOOLONG), NAMED(ENFILE), NAMED(ENODEV),
    NAMED(ENOENT), NAMED(ENOEXEC), NAMED(ENOLCK), NAMED(ENOLINK), NAMED(ENOMEM), NAMED(ENOSPC),
    NAMED(ENOSYS), NAMED(ENOTCONN), NAMED(ENOTDIR), NAMED(ENOTEMPTY), NAMED(ENOTSOCK), NAMED(ENOTTY),
    NAMED(ENXIO), NAMED(EOPNOTSUPP), NAMED(EOVERFLOW), NAMED(EPERM), NAMED(EPIPE), NAMED(EPROTO),
    NAMED(ERANGE), NAMED(EROFS), NAMED(ESPIPE), NAMED(ESRCH), NAMED(ESTALE), NAMED(ETIMEDOUT),
    NAMED(ETXTBSY), NAMED(EXDEV),
#undef NAMED
};

const char *errno_name(int number)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].number == number)
            return names[i].name;
    return "E?";
}

int errno_number(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].number;
    return 0;
}
