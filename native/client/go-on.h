/* Starts Node, which runs every command that the host does not run. */
#ifndef HOLDFAST_CLIENT_GO_ON_H
#define HOLDFAST_CLIENT_GO_ON_H

/* `args`: the command's arguments, ended with NULL. Returns only if Node cannot be started. */
void go_on_to_node(const char *root, char **args);
/* The same through scripts/start.sh, which builds first. */
void go_on_to_build(const char *root, char **args);

#endif
