#define _GNU_SOURCE
#include "CFlockProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#define CLOSE_ON_EXEC_RANGE (1U << 2)

struct failure {
  int32_t step;
  int32_t error_number;
};

// Everything below runs in the child, which shares the parent's memory until it execs: system calls only, no
// allocation, no locks, and no writes to anything that the parent reads.

__attribute__((noreturn)) static void fail(int report, int step) {
  struct failure failure = {step, errno};
  ssize_t ignored = write(report, &failure, sizeof failure);
  (void)ignored;
  _exit(127);
}

static int above_standard(int descriptor, int report) {
  if (descriptor > 2) return descriptor;
  int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (moved < 0) fail(report, FLOCK_SPAWN_DESCRIPTORS);
  return moved;
}

static void close_others_on_exec(void) {
  if (syscall(SYS_close_range, 3U, ~0U, CLOSE_ON_EXEC_RANGE) == 0) return;
  // Kernels before 5.11.
  struct rlimit limit;
  int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 1048576 ? (int)limit.rlim_cur : 1048576;
  for (int descriptor = 3; descriptor < end; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

__attribute__((noreturn, noinline)) static void run_child(
    const struct flock_spawn_request *request, int report, pid_t parent) {
  if (setpgid(0, 0) != 0) fail(report, FLOCK_SPAWN_GROUP);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(report, FLOCK_SPAWN_GROUP);
  // The parent may have died before the line above: nobody would tell us.
  if (getppid() != parent) _exit(127);

  report = above_standard(report, report);
  int input = above_standard(request->input, report);
  int output = above_standard(request->output, report);
  int error = above_standard(request->error, report);
  if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(error, 2) < 0) fail(report, FLOCK_SPAWN_DESCRIPTORS);
  close_others_on_exec();

  if (request->directory != NULL && chdir(request->directory) != 0) fail(report, FLOCK_SPAWN_DIRECTORY);

  struct sigaction standard;
  memset(&standard, 0, sizeof standard);
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);

  execve(request->path, request->arguments, request->environment);
  fail(report, FLOCK_SPAWN_EXEC);
}

// The parent's side.

struct flock_spawn_result flock_spawn(const struct flock_spawn_request *request) {
  struct flock_spawn_result result = {-1, FLOCK_SPAWN_STARTED, 0};
  // Failures travel through a pipe and not through the shared memory, because sanitizers turn vfork into fork.
  int report[2];
  int error_number = flock_pipe(report);
  if (error_number != 0) {
    result.step = FLOCK_SPAWN_FORK;
    result.error_number = error_number;
    return result;
  }

  // No handler of ours may run in the child while it shares our memory.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t parent = getpid();
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
  pid_t pid = vfork();
#pragma clang diagnostic pop
  if (pid == 0) run_child(request, report[1], parent);
  int fork_error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(report[1]);

  if (pid < 0) {
    close(report[0]);
    result.step = FLOCK_SPAWN_FORK;
    result.error_number = fork_error;
    return result;
  }

  struct failure failure = {0, 0};
  ssize_t count;
  do {
    count = read(report[0], &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  close(report[0]);
  if (count == (ssize_t)sizeof failure) {
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    result.step = failure.step;
    result.error_number = failure.error_number;
    return result;
  }
  result.pid = pid;
  return result;
}

int flock_pidfd_open(int32_t pid) {
  // A pidfd is always close-on-exec.
  long descriptor = syscall(SYS_pidfd_open, pid, 0U);
  return descriptor < 0 ? -errno : (int)descriptor;
}

struct flock_wait_result flock_wait(int32_t pid, int reap) {
  struct flock_wait_result result = {FLOCK_WAIT_RUNNING, 0};
  siginfo_t info;
  int outcome;
  do {
    memset(&info, 0, sizeof info);
    outcome = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | (reap ? 0 : WNOWAIT));
  } while (outcome < 0 && errno == EINTR);
  if (outcome < 0) {
    result.state = FLOCK_WAIT_LOST;
  } else if (info.si_pid == pid) {
    result.state = info.si_code == CLD_EXITED ? FLOCK_WAIT_EXITED : FLOCK_WAIT_SIGNALLED;
    result.value = info.si_status;
  }
  return result;
}

int flock_pipe(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC) == 0 ? 0 : errno; }

int flock_set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return errno;
  return fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : errno;
}

int flock_readable_bytes(int descriptor) {
  int count = 0;
  return ioctl(descriptor, FIONREAD, &count) == 0 ? count : 0;
}

void flock_block_signals(void) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
}

void flock_name_thread(const char *name) { prctl(PR_SET_NAME, name); }
