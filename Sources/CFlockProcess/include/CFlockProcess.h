#ifndef CFLOCKPROCESS_H
#define CFLOCKPROCESS_H

#include <stdint.h>
// Swift's Glibc module has neither.
#include <sys/epoll.h>
#include <sys/eventfd.h>

// The few system calls that Swift cannot make: starting a child between vfork and exec, and calls that need
// _GNU_SOURCE, which must not be defined in a header that Swift imports.

/// The step at which starting a child failed.
enum flock_spawn_step {
  FLOCK_SPAWN_STARTED = 0,
  FLOCK_SPAWN_FORK = 1,
  FLOCK_SPAWN_GROUP = 2,
  FLOCK_SPAWN_DESCRIPTORS = 3,
  FLOCK_SPAWN_DIRECTORY = 4,
  FLOCK_SPAWN_EXEC = 5,
};

struct flock_spawn_request {
  const char *path;
  char *const *arguments;
  char *const *environment;
  /// NULL: the parent's.
  const char *directory;
  int input;
  int output;
  int error;
};

struct flock_spawn_result {
  int32_t pid;
  /// One of flock_spawn_step, and the errno that went with it.
  int32_t step;
  int32_t error_number;
};

/// Starts a child as the leader of a new process group, with the three descriptors as 0, 1 and 2 and no others, default
/// signal dispositions and an empty signal mask. The child gets SIGKILL when the *calling thread* ends, so call it from a
/// thread that lives as long as the process. It returns when the child runs its own program or has failed to.
struct flock_spawn_result flock_spawn(const struct flock_spawn_request *request);

/// A pidfd with close-on-exec, or minus errno.
int flock_pidfd_open(int32_t pid);

enum flock_wait_state {
  FLOCK_WAIT_RUNNING = 0,
  FLOCK_WAIT_EXITED = 1,
  FLOCK_WAIT_SIGNALLED = 2,
  /// The child is not ours any more: something else in the process reaped it.
  FLOCK_WAIT_LOST = 3,
};

struct flock_wait_result {
  int32_t state;
  int32_t value;
};

/// Looks at a child without waiting for it. With `reap` 0 a dead child stays a zombie, so that its id cannot be reused.
struct flock_wait_result flock_wait(int32_t pid, int reap);

/// A pipe with close-on-exec on both ends: 0 or errno.
int flock_pipe(int descriptors[2]);

/// Makes a descriptor non-blocking: 0 or errno.
int flock_set_nonblocking(int descriptor);

/// How many bytes a read would get now; 0 if that cannot be told.
int flock_readable_bytes(int descriptor);

/// Blocks every signal on the calling thread, SIGPIPE among them.
void flock_block_signals(void);

/// Names the calling thread for debuggers: at most 15 bytes, the rest is cut.
void flock_name_thread(const char *name);

#endif
