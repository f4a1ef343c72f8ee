import Synchronization

/// Writes text to a file descriptor, or collects it.
///
/// Nothing is buffered: one `write` is one system call (more, if the descriptor takes less at a time), under a lock, so
/// that texts of two tasks do not mix. A reader that went away neither kills the process (`SIGPIPE`) nor throws:
/// `write` then returns `false`, as it does after any other failure, and writes nothing more.
public final class TextWriter: Sendable {
  private enum Sink {
    case descriptor(Int32)
    case memory(limit: Int)
  }

  private struct State {
    var collected: [UInt8] = []
    var failure: WriteFailure?
    var showsTransientLine = false
  }

  /// What a collecting writer holds at most, unless told otherwise: 16 MiB.
  public static let defaultMemoryLimit = 16 << 20

  private let sink: Sink
  private let state = Mutex(State())
  /// Its transient line is taken away before this writer's text appears on the same terminal.
  private let neighbour: TextWriter?

  private init(_ sink: Sink, neighbour: TextWriter? = nil) {
    self.sink = sink
    self.neighbour = neighbour
  }

  /// Does not own the descriptor: it stays open.
  public static func descriptor(_ descriptor: Int32) -> TextWriter { TextWriter(.descriptor(descriptor)) }

  static func descriptor(_ descriptor: Int32, sharingTerminalWith neighbour: TextWriter?) -> TextWriter {
    TextWriter(.descriptor(descriptor), neighbour: neighbour)
  }

  /// Collects what is written, for tests and for callers in the same process; see ``collectedText``. A text that would
  /// go over the limit, in bytes, fails with ``WriteFailure/full``.
  public static func memory(limit: Int = defaultMemoryLimit) -> TextWriter { TextWriter(.memory(limit: limit)) }

  /// What a collecting writer was given; empty for a descriptor.
  public var collectedText: String { state.withLock { String(decoding: $0.collected, as: UTF8.self) } }

  /// Why nothing can be written any more.
  public var failure: WriteFailure? { state.withLock { $0.failure } }

  /// - Returns: Whether all of it was written. A command that prints without end stops on `false`.
  @discardableResult
  public func write(_ text: String) -> Bool {
    neighbour?.clearTransientLine()
    return state.withLock { state in
      send((state.showsTransientLine ? Self.eraseLine : "") + text, &state) { $0.showsTransientLine = false }
    }
  }

  /// ``write(_:)`` with a line end.
  @discardableResult
  public func writeLine(_ text: String) -> Bool { write(text + "\n") }

  /// Shows a line that the next text replaces.
  func showTransientLine(_ text: String) {
    state.withLock { state in
      _ = send((state.showsTransientLine ? Self.eraseLine : "") + text, &state) { $0.showsTransientLine = true }
    }
  }

  func clearTransientLine() {
    state.withLock { state in
      guard state.showsTransientLine else { return }
      _ = send(Self.eraseLine, &state) { $0.showsTransientLine = false }
    }
  }

  /// Back to the first column, and clear to the end of the line (ECMA-48, `EL`).
  private static let eraseLine = "\r\u{1B}[K"

  private func send(_ text: String, _ state: inout State, then change: (inout State) -> Void) -> Bool {
    guard state.failure == nil else { return false }
    var text = text
    let failure = text.withUTF8 { bytes -> WriteFailure? in
      switch sink {
      case .descriptor(let descriptor): return DescriptorOutput.write(UnsafeRawBufferPointer(bytes), to: descriptor)
      case .memory(let limit):
        guard bytes.count <= limit - state.collected.count else { return .full }
        state.collected.append(contentsOf: bytes)
        return nil
      }
    }
    state.failure = failure
    if failure == nil { change(&state) }
    return failure == nil
  }
}
