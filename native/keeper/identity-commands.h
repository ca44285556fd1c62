/* `identify`, `peer` and `signal`: identities and checked signals for a server that has no pidfds. */
#ifndef HOLDFAST_IDENTITY_COMMANDS_H
#define HOLDFAST_IDENTITY_COMMANDS_H

/* argc and argv without the program and the command's name. Return the exit status. */
int identify_command(int argc, char **argv);
int peer_command(void);
int signal_command(int argc, char **argv);

#endif
