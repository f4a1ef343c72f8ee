#include "disk_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

disk_state disk;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void disk_lock(void) { pthread_mutex_lock(&mutex); }

void disk_unlock(void) { pthread_mutex_unlock(&mutex); }

uint64_t disk_generation(void) { return disk.generation; }

int disk_is_cut(void) { return disk.is_cut; }

int disk_fault(void) { return disk.fault; }

struct powercut_counters disk_counters(void) { return disk.counters; }

uint64_t *disk_writes(void) { return &disk.counters.writes; }

uint64_t *disk_syncs(void) { return &disk.counters.syncs; }

uint64_t *disk_truncates(void) { return &disk.counters.truncates; }

uint64_t *disk_deletes(void) { return &disk.counters.deletes; }

void disk_failed(int code) {
  if (disk.fault == 0) disk.fault = code;
}

// SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014).
uint64_t disk_random(void) {
  uint64_t z = (disk.random += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static void forget_everything(void) {
  disk_drop_names();
  for (disk_node *node = disk.nodes; node; node = node->next) disk_drop_changes(node);
  disk_collect();
}

void disk_arm(uint64_t seed, uint64_t operations) {
  forget_everything();
  memset(&disk.counters, 0, sizeof disk.counters);
  disk.seed = seed;
  disk.cut_at = operations;
  disk.is_cut = 0;
  disk.fault = 0;
}

void disk_cut(uint64_t seed) {
  // Some disks had written almost everything, some almost nothing.
  static const uint64_t odds[] = {4, 8, 12, 15};
  if (disk.is_cut) return;
  disk.is_cut = 1;
  disk.generation += 1;
  disk.random = seed;
  disk.keep_of_16 = odds[disk_random() & 3];
  disk_settle_names();
  for (disk_node *node = disk.nodes; node; node = node->next) {
    if (!node->is_unlinked) disk_settle_content(node);
  }
  forget_everything();
}

int disk_count(uint64_t *counter) {
  *counter += 1;
  disk.counters.operations += 1;
  if (disk.cut_at == 0 || disk.counters.operations < disk.cut_at) return 0;
  disk_cut(disk.seed);
  return 1;
}

disk_node *disk_find(const char *path) {
  for (disk_node *node = disk.nodes; node; node = node->next) {
    if (!node->is_unlinked && strcmp(node->path, path) == 0) return node;
  }
  return NULL;
}

void disk_collect(void) {
  disk_node **link = &disk.nodes;
  while (*link) {
    disk_node *node = *link;
    if (node->handles > 0 || node->names > 0 || (node->first && !node->is_unlinked)) {
      link = &node->next;
      continue;
    }
    *link = node->next;
    disk_drop_changes(node);
    free(node->orphan);
    free(node->path);
    free(node);
  }
}

void disk_close(disk_node *node) {
  node->handles -= 1;
  disk_collect();
}
