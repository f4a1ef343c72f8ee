/// Finds what a misspelt word was meant to be.
enum Suggestion {
  /// Longer words are not looked up: a misspelt name is short.
  static let maximumLength = 64
  static let maximumCount = 3

  /// "; did you mean 'a' or 'b'?", or nothing.
  static func phrase(for word: String, among candidates: [String]) -> String {
    let found = closest(to: word, among: candidates)
    if found.isEmpty { return "" }
    return "; did you mean \(found.map { "'\($0)'" }.joined(separator: " or "))?"
  }

  /// The candidates at the least distance, if that is at most a third of the word's length (and one for short
  /// words); failing these, the candidates that the word begins. At most three, in the order of the table.
  static func closest(to word: String, among candidates: [String]) -> [String] {
    let name = word.drop { $0 == "-" }
    guard !name.isEmpty, word.unicodeScalars.count <= maximumLength else { return [] }
    let limit = max(1, name.count / 3)
    var best = limit
    var found: [String] = []
    for candidate in candidates where candidate != word {
      let distance = editDistance(word, candidate)
      // One letter for another is no misspelling of it.
      guard distance <= best, distance < candidate.drop(while: { $0 == "-" }).count else { continue }
      if distance < best { found = [] }
      best = distance
      found.append(candidate)
    }
    if found.isEmpty && name.count > 1 { found = candidates.filter { $0.hasPrefix(word) } }
    return Array(found.prefix(maximumCount))
  }

  /// Insertions, deletions, replacements and swaps of neighbours: optimal string alignment.
  static func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left.unicodeScalars)
    let right = Array(right.unicodeScalars)
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in 0..<left.count {
      var current = [row + 1]
      for column in 0..<right.count {
        let cost = left[row] == right[column] ? 0 : 1
        var best = min(last[column] + cost, last[column + 1] + 1, current[column] + 1)
        if row > 0 && column > 0 && left[row] == right[column - 1] && left[row - 1] == right[column] {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
