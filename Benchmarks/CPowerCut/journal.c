#define _GNU_SOURCE
#include "disk_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { pending_limit = 256 << 20 };

static void remove_first(disk_node *node) {
  disk_change *change = node->first;
  node->first = change->next;
  if (node->first) node->first->previous = NULL;
  else node->last = NULL;
  node->pending_bytes -= change->count + change->old_count;
  free(change);
}

void disk_drop_changes(disk_node *node) {
  while (node->first) remove_first(node);
}

static int record(
  disk_node *node, enum disk_change_kind kind, int64_t offset, const void *bytes, size_t count, const void *old,
  size_t old_count, int64_t old_size
) {
  if (node->is_unlinked) return 1;
  disk_change *change = malloc(sizeof *change + count + old_count);
  if (!change) return 0;
  change->previous = node->last;
  change->next = NULL;
  change->kind = kind;
  change->offset = offset;
  change->old_size = old_size;
  change->count = count;
  change->old_count = old_count;
  if (count) memcpy(change->bytes, bytes, count);
  if (old_count) memcpy(change->bytes + count, old, old_count);
  if (node->last) node->last->next = change;
  else node->first = change;
  node->last = change;
  node->pending_bytes += count + old_count;
  // The undo record of a later change starts from the earlier one's effect: forgetting the oldest makes it durable.
  while (node->pending_bytes > pending_limit && node->first != node->last) remove_first(node);
  return 1;
}

int disk_record_write(
  disk_node *node, int64_t offset, const void *bytes, size_t count, const void *old, size_t old_count,
  int64_t old_size
) {
  return record(node, disk_write, offset, bytes, count, old, old_count, old_size);
}

int disk_record_truncate(disk_node *node, int64_t size, const void *tail, size_t tail_count, int64_t old_size) {
  return record(node, disk_truncate, size, NULL, 0, tail, tail_count, old_size);
}

void disk_sync(disk_node *node) {
  disk_drop_changes(node);
}

int disk_write_all(int descriptor, const unsigned char *bytes, size_t count, int64_t offset) {
  while (count > 0) {
    ssize_t written = pwrite(descriptor, bytes, count, offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      disk_failed(written < 0 ? errno : EIO);
      return 0;
    }
    bytes += written;
    count -= (size_t)written;
    offset += written;
  }
  return 1;
}

static void set_size(int descriptor, int64_t size) {
  if (ftruncate(descriptor, size) != 0) disk_failed(errno);
}

static int64_t size_of(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) == 0) return status.st_size;
  disk_failed(errno);
  return 0;
}

static void undo(int descriptor, const disk_change *change) {
  if (size_of(descriptor) > change->old_size) set_size(descriptor, change->old_size);
  disk_write_all(descriptor, change->bytes + change->count, change->old_count, change->offset);
}

// Each sector by itself, at least one of either kind.
static void write_torn(int descriptor, const disk_change *change, int64_t sectors) {
  int64_t dropped = (int64_t)(disk_random() % (uint64_t)sectors);
  int64_t kept = (dropped + 1 + (int64_t)(disk_random() % (uint64_t)(sectors - 1))) % sectors;
  int64_t end = change->offset + (int64_t)change->count;
  int64_t base = change->offset / disk_sector * disk_sector;
  for (int64_t sector = 0; sector < sectors; sector++) {
    int survives = sector == kept || (sector != dropped && (disk_random() & 1));
    if (!survives) continue;
    int64_t start = base + sector * disk_sector;
    int64_t stop = start + disk_sector < end ? start + disk_sector : end;
    if (start < change->offset) start = change->offset;
    disk_write_all(descriptor, change->bytes + (start - change->offset), (size_t)(stop - start), start);
  }
}

static void settle(int descriptor, const disk_change *change) {
  int64_t sectors = 1;
  if (change->kind == disk_write && change->count > 0) {
    int64_t last = change->offset + (int64_t)change->count - 1;
    sectors = last / disk_sector - change->offset / disk_sector + 1;
  }
  if (sectors > 1 && (disk_random() & 7) == 0) {
    disk.counters.torn += 1;
    write_torn(descriptor, change, sectors);
    return;
  }
  if ((disk_random() & 15) >= disk.keep_of_16) {
    disk.counters.dropped += 1;
    return;
  }
  disk.counters.kept += 1;
  if (change->kind == disk_write) {
    disk_write_all(descriptor, change->bytes, change->count, change->offset);
    return;
  }
  int64_t size = size_of(descriptor);
  int shrinks = change->offset < change->old_size;
  if (shrinks ? size > change->offset : size < change->offset) set_size(descriptor, change->offset);
}

void disk_settle_content(disk_node *node) {
  if (!node->first) return;
  int descriptor = open(node->path, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) {
    disk_failed(errno);
    return;
  }
  for (disk_change *change = node->last; change; change = change->previous) undo(descriptor, change);
  for (disk_change *change = node->first; change; change = change->next) settle(descriptor, change);
  if (close(descriptor) != 0) disk_failed(errno);
}
