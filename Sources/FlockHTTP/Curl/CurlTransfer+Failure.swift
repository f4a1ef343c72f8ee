#if HTTP
import CCurl
import Synchronization

extension CurlTransfer {
  /// How curl's result reads as an end.
  func end(_ result: CURLcode) -> TransferState.End {
    if let failure { return .failed(describe(failure)) }
    guard result != CURLE_OK else {
      let hasHead = state.withLock { $0.head != nil }
      return hasHead ? .complete : .failed(error(.connectionLost, "the connection closed before the header's end"))
    }
    errorText[Int(CURL_ERROR_SIZE) - 1] = 0
    let detail = String(cString: errorText)
    return .failed(error(Self.code(result), detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail))
  }

  /// A failure of this transfer: names the request and says whether it may have been sent.
  func error(_ code: HTTPError.Code, _ reason: String) -> HTTPError {
    let printable = String(decoding: reason.utf8.map { $0 < 0x20 ? 0x20 : $0 }.prefix(300), as: UTF8.self)
    return HTTPError(code, "\(exchange.display): \(printable)", requestMayHaveBeenSent: mayHaveBeenSent)
  }

  private func describe(_ failure: HTTPError) -> HTTPError { error(failure.code, failure.message) }

  private static func code(_ result: CURLcode) -> HTTPError.Code {
    switch result {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .nameNotResolved
    case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED: .connectionRefused
    case CURLE_OPERATION_TIMEDOUT: .timedOut
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
      CURLE_SSL_CRL_BADFILE, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED, CURLE_SSL_CLIENTCERT:
      .tls
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING: .invalidResponse
    case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT: .unavailable
    case CURLE_URL_MALFORMAT: .invalidRequest
    default: .connectionLost
    }
  }
}
#endif
