/* See build.h. */
#include "build.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAMP "build/stamp"
#define HEAD_ROOM 512
#define REF "ref: "

/* The whole file, ended with NUL; NULL if it cannot be read. */
static char *file_text(int folder, const char *path)
{
    struct stat found;
    int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
    char *text = NULL;
    size_t used = 0;
    ssize_t got = 0;

    if (fd >= 0 && fstat(fd, &found) == 0 && S_ISREG(found.st_mode))
        text = calloc(1, (size_t)found.st_size + 1);
    while (text != NULL && used < (size_t)found.st_size &&
           (got = read(fd, text + used, (size_t)found.st_size - used)) > 0)
        used += (size_t)got;
    if (fd >= 0)
        close(fd);
    return got < 0 ? NULL : text;
}

/* The value of a line NAME='VALUE', which is ended in place. */
static const char *value_of(char *text, const char *name)
{
    size_t length = strlen(name);

    for (char *line = text; line != NULL && *line != '\0';) {
        char *end = strchr(line, '\n');
        if (strncmp(line, name, length) == 0 && strncmp(line + length, "='", 2) == 0 && end != NULL &&
            end[-1] == '\'') {
            end[-1] = '\0';
            return line + length + 2;
        }
        line = end == NULL ? NULL : end + 1;
    }
    return "";
}

bool build_read(struct build *build, const char *root)
{
    build->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    char *text = build->root < 0 ? NULL : file_text(build->root, STAMP);

    if (text == NULL)
        return false;
    /* From the last line to the first, because each value is ended in place. */
    build->inputs = value_of(text, "inputs");
    build->hosted = value_of(text, "hosted");
    build->id = value_of(text, "built_id");
    build->head = value_of(text, "built_head");
    return true;
}

static bool is_before(const struct stat *one, const struct stat *other)
{
    if (one->st_mtim.tv_sec != other->st_mtim.tv_sec)
        return one->st_mtim.tv_sec < other->st_mtim.tv_sec;
    return one->st_mtim.tv_nsec < other->st_mtim.tv_nsec;
}

/* The first line without blanks at its ends; empty if there is none. */
static void first_line(int folder, const char *path, char line[HEAD_ROOM])
{
    int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, line, HEAD_ROOM - 1);

    if (fd >= 0)
        close(fd);
    line[got < 0 ? 0 : got] = '\0';
    line[strcspn(line, "\n")] = '\0';
    for (size_t length = strlen(line); length > 0 && line[length - 1] == ' '; length--)
        line[length - 1] = '\0';
}

/* What is checked out, from git's own files; `none` without them. */
static bool head_is(int root, const char *built)
{
    struct stat found;
    char head[HEAD_ROOM], reference[HEAD_ROOM], path[sizeof ".git/" + HEAD_ROOM] = ".git/";

    if (fstatat(root, ".git/HEAD", &found, 0) != 0 || !S_ISREG(found.st_mode))
        return strcmp(built, "none") == 0;
    first_line(root, ".git/HEAD", head);
    if (strncmp(head, REF, strlen(REF)) == 0) {
        strcat(path, head + strlen(REF));
        if (fstatat(root, path, &found, 0) == 0 && S_ISREG(found.st_mode)) {
            first_line(root, path, reference);
            return strcmp(built, reference) == 0;
        }
    }
    return strcmp(built, head) == 0;
}

bool build_is_fresh(const struct build *build)
{
    struct stat stamp, found;
    char path[4096];

    if (fstatat(build->root, STAMP, &stamp, 0) != 0 ||
        fstatat(build->root, "build/cli.cjs", &found, 0) != 0 ||
        faccessat(build->root, "build/keeper/holdfast-keeper", X_OK, 0) != 0 ||
        faccessat(build->root, ".toolchain/bin/node", X_OK, 0) != 0 ||
        fstatat(build->root, ".toolchain/bin/node", &found, 0) != 0 || !is_before(&found, &stamp) ||
        !head_is(build->root, build->head))
        return false;
    for (const char *at = build->inputs; *at != '\0';) {
        size_t length = strcspn(at, " ");
        if (length >= sizeof path)
            return false;
        memcpy(path, at, length);
        path[length] = '\0';
        if (fstatat(build->root, path, &found, 0) != 0 || !is_before(&found, &stamp))
            return false;
        at += length + strspn(at + length, " ");
    }
    return true;
}

bool build_hosts(const struct build *build, const char *verb)
{
    size_t length = strlen(verb);

    if (length == 0 || strchr(verb, ' ') != NULL)
        return false;
    for (const char *at = build->hosted; *at != '\0';) {
        size_t arg = strcspn(at, " ");
        if (arg == length && strncmp(at, verb, length) == 0)
            return true;
        at += arg + strspn(at + arg, " ");
    }
    return false;
}
