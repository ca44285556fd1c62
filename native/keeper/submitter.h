/*
 * `submitter`: prints what a program that is started here inherits, on one line, for the launcher.
 *
 * The command line runs in Node, which sets all signals to their defaults and raises the soft limit
 * of open files before any script runs. The shell before it drops variables whose names are not
 * identifiers and sets its own variables. So the launcher asks for these before it starts Node. PROTOCOL.md
 * has the format.
 */
#ifndef HOLDFAST_SUBMITTER_H
#define HOLDFAST_SUBMITTER_H

/* `shell`: the pid of the launcher's shell, whose initial environment is read. Exit status. */
int submitter_command(const char *shell);

#endif
