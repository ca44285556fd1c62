/* What the host has to know of a command: its arguments, environment, folder and terminals. */
#ifndef HOLDFAST_CLIENT_REQUEST_H
#define HOLDFAST_CLIENT_REQUEST_H

#include <stdbool.h>

/* `args`: the command's arguments, ended with NULL. False: it could not be sent; nothing runs. */
bool request_send(int connection, const char *build_id, char **args);

/* Content of a message about the terminal's size: "COLUMNS ROWS"; empty where standard output and error are none. */
#define SIZE_ROOM 32
void terminal_size(char size[SIZE_ROOM]);

#endif
