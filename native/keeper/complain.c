/* See complain.h. A complaint that cannot be written is lost: nothing depends on it. */
#include "complain.h"

#include <stddef.h>
#include <unistd.h>

#include "errno-names.h"
#include "numbers.h"

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
    if (write(STDERR_FILENO, line, t.length) < 0)
        return;
}
