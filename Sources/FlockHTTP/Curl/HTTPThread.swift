#if HTTP
import Glibc

/// A thread of its own for a loop that blocks: the cooperative pool has one thread a core, and none to lend.
enum HTTPThread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  static func start(_ run: @escaping @Sendable () -> Void) throws(HTTPError) {
    let body = Unmanaged.passRetained(Body(run))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, body.toOpaque())
    guard code == 0 else {
      body.release()
      throw HTTPError(.unavailable, "no thread for the client: errno \(code)")
    }
    pthread_detach(thread)
  }
}
#endif
