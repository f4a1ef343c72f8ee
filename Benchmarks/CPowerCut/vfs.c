#ifdef SQLite

#define _GNU_SOURCE
#include "disk.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct powercut_file {
  sqlite3_file base;
  /// NULL: a temporary file, passed through.
  disk_node *node;
  uint64_t generation;
  /// The first sync also makes the directory durable.
  int syncs_directory;
  char *path;
  sqlite3_file *real;
} powercut_file;

static sqlite3_vfs *base_vfs;

static powercut_file *self(sqlite3_file *file) { return (powercut_file *)file; }

// MARK: Files. `enter` takes the lock and keeps it; 0, and no lock, when the power is off.

static int enter(powercut_file *file) {
  disk_lock();
  if (!disk_is_cut() && file->generation == disk_generation()) return 1;
  disk_unlock();
  return 0;
}

static int leave(int code) {
  disk_unlock();
  return code;
}

static int pc_close(sqlite3_file *file) {
  powercut_file *f = self(file);
  disk_lock();
  int code = f->real->pMethods->xClose(f->real);
  if (f->node) disk_close(f->node);
  disk_unlock();
  free(f->path);
  f->path = NULL;
  f->node = NULL;
  return code;
}

static int pc_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
  powercut_file *f = self(file);
  if (!enter(f)) return SQLITE_IOERR_READ;
  return leave(f->real->pMethods->xRead(f->real, bytes, count, offset));
}

// What the file holds from `offset`, at most `limit` bytes: for the journal's undo.
static int read_old(
  powercut_file *f, sqlite3_int64 offset, sqlite3_int64 limit, void **bytes, sqlite3_int64 *count, sqlite3_int64 *size
) {
  *bytes = NULL;
  *count = 0;
  int code = f->real->pMethods->xFileSize(f->real, size);
  if (code != SQLITE_OK || *size <= offset) return code;
  *count = *size - offset < limit ? *size - offset : limit;
  if (*count > 0x7FFFFFFF) return SQLITE_IOERR_NOMEM;
  *bytes = malloc((size_t)*count);
  if (!*bytes) return SQLITE_IOERR_NOMEM;
  code = f->real->pMethods->xRead(f->real, *bytes, (int)*count, offset);
  if (code != SQLITE_OK) free(*bytes);
  return code;
}

static int pc_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  powercut_file *f = self(file);
  if (!enter(f)) return SQLITE_IOERR_WRITE;
  if (f->node) {
    void *old;
    sqlite3_int64 old_count, size;
    int code = read_old(f, offset, count, &old, &old_count, &size);
    if (code != SQLITE_OK) return leave(code);
    int is_recorded = disk_record_write(f->node, offset, bytes, (size_t)count, old, (size_t)old_count, size);
    free(old);
    if (!is_recorded) return leave(SQLITE_IOERR_NOMEM);
  }
  int code = f->real->pMethods->xWrite(f->real, bytes, count, offset);
  if (f->node && disk_count(disk_writes())) code = SQLITE_IOERR_WRITE;
  return leave(code);
}

static int pc_truncate(sqlite3_file *file, sqlite3_int64 size) {
  powercut_file *f = self(file);
  if (!enter(f)) return SQLITE_IOERR_TRUNCATE;
  if (f->node) {
    void *tail;
    sqlite3_int64 tail_count, old_size;
    int code = read_old(f, size, INT64_MAX, &tail, &tail_count, &old_size);
    if (code != SQLITE_OK) return leave(code);
    int is_recorded = disk_record_truncate(f->node, size, tail, (size_t)tail_count, old_size);
    free(tail);
    if (!is_recorded) return leave(SQLITE_IOERR_NOMEM);
  }
  int code = f->real->pMethods->xTruncate(f->real, size);
  if (f->node && disk_count(disk_truncates())) code = SQLITE_IOERR_TRUNCATE;
  return leave(code);
}

static int pc_sync(sqlite3_file *file, int flags) {
  (void)flags;
  powercut_file *f = self(file);
  if (!enter(f)) return SQLITE_IOERR_FSYNC;
  if (!f->node) return leave(SQLITE_OK);
  if (disk_count(disk_syncs())) return leave(SQLITE_IOERR_FSYNC);
  disk_sync(f->node);
  if (f->syncs_directory) disk_sync_directory_of(f->path);
  f->syncs_directory = 0;
  return leave(SQLITE_OK);
}

static int pc_file_size(sqlite3_file *file, sqlite3_int64 *size) {
  powercut_file *f = self(file);
  if (!enter(f)) return SQLITE_IOERR_FSTAT;
  return leave(f->real->pMethods->xFileSize(f->real, size));
}

static int pc_lock(sqlite3_file *file, int level) {
  powercut_file *f = self(file);
  if (!enter(f)) return SQLITE_IOERR_LOCK;
  return leave(f->real->pMethods->xLock(f->real, level));
}

// Locks can be let go without power: they are the process's, not the disk's.
static int pc_unlock(sqlite3_file *file, int level) {
  powercut_file *f = self(file);
  return f->real->pMethods->xUnlock(f->real, level);
}

static int pc_check_reserved(sqlite3_file *file, int *answer) {
  powercut_file *f = self(file);
  if (!enter(f)) return SQLITE_IOERR_CHECKRESERVEDLOCK;
  return leave(f->real->pMethods->xCheckReservedLock(f->real, answer));
}

static int pc_file_control(sqlite3_file *file, int operation, void *argument) {
  powercut_file *f = self(file);
  // Both would change the file's size outside of the journal.
  if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_OK;
  if (!enter(f)) return SQLITE_IOERR;
  return leave(f->real->pMethods->xFileControl(f->real, operation, argument));
}

static int pc_sector_size(sqlite3_file *file) {
  powercut_file *f = self(file);
  return f->real->pMethods->xSectorSize(f->real);
}

static int pc_characteristics(sqlite3_file *file) {
  powercut_file *f = self(file);
  // The one promise that the simulated disk keeps; atomic or sequential writes it does not know.
  return f->real->pMethods->xDeviceCharacteristics(f->real) & SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int pc_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **address) {
  powercut_file *f = self(file);
  if (!enter(f)) return SQLITE_IOERR_SHMMAP;
  return leave(f->real->pMethods->xShmMap(f->real, region, size, extend, address));
}

static int pc_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
  powercut_file *f = self(file);
  if (flags & SQLITE_SHM_UNLOCK) return f->real->pMethods->xShmLock(f->real, offset, count, flags);
  if (!enter(f)) return SQLITE_IOERR_SHMLOCK;
  return leave(f->real->pMethods->xShmLock(f->real, offset, count, flags));
}

static void pc_shm_barrier(sqlite3_file *file) {
  powercut_file *f = self(file);
  f->real->pMethods->xShmBarrier(f->real);
}

static int pc_shm_unmap(sqlite3_file *file, int is_deleted) {
  powercut_file *f = self(file);
  return f->real->pMethods->xShmUnmap(f->real, is_deleted);
}

static const sqlite3_io_methods methods = {
  .iVersion = 2,
  .xClose = pc_close,
  .xRead = pc_read,
  .xWrite = pc_write,
  .xTruncate = pc_truncate,
  .xSync = pc_sync,
  .xFileSize = pc_file_size,
  .xLock = pc_lock,
  .xUnlock = pc_unlock,
  .xCheckReservedLock = pc_check_reserved,
  .xFileControl = pc_file_control,
  .xSectorSize = pc_sector_size,
  .xDeviceCharacteristics = pc_characteristics,
  .xShmMap = pc_shm_map,
  .xShmLock = pc_shm_lock,
  .xShmBarrier = pc_shm_barrier,
  .xShmUnmap = pc_shm_unmap,
};

// MARK: The file system.

static int is_journaled(const char *path, int flags) {
  int types = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  return path && (flags & types) && !(flags & SQLITE_OPEN_DELETEONCLOSE);
}

static int open_locked(powercut_file *f, const char *path, int flags, int *out_flags) {
  int is_followed = is_journaled(path, flags);
  int existed = is_followed && access(path, F_OK) == 0;
  int code = base_vfs->xOpen(base_vfs, path, f->real, flags, out_flags);
  if (code == SQLITE_OK && is_followed) {
    f->path = strdup(path);
    f->node = f->path ? disk_open(path, !existed) : NULL;
    if (!f->node) {
      free(f->path);
      code = SQLITE_NOMEM;
    }
  }
  if (code != SQLITE_OK) {
    // SQLite closes a file whose methods are set; this one's are not.
    if (f->real->pMethods) f->real->pMethods->xClose(f->real);
    return code;
  }
  int types = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  f->syncs_directory = (flags & types) && (flags & SQLITE_OPEN_CREATE);
  f->generation = disk_generation();
  f->base.pMethods = &methods;
  return SQLITE_OK;
}

static int pc_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags) {
  (void)vfs;
  powercut_file *f = self(file);
  memset(f, 0, sizeof *f);
  f->real = (sqlite3_file *)(f + 1);
  f->real->pMethods = NULL;
  disk_lock();
  return leave(disk_is_cut() ? SQLITE_IOERR : open_locked(f, path, flags, out_flags));
}

static int pc_delete(sqlite3_vfs *vfs, const char *path, int syncs_directory) {
  (void)vfs;
  disk_lock();
  if (disk_is_cut()) return leave(SQLITE_IOERR_DELETE);
  if (access(path, F_OK) == 0) {
    if (disk_count(disk_deletes())) return leave(SQLITE_IOERR_DELETE);
    if (!disk_record_delete(path)) return leave(SQLITE_IOERR_DELETE);
  }
  int code = base_vfs->xDelete(base_vfs, path, 0);
  if (code == SQLITE_OK && syncs_directory) disk_sync_directory_of(path);
  return leave(code);
}

static int pc_access(sqlite3_vfs *vfs, const char *path, int flags, int *answer) {
  (void)vfs;
  disk_lock();
  return leave(disk_is_cut() ? SQLITE_IOERR_ACCESS : base_vfs->xAccess(base_vfs, path, flags, answer));
}

static int pc_full_pathname(sqlite3_vfs *vfs, const char *path, int count, char *answer) {
  (void)vfs;
  return base_vfs->xFullPathname(base_vfs, path, count, answer);
}

static int pc_randomness(sqlite3_vfs *vfs, int count, char *bytes) {
  (void)vfs;
  return base_vfs->xRandomness(base_vfs, count, bytes);
}

static int pc_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return base_vfs->xSleep(base_vfs, microseconds);
}

static int pc_time(sqlite3_vfs *vfs, double *days) {
  (void)vfs;
  return base_vfs->xCurrentTime(base_vfs, days);
}

static int pc_last_error(sqlite3_vfs *vfs, int count, char *text) {
  (void)vfs;
  return base_vfs->xGetLastError(base_vfs, count, text);
}

static sqlite3_vfs powercut_vfs = {
  .iVersion = 1,
  .zName = "powercut",
  .xOpen = pc_open,
  .xDelete = pc_delete,
  .xAccess = pc_access,
  .xFullPathname = pc_full_pathname,
  .xRandomness = pc_randomness,
  .xSleep = pc_sleep,
  .xCurrentTime = pc_time,
  .xGetLastError = pc_last_error,
};

int powercut_register(void) {
  int code = sqlite3_initialize();
  if (code != SQLITE_OK) return code;
  disk_lock();
  if (!base_vfs) {
    base_vfs = sqlite3_vfs_find(NULL);
    if (!base_vfs) return leave(SQLITE_ERROR);
    powercut_vfs.szOsFile = (int)sizeof(powercut_file) + base_vfs->szOsFile;
    powercut_vfs.mxPathname = base_vfs->mxPathname;
    code = sqlite3_vfs_register(&powercut_vfs, 0);
    if (code != SQLITE_OK) base_vfs = NULL;
  }
  return leave(code);
}

#endif
