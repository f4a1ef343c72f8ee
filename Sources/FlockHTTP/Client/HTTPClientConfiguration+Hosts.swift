extension HTTPClientConfiguration {
  /// - Parameter host: in lower case, an IPv6 address in brackets.
  func allows(host: String) -> Bool {
    guard let allowedHosts else { return true }
    let name = host.hasSuffix(".") ? String(host.dropLast()) : host
    if allowedHosts.contains(name) { return true }
    return allowedHosts.contains { $0.hasPrefix("*.") && name.hasSuffix($0.dropFirst()) && name.count >= $0.count }
  }
}
