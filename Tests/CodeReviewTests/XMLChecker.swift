import Foundation

#if canImport(FoundationXML)
import FoundationXML
#endif

/// Reads a page as XML and notes its elements, ids and links.
final class XMLChecker: NSObject, XMLParserDelegate {
  private(set) var counts: [String: Int] = [:]
  private(set) var ids: Set<String> = []
  private(set) var repeatedIDs: [String] = []
  /// Links within the page.
  private(set) var targets: Set<String> = []

  /// - Returns: what is wrong, or `nil`.
  func check(_ text: String) -> String? {
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    return parser.parse() ? nil : "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "unknown")"
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String]
  ) {
    counts[name, default: 0] += 1
    if let id = attributes["id"], !ids.insert(id).inserted { repeatedIDs.append(id) }
    if let link = attributes["href"], link.hasPrefix("#") { targets.insert(String(link.dropFirst())) }
  }
}
