/*
 * See disk-watch.h.
 *
 * The payload writes its output itself, so the keeper does not see its ENOSPC. It samples whether any
 * block is free, and any inode: without one no file can be created. How long the disk was full before the first and after the last such sample is not
 * known. A quota of the user (EDQUOT) does not show here.
 */
#include "disk-watch.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include "clock.h"

#define CHECK_EVERY_MS 1000

void disk_watch_sample(struct disk_watch *d, int folder_fd)
{
    struct statvfs status;

    if (fstatvfs(folder_fd, &status) != 0)
        return;
    /* Some file systems count no blocks, or no inodes. Root may use what is reserved. */
    bool is_root = geteuid() == 0;
    fsblkcnt_t blocks = is_root ? status.f_bfree : status.f_bavail;
    fsfilcnt_t inodes = is_root ? status.f_ffree : status.f_favail;
    d->full = (status.f_blocks > 0 && blocks == 0) || (status.f_files > 0 && inodes == 0);
    if (!d->full)
        return;
    d->last_wall_ms = clock_wall_ms();
    if (d->samples++ == 0)
        d->first_wall_ms = d->last_wall_ms;
}

bool disk_watch_advance(struct disk_watch *d, int folder_fd)
{
    bool before = d->full;

    if (clock_ms() < d->next_check_ms)
        return false;
    disk_watch_sample(d, folder_fd);
    d->next_check_ms = clock_ms() + CHECK_EVERY_MS;
    return d->full != before;
}

uint64_t disk_watch_next_ms(const struct disk_watch *d)
{
    return d->next_check_ms == 0 ? 1 : d->next_check_ms;
}

void disk_watch_write(const struct disk_watch *d, struct json *j)
{
    if (d->samples == 0) {
        json_string_if(j, "disk_full", NULL);
        return;
    }
    json_open(j, "disk_full", '{');
    json_number(j, "first_ms", d->first_wall_ms);
    json_number(j, "last_ms", d->last_wall_ms);
    json_number(j, "samples", d->samples);
    json_close(j, '}');
}
