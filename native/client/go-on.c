/* See go-on.h. */
#include "go-on.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *below(const char *root, const char *path)
{
    size_t length = strlen(root);
    char *whole = malloc(length + strlen(path) + 1);

    if (whole == NULL)
        _exit(126);
    memcpy(whole, root, length);
    strcpy(whole + length, path);
    return whole;
}

/* PROGRAM FIRST... WORD... */
static void start(char *program, char *const first[], char **args)
{
    size_t before = 0, after = 0;

    while (first[before] != NULL)
        before++;
    while (args[after] != NULL)
        after++;
    char **all = malloc((before + after + 1) * sizeof *all);
    if (all == NULL)
        _exit(126);
    memcpy(all, first, before * sizeof *all);
    memcpy(all + before, args, (after + 1) * sizeof *all);
    execv(program, all);
    free(all);
}

void go_on_to_node(const char *root, char **args)
{
    char *node = below(root, "/.toolchain/bin/node");
    /* `--`: Node would take options such as --env-file for itself, even after the script. */
    char *first[] = { node, (char[]){ "--" }, below(root, "/build/cli.cjs"), NULL };

    start(node, first, args);
}

void go_on_to_build(const char *root, char **args)
{
    char *first[] = { (char[]){ "sh" }, below(root, "/scripts/start.sh"), NULL };

    start((char[]){ "/bin/sh" }, first, args);
}
