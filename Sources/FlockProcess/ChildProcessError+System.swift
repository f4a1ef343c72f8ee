import Glibc

extension ChildProcessError {
  /// - Parameter action: completes "cannot ...".
  static func system(_ action: String, _ number: Int32) -> ChildProcessError {
    switch number {
    case EAGAIN, EMFILE, ENFILE, ENOMEM, ENOSPC:
      ChildProcessError(
        .resourcesExhausted,
        "cannot \(action): out of processes, descriptors or memory; run fewer children at a time or raise the limits",
        errorNumber: number)
    default:
      ChildProcessError(
        .systemCallFailed, "cannot \(action): look the error number up; a sandbox or an old kernel may forbid it",
        errorNumber: number)
    }
  }
}
