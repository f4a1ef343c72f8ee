import Testing

@testable import CodeReview

struct PatchParserTests {
  private func parse(_ text: String, limits: GitLimits = GitLimits()) throws -> [FilePatch] {
    try PatchParser(Array(text.utf8), limits: limits).parse()
  }

  @Test
  func `lines are counted by the hunk, whatever they look like`() throws {
    let patch = """
      diff --git a/x b/x
      index 1..2 100644
      --- a/x
      +++ b/x
      @@ -3,2 +3,3 @@ func f()
      -old
      -@@ -1 +1 @@
      +diff --git a/y b/y
      +++ b/y
      +last
      \\ No newline at end of file
      @@ -9,0 +11 @@
      +one\r
      diff --git a/z b/z
      Binary files a/z and b/z differ
      """
    let expected: [FilePatch] = [
      FilePatch(
        added: [.init(start: 3, lines: ["diff --git a/y b/y", "++ b/y", "last"]), .init(start: 11, lines: ["one"])],
        // Texts of 18, 6, 4, 3, 3 and 11 bytes, and 8 for each of the six lines.
        removed: [.init(start: 3, lines: ["old", "@@ -1 +1 @@"])], textBytes: 45 + 48),
      FilePatch(isBinary: true),
    ]
    #expect(try parse(patch) == expected)
  }

  @Test(arguments: [
    "@@ -1 +1 @@\n", "diff --git a/x b/x\n@@ -1 +1 @@\n-a\n", "diff --git a/x b/x\n@@ -1 +1 @@\n-a\n-b\n",
    "diff --git a/x b/x\n@@ -1,x +1 @@\n", "diff --git a/x b/x\n@@ -1,-1 +1 @@\n", "diff --git a/x b/x\n@@ -1 +1\n",
    "diff --git a/x b/x\n@@ -0,0 +1,9223372036854775807 @@\n+a\n",
    "diff --git a/x b/x\n@@ -99999999999999999999 +1 @@\n", "Binary files a and b differ\n",
  ])
  func `a damaged patch is refused`(text: String) {
    #expect(throws: GitError.self) { try parse(text) }
  }

  @Test
  func `a long file and a long line are cut, and it is said`() throws {
    var limits = GitLimits()
    limits.maximumLineBytes = 4
    #expect(try parse("diff --git a/x b/x\n@@ -0,0 +1 @@\n+abcdef\n", limits: limits).first?.added == [.init(start: 1, lines: ["abcd"])])
    #expect(try parse("diff --git a/x b/x\n@@ -0,0 +1 @@\n+abcdef\n", limits: limits).first?.isCut == true)
    #expect(try parse("diff --git a/x b/x\n@@ -0,0 +1 @@\n+abcd\n", limits: limits).first?.isCut == false)
    // Two lines of 1 + 8 bytes fit into 18, a third does not; a shorter one after it does not come back.
    limits.maximumFileTextBytes = 18
    let cut = try parse("diff --git a/x b/x\n@@ -0,0 +1,4 @@\n+a\n+b\n+c\n+\n", limits: limits)
    #expect(cut.first?.added == [.init(start: 1, lines: ["a", "b"])])
    #expect(cut.first?.isCut == true)
  }

  @Test
  func `every prefix of a patch is read or refused`() throws {
    let whole = Array("diff --git a/x b/x\nindex 1..2\n@@ -1,2 +1,2 @@\n-a\n-b\n+c\n+d\ndiff --git a/y b/y\n@@ -0,0 +1 @@\n+e\n".utf8)
    var read = 0
    for count in 0...whole.count {
      if let sections = try? PatchParser(Array(whole.prefix(count)), limits: GitLimits()).parse() {
        read += 1
        #expect(sections.count <= 2)
      }
    }
    // At least everything before the first hunk, and the whole.
    #expect(read >= 31)
  }

  @Test
  func `a list of changes is read with renames, counts and odd paths`() throws {
    let a = String(repeating: "1", count: 40)
    let zero = String(repeating: "0", count: 40)
    let text =
      ":100644 100644 \(a) \(a) R087\0old name\0new\nname\0:000000 100644 \(zero) \(a) A\0:odd\0"
      + "3\t1\t\0old name\0new\nname\0-\t-\t:odd\0"
    let changes = try ChangeListParser(Array(text.utf8)).parse()
    #expect(changes.map(\.path) == ["new\nname", ":odd"])
    #expect(changes.map(\.oldPath) == ["old name", nil])
    #expect(changes.map(\.status) == [.renamed, .added])
    #expect(changes.map(\.added) == [3, nil])
    #expect(changes.map(\.deleted) == [1, nil])
  }

  @Test(arguments: ["x\0", ":100644 100644 1 2 M\0a\0", ":1 2 3\0", "1\t2\ta\0"])
  func `a damaged list of changes is refused`(text: String) {
    #expect(throws: GitError.self) { try ChangeListParser(Array(text.utf8)).parse() }
  }
}
