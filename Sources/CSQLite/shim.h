#ifndef FLOCK_CSQLITE_SHIM_H
#define FLOCK_CSQLITE_SHIM_H

#include <sqlite3.h>
#include <sys/prctl.h>

/// Names the calling thread for debuggers; `prctl` is variadic and `pthread_setname_np` a GNU extension, so neither
/// is imported. Longer names are cut to 15 bytes.
static inline void flock_name_thread(const char *name) {
  prctl(PR_SET_NAME, name, 0, 0, 0);
}

#endif
