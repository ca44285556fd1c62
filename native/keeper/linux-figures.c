/*
 * See linux-figures.h.
 *
 * Each file is read once. Version 2 files come first; figures that they lack are read from the version 1 groups. Pressure is
 * counted for every version 2 group, also where no controller is enabled.
 */
#include "linux-figures.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux-cgroup.h"
#include "linux-process.h"

#define FILE_ROOM 2048

/* "" if there is no such file. */
static const char *text_of(int folder_fd, const char *file, char text[FILE_ROOM])
{
    if (folder_fd < 0 || file_read_small(folder_fd, file, text, FILE_ROOM) < 0)
        text[0] = '\0';
    return text;
}

static struct figure number_at(const char *at)
{
    char *end;
    struct figure f = { .value = strtoull(at, &end, 10) };

    f.known = end != at;
    return f;
}

/* The number after `name` at the beginning of a line. */
static struct figure figure(const char *text, const char *name)
{
    const char *at = *text == '\0' ? NULL : text;

    while (at != NULL && strncmp(at, name, strlen(name)) != 0) {
        at = strchr(at, '\n');
        at = at == NULL ? NULL : at + 1;
    }
    return at == NULL ? (struct figure){ 0 } : number_at(at + strlen(name));
}

/* Of a file that is one number. */
static struct figure single(int folder_fd, const char *file)
{
    char text[FILE_ROOM];

    return number_at(text_of(folder_fd, file, text));
}

static void fill(struct figure *f, struct figure other)
{
    if (!f->known)
        *f = other;
}

/* `some avg10=0.00 avg60=0.00 avg300=0.00 total=1234` */
static struct figure total(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    at = at == NULL ? NULL : strstr(at, "total=");
    return at == NULL ? (struct figure){ 0 } : number_at(at + strlen("total="));
}

static struct stalled stalled(int folder_fd, const char *file)
{
    char text[FILE_ROOM];

    text_of(folder_fd, file, text);
    return (struct stalled){ total(text, "some "), total(text, "full ") };
}

static void from_version_one(struct figures *f, int folder_fd)
{
    char cpu[FILE_ROOM], memory[FILE_ROOM];
    struct figure throttled_ns = figure(text_of(folder_fd, "cpu.stat", cpu), "throttled_time ");

    if (!f->cpu_throttled_us.known && throttled_ns.known)
        f->cpu_throttled_us = (struct figure){ true, throttled_ns.value / 1000 };
    fill(&f->cpu_throttled_periods, figure(cpu, "nr_throttled "));
    if (!f->memory_peak_bytes.known)
        f->memory_peak_bytes = single(folder_fd, "memory.max_usage_in_bytes");
    if (!f->oom_kills.known)
        f->oom_kills = figure(text_of(folder_fd, "memory.oom_control", memory), "oom_kill ");
    if (!f->pids_peak.known)
        f->pids_peak = single(folder_fd, "pids.peak");
}

void figures_read(const struct keeper *k, struct figures *f)
{
    const struct cgroup *c = &k->cgroup;
    int v2 = c->folder_fd;
    char cpu[FILE_ROOM], memory[FILE_ROOM];

    text_of(v2, "cpu.stat", cpu);
    text_of(v2, "memory.events", memory);
    *f = (struct figures){
        .cpu_user_us = figure(cpu, "user_usec "),
        .cpu_system_us = figure(cpu, "system_usec "),
        .cpu_throttled_us = figure(cpu, "throttled_usec "),
        .cpu_throttled_periods = figure(cpu, "nr_throttled "),
        .memory_peak_bytes = single(v2, "memory.peak"),
        .oom_kills = figure(memory, "oom_kill "),
        .pids_peak = single(v2, "pids.peak"),
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
