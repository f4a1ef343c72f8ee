/// Tokens, keys and passwords in what was added, and in the commit's message.
struct SecretsAnalyzer: Analyzer {
  let kind = AnalysisKind.secrets
  let summary = "Looks for tokens, keys and passwords in added lines and in the message."

  func analyze(_ change: ChangeSet, _ files: [ChangedFile]) -> AnalysisResult {
    var result = AnalysisResult()
    var lines = 0
    for match in change.commit.messageSecrets {
      result.add(match.rule, match.severity, line: match.line, "the commit's message holds what looks like a secret", hint: match.hint)
    }
    for file in files {
      let scanner = SecretScanner(looksForEntropy: !PathName(file.path).isLockFile)
      file.added.forEachLine { number, text in
        lines += 1
        for span in scanner.spans(in: text) {
          result.add(span.rule, span.severity, in: file.path, line: number, "what looks like a secret was added", hint: span.hint)
        }
      }
    }
    result.figure("scannedLines", lines)
    result.figure("matches", result.found.count + result.leftOut)
    return result
  }
}
