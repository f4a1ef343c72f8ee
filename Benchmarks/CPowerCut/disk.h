#ifndef CPOWERCUT_DISK_H
#define CPOWERCUT_DISK_H

#include <stddef.h>
#include <stdint.h>

#include "CPowerCut.h"

/// The simulated disk: what is not durable yet, and what a cut makes of it. No SQLite here.
///
/// Every function but `disk_lock` expects the lock to be held.

typedef struct disk_node disk_node;

void disk_lock(void);
void disk_unlock(void);

/// Rises with each cut. A handle of an older generation is dead.
uint64_t disk_generation(void);
int disk_is_cut(void);
int disk_fault(void);
struct powercut_counters disk_counters(void);

void disk_arm(uint64_t seed, uint64_t operations);
void disk_cut(uint64_t seed);

/// Counts one operation; 1 when it is the one during which the power goes, and the cut has then been done.
int disk_count(uint64_t *counter);
uint64_t *disk_writes(void);
uint64_t *disk_syncs(void);
uint64_t *disk_truncates(void);
uint64_t *disk_deletes(void);

/// The file at `path`, which must exist by now; NULL without memory. `is_new`: this open created it.
disk_node *disk_open(const char *path, int is_new);
void disk_close(disk_node *node);

/// Records before the real write: `old` holds what the range holds now, as far as the file reaches. 0 without memory.
int disk_record_write(
  disk_node *node, int64_t offset, const void *bytes, size_t count, const void *old, size_t old_count,
  int64_t old_size);
/// Records before the real truncation: `tail` holds what lies behind the new size. 0 without memory.
int disk_record_truncate(disk_node *node, int64_t size, const void *tail, size_t tail_count, int64_t old_size);

/// The file's content is durable now.
void disk_sync(disk_node *node);
/// The creations and deletions in the directory of `path` are durable now.
void disk_sync_directory_of(const char *path);

/// Records before the real deletion, keeping the file's bytes for its possible return. 0 on failure.
int disk_record_delete(const char *path);

#endif
