import Glibc

/// Decides which addresses a client may talk to, after names are resolved: a name that resolves to an internal
/// address is caught too.
///
/// It is asked on the client's thread after the connection is made and before the first byte of the request, for each
/// request anew. A literal address in a URL is asked about before the connection as well.
public struct HTTPAddressPolicy: Sendable {
  private let decide: @Sendable (_ address: String, _ port: Int) -> Bool

  /// - Parameter allows: must be quick and must not block: all the client's transfers wait for it. The address is in
  ///   numbers, without brackets.
  public init(_ allows: @escaping @Sendable (_ address: String, _ port: Int) -> Bool) {
    decide = allows
  }

  public func allows(_ address: String, port: Int) -> Bool { decide(address, port) }

  /// Every address.
  public static let any = HTTPAddressPolicy { _, _ in true }
  /// Only addresses that the public Internet routes: no loopback, private, link-local, shared, multicast, reserved or
  /// documentation range, nor an IPv6 form that wraps such an IPv4 address.
  public static let publicOnly = HTTPAddressPolicy { address, _ in isPublic(address) }

  /// By the special-purpose registries of RFC 6890. Text that is not an address is not public.
  static func isPublic(_ address: String) -> Bool {
    if let bytes = ipv4(address) { return isPublic(ipv4: bytes) }
    if let bytes = ipv6(address) { return isPublic(ipv6: bytes) }
    return false
  }

  /// Whether the text is an address in numbers, without brackets.
  static func isAddress(_ text: String) -> Bool { ipv4(text) != nil || ipv6(text) != nil }

  private static func ipv4(_ text: String) -> [UInt8]? {
    var address = in_addr()
    guard inet_pton(AF_INET, text, &address) == 1 else { return nil }
    return withUnsafeBytes(of: address) { Array($0) }
  }

  private static func ipv6(_ text: String) -> [UInt8]? {
    var address = in6_addr()
    guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
    return withUnsafeBytes(of: address) { Array($0) }
  }

  private static func isPublic(ipv4 b: [UInt8]) -> Bool {
    switch (b[0], b[1], b[2]) {
    case (0, _, _), (10, _, _), (127, _, _), (224..., _, _): false
    case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _), (198, 18...19, _): false
    case (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 51, 100), (203, 0, 113): false
    default: true
    }
  }

  private static func isPublic(ipv6 b: [UInt8]) -> Bool {
    let isMapped = b[..<10].allSatisfy { $0 == 0 } && b[10] == 0xFF && b[11] == 0xFF
    let isTranslated = b[..<4].elementsEqual([0x00, 0x64, 0xFF, 0x9B]) && b[4..<12].allSatisfy { $0 == 0 }
    if isMapped || isTranslated { return isPublic(ipv4: Array(b[12...])) }
    guard b[0] & 0xE0 == 0x20 else { return false }
    switch (b[0], b[1]) {
    case (0x20, 0x01): return b[2] >= 0x02 && !(b[2] == 0x0D && b[3] == 0xB8)
    case (0x20, 0x02): return isPublic(ipv4: Array(b[2..<6]))
    case (0x3F, 0xFF): return b[2] & 0xF0 != 0
    default: return true
    }
  }
}
