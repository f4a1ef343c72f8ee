#include "disk.h"

void powercut_arm(uint64_t seed, uint64_t operations) {
  disk_lock();
  disk_arm(seed, operations);
  disk_unlock();
}

void powercut_cut(uint64_t seed) {
  disk_lock();
  disk_cut(seed);
  disk_unlock();
}

int powercut_is_cut(void) {
  disk_lock();
  int answer = disk_is_cut();
  disk_unlock();
  return answer;
}

int powercut_fault(void) {
  disk_lock();
  int answer = disk_fault();
  disk_unlock();
  return answer;
}

struct powercut_counters powercut_read_counters(void) {
  disk_lock();
  struct powercut_counters answer = disk_counters();
  disk_unlock();
  return answer;
}
