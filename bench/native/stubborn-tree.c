/*
 * stubborn-tree COUNT FILE: COUNT processes, itself among them, that ignore TERM and wait. Makes
 * FILE when all of them are there.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static _Noreturn void wait_for_kill(void)
{
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    signal(SIGTERM, SIG_IGN);
    for (long left = atol(argv[1]) - 1; left > 0; left--) {
        pid_t pid = fork();
        if (pid < 0)
            return 1;
        if (pid == 0)
            wait_for_kill();
    }
    if (open(argv[2], O_WRONLY | O_CREAT, 0600) < 0)
        return 1;
    wait_for_kill();
}
