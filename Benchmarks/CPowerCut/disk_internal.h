#ifndef CPOWERCUT_DISK_INTERNAL_H
#define CPOWERCUT_DISK_INTERNAL_H

#include "disk.h"

/// What `journal.c` (files' contents), `names.c` (directories) and `disk.c` (the cut) share.

enum { disk_sector = 512 };

enum disk_change_kind { disk_write, disk_truncate };

/// One write or truncation that no sync has made durable, with what undoes it.
typedef struct disk_change {
  struct disk_change *previous;
  struct disk_change *next;
  enum disk_change_kind kind;
  /// Of a write, where; of a truncation, the new size.
  int64_t offset;
  int64_t old_size;
  size_t count;
  size_t old_count;
  /// The new bytes, then the old ones.
  unsigned char bytes[];
} disk_change;

/// A file, by identity and not by name.
struct disk_node {
  disk_node *next;
  char *path;
  disk_change *first;
  disk_change *last;
  size_t pending_bytes;
  int handles;
  /// Name changes that speak of it.
  int names;
  /// Not at `path` any more: writes to it are nobody's business.
  int is_unlinked;
  /// Its bytes when it was unlinked.
  unsigned char *orphan;
  size_t orphan_count;
};

enum disk_name_kind { disk_created, disk_deleted };

/// A creation or deletion that no directory sync has made durable.
typedef struct disk_name {
  struct disk_name *next;
  enum disk_name_kind kind;
  disk_node *node;
  int is_settled;
} disk_name;

typedef struct disk_state {
  disk_node *nodes;
  disk_name *names;
  struct powercut_counters counters;
  uint64_t generation;
  uint64_t seed;
  uint64_t cut_at;
  int is_cut;
  int fault;
  /// Of the cut that is being done.
  uint64_t random;
  uint64_t keep_of_16;
} disk_state;

extern disk_state disk;

uint64_t disk_random(void);
/// Keeps the first errno.
void disk_failed(int code);

disk_node *disk_find(const char *path);
/// Frees the nodes that nothing speaks of any more.
void disk_collect(void);

void disk_drop_changes(disk_node *node);
/// Brings the file at the node's path from its live content to what survives.
void disk_settle_content(disk_node *node);

void disk_drop_names(void);
/// Decides which creations and deletions survive and makes the directories so.
void disk_settle_names(void);

int disk_write_all(int descriptor, const unsigned char *bytes, size_t count, int64_t offset);

#endif
