/* threads COUNT: says "up" when it has that many threads, which do nothing until it is killed. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *idle(void *none)
{
    for (;;)
        pause();
    return none;
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    pthread_attr_t small;
    pthread_t thread;

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 * 1024);
    for (long made = 1; made < count; made++)
        if (pthread_create(&thread, &small, idle, NULL) != 0)
            return 1;
    puts("up");
    fflush(stdout);
    idle(NULL);
}
