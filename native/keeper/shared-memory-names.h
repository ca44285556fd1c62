/* Names that libraries give to files in /dev/shm that end with their processes. */
#ifndef HOLDFAST_SHARED_MEMORY_NAMES_H
#define HOLDFAST_SHARED_MEMORY_NAMES_H

#include <stdbool.h>
#include <sys/types.h>

bool shared_name_is_known(const char *file);
/* The pid of its maker in a known name, a number of the maker's PID namespace; 0: none. */
pid_t shared_name_pid(const char *file);

#endif
