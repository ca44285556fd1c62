/* idle: does nothing until it is killed. What a process costs at the least. */
#include <unistd.h>

int main(void)
{
    for (;;)
        pause();
}
