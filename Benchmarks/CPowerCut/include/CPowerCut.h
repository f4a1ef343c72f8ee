#ifndef CPOWERCUT_H
#define CPOWERCUT_H

#include <stdint.h>

/// A SQLite virtual file system, "powercut", that loses power at a chosen moment.
///
/// It stands on the default file system: files are real, and what is written is there for every reader at once.
/// Beside them it keeps, in memory, a journal of what a sync has not yet made durable. The cut undoes that journal and
/// applies again what the disk happened to have kept, so that the files then hold what a machine would find after the
/// power came back. Every later call through this file system fails with SQLITE_IOERR until `powercut_arm`, and a
/// handle that was open at the cut fails for good. Close them, then open the files through the default file system.
///
/// What the simulated disk may do, which is what POSIX and a drive with a volatile cache allow:
///
/// - Between two syncs of a file, writes and truncations reach the disk in any order. At the cut each is, independently
///   of the others, kept or dropped; a write that touches more than one sector may also be torn: each of its 512-byte
///   sectors (aligned in the file) is kept or dropped by itself, at least one of either. A sector is written whole or
///   not at all, and bytes beside a write do not change (SQLite's "powersafe overwrite").
/// - A file's size is metadata of the same kind: it grows by a kept write and shrinks by a kept truncation. What lies
///   between the old end and a kept write behind a dropped one reads as zeros.
/// - xSync makes its own file's writes, truncations and size durable, no other file's.
/// - That a file was created or deleted is the directory's business. A directory is made durable by xDelete with
///   syncDir, and by the first xSync through a handle that opened a journal or a write-ahead log with
///   SQLITE_OPEN_CREATE, which is when the unix file system syncs it. Until then a prefix, for each path by itself, of
///   its creations and deletions survives: a created file may be gone with all that was synced into it, a deleted one
///   may be back.
/// - Temporary files and the shared memory of the write-ahead log's index (`-shm`) are passed through: SQLite never
///   reads them again after a restart.
///
/// Nothing is really synced, so this file system must not hold data that matters. A file whose journal grows beyond
/// 256 MiB has its oldest entries made durable, as an operating system writes back. A deleted file beyond that size is
/// deleted durably. Memory mapping is off.
///
/// One simulation at a time per process: the state is global. All calls are safe from any thread.

/// What happened since `powercut_arm`.
struct powercut_counters {
  /// Counted operations: writes + syncs + truncates + deletes. The cut comes at the n-th of these.
  uint64_t operations;
  uint64_t writes;
  uint64_t syncs;
  uint64_t truncates;
  uint64_t deletes;
  /// Directory syncs, each a part of a sync or a delete.
  uint64_t directory_syncs;
  /// Of the writes and truncations that were not durable at the cut: those that the disk had not, in part, or wholly.
  uint64_t dropped;
  uint64_t torn;
  uint64_t kept;
  /// Of the creations and deletions that were not durable at the cut: those that were undone.
  uint64_t names_dropped;
};

/// Registers "powercut", not as the default. May be called again. Answers 0, or SQLite's error code.
int powercut_register(void);

/// Restores the power: all that the files hold now is durable, counters are zero.
/// The cut comes during the `operations`-th write, sync, truncation or deletion from here on: a write or truncation
/// may survive, a sync or deletion has not happened. 0 for never. `seed` decides what survives.
void powercut_arm(uint64_t seed, uint64_t operations);

/// Cuts now, if the power is on.
void powercut_cut(uint64_t seed);

/// 1 between a cut and the next `powercut_arm`, else 0.
int powercut_is_cut(void);

/// 0, or the errno of the first call that kept the cut from leaving the files as described: the run proves nothing.
int powercut_fault(void);

struct powercut_counters powercut_read_counters(void);

#endif
