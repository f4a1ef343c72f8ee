#if SQLite
/// The tables, as migrations from an empty file on.
///
/// A row's `position` is ``SQLiteLogKey``, identifiers are their sixteen bytes, instants nanoseconds since 1970. Every index
/// is one more tree that each artifact is put into, so that there are three: artifacts are found by id, by stream and by
/// correlation, each in the order of creation. A *stream* is a combination of type, version, producer and kind of
/// visibility; there are few, and a query over several merges them.
enum SQLiteSchema {
  /// Marks the file as a board: "FLCK".
  static let applicationID: Int64 = 0x464C_434B

  static let migrations = [SQLiteMigration(version: 1, name: "log, state, history", sql: version1)]

  private static let version1 = """
    CREATE TABLE migrations(version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT;
    CREATE TABLE board(
      id INTEGER PRIMARY KEY CHECK (id = 1), shard_count INTEGER NOT NULL, router_version INTEGER NOT NULL,
      created_at INTEGER NOT NULL) STRICT;
    CREATE TABLE shards(
      shard INTEGER PRIMARY KEY, log_start INTEGER NOT NULL, log_end INTEGER NOT NULL, sequence INTEGER NOT NULL,
      ingested INTEGER NOT NULL) STRICT;
    CREATE TABLE owners(
      shard INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, nonce BLOB, pid INTEGER, process_start INTEGER, host TEXT,
      place TEXT, since INTEGER, heartbeat INTEGER) STRICT;
    CREATE TABLE streams(
      id INTEGER PRIMARY KEY, type TEXT NOT NULL, version INTEGER NOT NULL, producer TEXT NOT NULL,
      visibility TEXT NOT NULL, UNIQUE(type, version, producer, visibility)) STRICT;

    CREATE TABLE artifacts(
      position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, id BLOB NOT NULL, created_at INTEGER NOT NULL,
      appended_at INTEGER NOT NULL, correlation BLOB, run BLOB, depth INTEGER NOT NULL, partition_key TEXT, tags BLOB,
      visibility BLOB, parents BLOB, invoked TEXT, payload BLOB NOT NULL) STRICT;
    CREATE UNIQUE INDEX artifacts_by_id ON artifacts(id);
    CREATE INDEX artifacts_by_stream ON artifacts(stream, created_at, id);
    CREATE INDEX artifacts_by_correlation ON artifacts(correlation, created_at, id) WHERE correlation IS NOT NULL;
    CREATE TABLE tags(
      tag TEXT NOT NULL, created_at INTEGER NOT NULL, id BLOB NOT NULL, position INTEGER NOT NULL,
      PRIMARY KEY(tag, created_at, id)) STRICT, WITHOUT ROWID;
    CREATE TABLE links(
      source BLOB NOT NULL, position INTEGER NOT NULL, PRIMARY KEY(source, position)) STRICT, WITHOUT ROWID;
    CREATE TABLE messages(
      position INTEGER PRIMARY KEY, appended_at INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;

    CREATE TABLE state(
      shard INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY(shard, key)) STRICT, WITHOUT ROWID;
    CREATE TABLE outcomes(
      id INTEGER PRIMARY KEY, run BLOB NOT NULL, replay INTEGER NOT NULL, subscription INTEGER NOT NULL,
      agent TEXT NOT NULL, kind INTEGER NOT NULL, attempts INTEGER NOT NULL, correlation BLOB, inputs BLOB,
      output_count INTEGER NOT NULL, first_output INTEGER, outputs BLOB, started_at INTEGER NOT NULL,
      finished_at INTEGER NOT NULL, cause INTEGER, message TEXT) STRICT;
    CREATE UNIQUE INDEX outcomes_by_run ON outcomes(run, replay);
    CREATE TABLE consumptions(
      artifact BLOB NOT NULL, outcome INTEGER NOT NULL, PRIMARY KEY(artifact, outcome)) STRICT, WITHOUT ROWID;
    CREATE TABLE dead_letters(
      id INTEGER PRIMARY KEY, run BLOB NOT NULL, replay INTEGER NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL,
      UNIQUE(run, replay)) STRICT;
    CREATE INDEX dead_letters_by_time ON dead_letters(at, id);
    CREATE TABLE events(position INTEGER PRIMARY KEY, at INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE reasons(
      id INTEGER PRIMARY KEY, artifact BLOB NOT NULL, at INTEGER NOT NULL, entries BLOB NOT NULL) STRICT;
    CREATE INDEX reasons_by_artifact ON reasons(artifact);
    """
}
#endif
