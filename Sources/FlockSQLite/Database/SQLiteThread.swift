#if SQLite
import CSQLite
import Glibc

/// A thread of its own for blocking calls: the cooperative pool has one thread a core, and none to lend.
enum SQLiteThread {
  private final class Body {
    let name: String
    let run: @Sendable () -> Void

    init(_ name: String, _ run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// - Parameter name: at most 15 bytes, for debuggers and `top -H`.
  static func start(_ name: String, _ run: @escaping @Sendable () -> Void) throws(SQLiteError) {
    let body = Unmanaged.passRetained(Body(name, run))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        flock_name_thread(body.name)
        body.run()
        return nil
      }, body.toOpaque())
    guard code == 0 else {
      body.release()
      throw SQLiteError(extendedCode: SQLITE_NOMEM, message: "no thread for \(name): errno \(code)")
    }
    pthread_detach(thread)
  }
}
#endif
