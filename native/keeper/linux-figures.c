/*
 * See linux-figures.h.
 *
 * Version 2 files come first; figures that they lack are read from the version 1 groups. Pressure is
 * counted for every version 2 group, also where no controller is enabled.
 */
#include "linux-figures.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux-cgroup.h"
#include "linux-process.h"

/* The number after `name` at the beginning of a line, or, with NULL, at the beginning of the file. */
static struct figure figure(int folder_fd, const char *file, const char *name)
{
    char text[2048];
    struct figure f = { 0 };

    if (folder_fd < 0 || file_read_small(folder_fd, file, text, sizeof text) < 0)
        return f;
    char *at = text;
    while (name != NULL && at != NULL && strncmp(at, name, strlen(name)) != 0) {
        at = strchr(at, '\n');
        at = at == NULL ? NULL : at + 1;
    }
    if (at == NULL)
        return f;
    if (name != NULL)
        at += strlen(name);
    char *end;
    f.value = strtoull(at, &end, 10);
    f.known = end != at;
    return f;
}

static void fill(struct figure *f, int folder_fd, const char *file, const char *name)
{
    if (!f->known)
        *f = figure(folder_fd, file, name);
}

/* `some avg10=0.00 avg60=0.00 avg300=0.00 total=1234` */
static struct figure total(int folder_fd, const char *file, const char *name)
{
    char text[512];
    struct figure f = { 0 };

    if (folder_fd < 0 || file_read_small(folder_fd, file, text, sizeof text) < 0)
        return f;
    char *at = strstr(text, name);
    at = at == NULL ? NULL : strstr(at, "total=");
    if (at == NULL)
        return f;
    char *end;
    f.value = strtoull(at + strlen("total="), &end, 10);
    f.known = end != at + strlen("total=");
    return f;
}

static struct stalled stalled(int folder_fd, const char *file)
{
    return (struct stalled){ total(folder_fd, file, "some "), total(folder_fd, file, "full ") };
}

static void from_version_one(struct figures *f, int folder_fd)
{
    struct figure throttled_ns = figure(folder_fd, "cpu.stat", "throttled_time ");

    if (!f->cpu_throttled_us.known && throttled_ns.known)
        f->cpu_throttled_us = (struct figure){ true, throttled_ns.value / 1000 };
    fill(&f->cpu_throttled_periods, folder_fd, "cpu.stat", "nr_throttled ");
    fill(&f->memory_peak_bytes, folder_fd, "memory.max_usage_in_bytes", NULL);
    fill(&f->oom_kills, folder_fd, "memory.oom_control", "oom_kill ");
    fill(&f->pids_peak, folder_fd, "pids.peak", NULL);
}

void figures_read(const struct keeper *k, struct figures *f)
{
    const struct cgroup *c = &k->cgroup;
    int v2 = c->folder_fd;

    *f = (struct figures){
        .cpu_user_us = figure(v2, "cpu.stat", "user_usec "),
        .cpu_system_us = figure(v2, "cpu.stat", "system_usec "),
        .cpu_throttled_us = figure(v2, "cpu.stat", "throttled_usec "),
        .cpu_throttled_periods = figure(v2, "cpu.stat", "nr_throttled "),
        .memory_peak_bytes = figure(v2, "memory.peak", NULL),
        .oom_kills = figure(v2, "memory.events", "oom_kill "),
        .pids_peak = figure(v2, "pids.peak", NULL),
        .cpu = stalled(v2, "cpu.pressure"),
        .memory = stalled(v2, "memory.pressure"),
        .io = stalled(v2, "io.pressure"),
    };
    for (size_t i = 0; i < c->also_count; i++) {
        int fd = cgroup_open_also(&k->cgroup, i);
        from_version_one(f, fd);
        if (fd >= 0)
            close(fd);
    }
}
