/*
 * Takes memory of GPU 0 by the driver's own interface and holds it until it is killed: no CUDA
 * toolkit needed. `holder BYTES`, or `holder BYTES fork`: then a forked child, which does nothing,
 * inherits the descriptors. Prints `ready PID CHILD` when the memory is allocated; CHILD 0 without a child.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

typedef int (*cu_init)(unsigned int);
typedef int (*cu_device)(int *, int);
typedef int (*cu_context)(void **, unsigned int, int);
typedef int (*cu_alloc)(unsigned long long *, size_t);

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (found == NULL) {
        fprintf(stderr, "libcuda has no %s\n", name);
        exit(2);
    }
    return found;
}

static void check(const char *what, int code) {
    if (code == 0) return;
    fprintf(stderr, "%s: CUDA error %d\n", what, code);
    exit(2);
}

int main(int argc, char **argv) {
    void *library = dlopen("libcuda.so.1", RTLD_NOW);
    int device, child = 0;
    void *context;
    unsigned long long memory;
    if (argc < 2 || library == NULL) {
        fprintf(stderr, "usage: holder BYTES [fork]; needs libcuda.so.1: %s\n", dlerror());
        return 2;
    }
    check("cuInit", ((cu_init)symbol(library, "cuInit"))(0));
    check("cuDeviceGet", ((cu_device)symbol(library, "cuDeviceGet"))(&device, 0));
    check("cuCtxCreate", ((cu_context)symbol(library, "cuCtxCreate_v2"))(&context, 0, device));
    check("cuMemAlloc", ((cu_alloc)symbol(library, "cuMemAlloc_v2"))(&memory, strtoull(argv[1], NULL, 10)));
    /* The process that started us may end before it has killed us. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc > 2 && (child = fork()) == 0) {
        alarm(120);
        for (;;) pause();
    }
    printf("ready %d %d\n", getpid(), child);
    fflush(stdout);
    for (;;) pause();
}
