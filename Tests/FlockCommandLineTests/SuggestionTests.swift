import Testing

@testable import FlockCommandLine

struct SuggestionTests {
  /// Counted by hand; the classic pairs among them.
  @Test(
    arguments: [
      ("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("saturday", "sunday", 3), ("ab", "ba", 1),
      ("ca", "abc", 3), ("publish", "pubilsh", 1), ("run", "runs", 1), ("abcd", "badc", 2),
    ])
  func `Edits are counted`(left: String, right: String, distance: Int) {
    #expect(Suggestion.editDistance(left, right) == distance)
    #expect(Suggestion.editDistance(right, left) == distance)
  }

  @Test(
    arguments: [
      ("pubish", ["publish"]), ("rnu", ["run"]), ("lst", ["list"]), ("pub", ["publish"]), ("xyz", []), ("q", []),
      ("", []), (String(repeating: "publish", count: 100), []),
    ])
  func `Only what is near is suggested`(word: String, expected: [String]) {
    #expect(Suggestion.closest(to: word, among: ["run", "publish", "list", "v"]) == expected)
  }

  @Test func `At most three are suggested, in the order of the table`() {
    #expect(Suggestion.closest(to: "cat", among: ["bat", "hat", "rat", "mat"]) == ["bat", "hat", "rat"])
    #expect(Suggestion.phrase(for: "cat", among: ["bat", "hat"]) == "; did you mean 'bat' or 'hat'?")
  }
}
