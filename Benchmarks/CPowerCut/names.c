#define _GNU_SOURCE
#include "disk_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// A deleted file beyond this size is not kept: its deletion is then durable at once, with its directory.
enum { orphan_limit = 256 << 20 };

static int record(disk_node *node, enum disk_name_kind kind) {
  disk_name *name = calloc(1, sizeof *name);
  if (!name) return 0;
  name->kind = kind;
  name->node = node;
  node->names += 1;
  disk_name **link = &disk.names;
  while (*link) link = &(*link)->next;
  *link = name;
  return 1;
}

static disk_node *make_node(const char *path) {
  disk_node *node = calloc(1, sizeof *node);
  char *copy = strdup(path);
  if (!node || !copy) {
    free(node);
    free(copy);
    return NULL;
  }
  node->path = copy;
  disk_node **link = &disk.nodes;
  while (*link) link = &(*link)->next;
  *link = node;
  return node;
}

disk_node *disk_open(const char *path, int is_new) {
  disk_node *node = disk_find(path);
  if (node && is_new) {
    // Somebody removed it behind this file system's back.
    node->is_unlinked = 1;
    node = NULL;
  }
  if (!node) node = make_node(path);
  if (!node || (is_new && !record(node, disk_created))) return NULL;
  node->handles += 1;
  return node;
}

static size_t directory_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (size_t)(slash - path) : 0;
}

static void remove_names(const char *path) {
  size_t length = path ? directory_length(path) : 0;
  disk_name **link = &disk.names;
  while (*link) {
    disk_name *name = *link;
    const char *other = name->node->path;
    if (path && (directory_length(other) != length || memcmp(other, path, length) != 0)) {
      link = &name->next;
      continue;
    }
    *link = name->next;
    name->node->names -= 1;
    free(name);
  }
}

void disk_drop_names(void) { remove_names(NULL); }

void disk_sync_directory_of(const char *path) {
  disk.counters.directory_syncs += 1;
  remove_names(path);
  disk_collect();
}

static int read_orphan(disk_node *node) {
  int descriptor = open(node->path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  struct stat status;
  int is_read = fstat(descriptor, &status) == 0;
  size_t size = is_read ? (size_t)status.st_size : 0;
  unsigned char *bytes = is_read ? malloc(size + 1) : NULL;
  size_t count = 0;
  while (bytes && count < size) {
    ssize_t got = pread(descriptor, bytes + count, size - count, (off_t)count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    count += (size_t)got;
  }
  close(descriptor);
  if (!bytes || count < size) {
    free(bytes);
    return 0;
  }
  node->orphan = bytes;
  node->orphan_count = count;
  return 1;
}

int disk_record_delete(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0) return 0;
  int is_kept = status.st_size <= orphan_limit;
  if (!is_kept) disk_sync_directory_of(path);
  disk_node *node = disk_find(path);
  if (!node) node = make_node(path);
  if (!node) return 0;
  if (is_kept && (!read_orphan(node) || !record(node, disk_deleted))) return 0;
  node->is_unlinked = 1;
  return 1;
}

static void bring_back(disk_node *node) {
  int descriptor = open(node->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    disk_failed(errno);
    return;
  }
  disk_write_all(descriptor, node->orphan, node->orphan_count, 0);
  if (close(descriptor) != 0) disk_failed(errno);
  node->is_unlinked = 0;
}

static void undo_from(disk_name *name) {
  const char *path = name->node->path;
  disk_node *current = disk_find(path);
  if (unlink(path) != 0 && errno != ENOENT) disk_failed(errno);
  if (current) {
    for (disk_change *change = current->first; change; change = change->next) disk.counters.dropped += 1;
    current->is_unlinked = 1;
  }
  if (name->kind == disk_deleted) bring_back(name->node);
}

void disk_settle_names(void) {
  for (disk_name *first = disk.names; first; first = first->next) {
    if (first->is_settled) continue;
    uint64_t count = 0;
    for (disk_name *name = first; name; name = name->next) {
      count += strcmp(name->node->path, first->node->path) == 0;
    }
    uint64_t kept = disk_random() % (count + 1);
    uint64_t index = 0;
    disk.counters.names_dropped += count - kept;
    disk_name *undone = NULL;
    for (disk_name *name = first; name; name = name->next) {
      if (strcmp(name->node->path, first->node->path) != 0) continue;
      if (index == kept) undone = name;
      name->is_settled = 1;
      index += 1;
    }
    if (undone) undo_from(undone);
  }
}
