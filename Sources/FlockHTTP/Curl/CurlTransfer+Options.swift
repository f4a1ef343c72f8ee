#if HTTP
import CCurl

extension CurlTransfer {
  /// Makes the handle and sets everything that it needs.
  func open() throws(HTTPError) -> UnsafeMutableRawPointer {
    guard let handle = curl_easy_init() else { throw HTTPError(.unavailable, "no memory for a transfer") }
    self.handle = handle
    try setConnection(handle)
    try setRequest(handle)
    try setCallbacks(handle)
    return handle
  }

  private func setConnection(_ handle: UnsafeMutableRawPointer) throws(HTTPError) {
    try set(flock_curl_set_long(handle, CURLOPT_NOSIGNAL, 1), "NOSIGNAL")
    try set(flock_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https"), "PROTOCOLS_STR")
    try set(flock_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0), "FOLLOWLOCATION")
    try set(flock_curl_set_string(handle, CURLOPT_PROXY, ""), "PROXY")
    // HTTP/2 as this curl has it stops the whole connection while one of its streams is paused.
    try set(flock_curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)), "HTTP_VERSION")
    try set(flock_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1), "SSL_VERIFYPEER")
    try set(flock_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2), "SSL_VERIFYHOST")
    try set(flock_curl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)), "SSLVERSION")
    if let file = configuration.certificateAuthorityFile {
      try set(flock_curl_set_string(handle, CURLOPT_CAINFO, file), "CAINFO")
      try set(flock_curl_set_string(handle, CURLOPT_CAPATH, nil), "CAPATH")
    }
    try set(
      flock_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.milliseconds),
      "CONNECTTIMEOUT_MS")
    try set(
      flock_curl_set_long(
        handle, CURLOPT_MAXAGE_CONN, max(1, Int(configuration.connectionLifetime.components.seconds))), "MAXAGE_CONN")
    try set(flock_curl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1), "TCP_KEEPALIVE")
    // Otherwise a cancel waits for the resolver's thread, and every transfer with it.
    try set(flock_curl_set_long(handle, CURLOPT_QUICK_EXIT, 1), "QUICK_EXIT")
    try set(flock_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText), "ERRORBUFFER")
  }

  private func setRequest(_ handle: UnsafeMutableRawPointer) throws(HTTPError) {
    let request = exchange.request
    try set(flock_curl_set_string(handle, CURLOPT_URL, exchange.target.url), "URL")
    if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
      try set(
        flock_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count)),
        "POSTFIELDSIZE_LARGE")
      // An empty array may have no address, and then there would be no body rather than an empty one.
      let code = (request.body.isEmpty ? [0] : request.body).withUnsafeBytes {
        flock_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)
      }
      try set(code, "COPYPOSTFIELDS")
    }
    if request.method == "HEAD" {
      try set(flock_curl_set_long(handle, CURLOPT_NOBODY, 1), "NOBODY")
    } else {
      try set(flock_curl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method), "CUSTOMREQUEST")
    }
    try set(flock_curl_set_string(handle, CURLOPT_USERAGENT, configuration.userAgent), "USERAGENT")
    // No wait for "100 Continue", and no content type of curl's own choice.
    try addHeader("Expect:")
    if request.headers["Content-Type"] == nil { try addHeader("Content-Type:") }
    for field in request.headers.fields {
      let value = HTTPGrammar.trimmed(field.value)
      try addHeader(value.isEmpty ? "\(field.name);" : "\(field.name): \(value)")
    }
    try set(flock_curl_set_list(handle, CURLOPT_HTTPHEADER, headerList), "HTTPHEADER")
  }

  private func setCallbacks(_ handle: UnsafeMutableRawPointer) throws(HTTPError) {
    // The thread holds the transfer for as long as its handle is in use.
    let context = Unmanaged.passUnretained(self).toOpaque()
    try set(flock_curl_set_pointer(handle, CURLOPT_HEADERDATA, context), "HEADERDATA")
    try set(flock_curl_set_pointer(handle, CURLOPT_WRITEDATA, context), "WRITEDATA")
    try set(flock_curl_set_pointer(handle, CURLOPT_PREREQDATA, context), "PREREQDATA")
    let onHeader: flock_curl_data_callback = { bytes, size, count, context in
      guard let context else { return 0 }
      let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().receive(line: line) ? line.count : 0
    }
    let onBody: flock_curl_data_callback = { bytes, size, count, context in
      guard let context else { return 0 }
      let body = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().receive(body: body)
    }
    let onRequest: flock_curl_request_callback = { context, address, _, port, _ in
      guard let context, let address else { return CURL_PREREQFUNC_ABORT }
      let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
      let isAllowed = transfer.willSend(to: String(cString: address), port: Int(port))
      return isAllowed ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
    try set(flock_curl_set_data_callback(handle, CURLOPT_HEADERFUNCTION, onHeader), "HEADERFUNCTION")
    try set(flock_curl_set_data_callback(handle, CURLOPT_WRITEFUNCTION, onBody), "WRITEFUNCTION")
    try set(flock_curl_set_request_callback(handle, CURLOPT_PREREQFUNCTION, onRequest), "PREREQFUNCTION")
  }

  private func addHeader(_ line: String) throws(HTTPError) {
    guard let longer = curl_slist_append(headerList, line) else {
      throw HTTPError(.unavailable, "no memory for a header")
    }
    headerList = longer
  }

  private func set(_ code: CURLcode, _ option: String) throws(HTTPError) {
    guard code != CURLE_OK else { return }
    let reason = String(cString: curl_easy_strerror(code))
    throw HTTPError(.unavailable, "libcurl 7.87 or later is needed: it refuses \(option): \(reason)")
  }
}

extension Duration {
  /// Rounded up, so that a wait never ends early.
  var milliseconds: Int {
    let (seconds, attoseconds) = components
    return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
#endif
