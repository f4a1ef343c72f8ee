/// Text for the `man` macros of roff.
enum Roff {
  /// Text that roff prints as it stands: its escapes, hyphens that can be copied, and no line that begins a request.
  static func escape(_ text: String) -> String {
    var result = ""
    var atLineStart = true
    for scalar in text.unicodeScalars {
      if atLineStart && (scalar == "." || scalar == "'") { result += "\\&" }
      atLineStart = scalar == "\n"
      switch scalar {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "`": result += "\\(ga"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// An argument of a macro, in quotation marks.
  static func quoted(_ text: String) -> String {
    "\"" + escape(text).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\(dq") + "\""
  }

  static func bold(_ text: String) -> String { "\\fB\(escape(text))\\fR" }
}
