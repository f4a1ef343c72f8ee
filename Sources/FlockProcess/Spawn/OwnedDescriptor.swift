import CFlockProcess
import Glibc

/// A descriptor that is closed with its owner unless it is released.
struct OwnedDescriptor: ~Copyable {
  let rawValue: Int32

  init(_ rawValue: Int32) {
    self.rawValue = rawValue
  }

  deinit {
    _ = close(rawValue)
  }

  consuming func release() -> Int32 {
    let rawValue = rawValue
    discard self
    return rawValue
  }

  func setNonBlocking() throws(ChildProcessError) {
    let code = flock_set_nonblocking(rawValue)
    if code != 0 { throw .system("make a pipe non-blocking", code) }
  }
}

/// Both ends close on exec.
struct OwnedPipe: ~Copyable {
  let readEnd: OwnedDescriptor
  let writeEnd: OwnedDescriptor

  init() throws(ChildProcessError) {
    var descriptors: [Int32] = [-1, -1]
    let code = flock_pipe(&descriptors)
    if code != 0 { throw .system("create a pipe", code) }
    readEnd = OwnedDescriptor(descriptors[0])
    writeEnd = OwnedDescriptor(descriptors[1])
  }
}
