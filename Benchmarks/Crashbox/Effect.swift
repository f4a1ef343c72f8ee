#if SQLite && HTTP
import Dispatch
import Flock
import Glibc

/// An effect outside the board: a request to the driver's counting server on loopback.
enum Effect {
  /// - Throws: ``EffectRefused`` when nothing was sent, `UnknownEffect` when nobody knows what the server made of it.
  static func make(port: Int, order: Int, step: Int, key: String) async throws -> Int {
    try await withCheckedThrowingContinuation { continuation in
      // The server may hold its answer: no thread of the cooperative pool waits for it.
      DispatchQueue.global().async {
        continuation.resume(with: Result { try request(port, order, step, key) })
      }
    }
  }

  private static func request(_ port: Int, _ order: Int, _ step: Int, _ key: String) throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw EffectRefused(errno: errno) }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard connected == 0 else { throw EffectRefused(errno: errno) }
    let head = """
      POST /effect/\(order)/\(step) HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: \(key)\r\n\
      Content-Length: 0\r\nConnection: close\r\n\r\n
      """
    let bytes = Array(head.utf8)
    let sent = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL)) }
    guard sent == bytes.count else {
      throw UnknownEffect("the request broke off")
    }
    var answer: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4096)
    while answer.count < 65_536 {
      let count = recv(descriptor, &part, part.count, 0)
      if count <= 0 { break }
      answer += part[..<count]
    }
    let text = String(decoding: answer, as: UTF8.self)
    guard text.hasPrefix("HTTP/1.1 200"), let body = text.split(separator: "\r\n").last, let count = Int(body) else {
      throw UnknownEffect("the answer broke off")
    }
    return count
  }
}

struct EffectRefused: Error {
  let errno: Int32
}

#endif
