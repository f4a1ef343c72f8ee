/// Completion for fish, from 3.1 on.
struct FishCompletion {
  let tool: CommandLineTool
  private var function: String { "__" + tool.shellIdentifier }

  var script: String {
    let nodes = tool.completionNodes
    return """
      # Completion of \(tool.name) for fish, made by '\(tool.name) completions fish'.

      # The commands at the place $argv[1].
      function \(function)_commands
        switch $argv[1]
      \(nodes.compactMap { wordCase($0.place, $0.subcommands.map(\.name)) }.joined(separator: "\n"))
        end
      end

      # The options at the place $argv[1] that take a value.
      function \(function)_valued
        switch $argv[1]
      \(nodes.compactMap { wordCase($0.place, $0.valuedSpellings) }.joined(separator: "\n"))
        end
      end

      \(walker)
      complete -c \(tool.name) -f
      \(nodes.flatMap(rules).joined(separator: "\n"))

      """
  }

  private func wordCase(_ place: String, _ words: [String]) -> String? {
    if words.isEmpty { return nil }
    return """
          case \(ShellText.fishQuoted(place))
            printf '%s\\n' \(words.map(ShellText.fishQuoted).joined(separator: " "))
      """
  }

  /// Prints the place that the words before the cursor lead to, and how many arguments stand there. Where the words name
  /// a command to read about, the place starts with `?`.
  private var walker: String {
    """
    function \(function)_place
      set -l place /
      set -l asking ''
      set -l index 0
      set -l expecting 0
      set -l plain 0
      set -l words (commandline -opc)
      set -e words[1]
      for word in $words
        if test $expecting = 1
          set expecting 0
          continue
        end
        if test $plain = 0; and string match -q -r -- '^-.' $word
          if test "$word" = --
            set plain 1
          else if string match -q -r -- '^--' $word
            contains -- $word (\(function)_valued $place); and set expecting 1
          else
            set -l letters (string sub -s 2 -- $word | string split '')
            while set -q letters[1]
              if contains -- "-$letters[1]" (\(function)_valued $place)
                test (count $letters) = 1; and set expecting 1
                break
              end
              set -e letters[1]
            end
          end
        else if contains -- $word (\(function)_commands $place)
          if test "$place$word" = \(tool.hasStandardHelp ? "/help" : "''"); and test -z "$asking"
            set asking '?'
          else
            set place $place$word/
          end
        else
          set index (math $index + 1)
        end
      end
      printf '%s\\n' $asking$place $index
    end

    # Whether the cursor is at the place $argv[1] and, if given, at the argument $argv[2], or, with +, at a later one.
    function \(function)_at
      set -l found (\(function)_place)
      test "$found[1]" = "$argv[1]"; or return 1
      set -q argv[2]; or return 0
      test "$found[2]" = "$argv[2]"; and return 0
      set -q argv[3]; and test "$found[2]" -gt "$argv[2]"
    end

    """
  }

  private func rules(_ node: CompletionNode) -> [String] {
    var rules: [String] = []
    for command in node.subcommands {
      let offer = "-a \(command.name) -d \(ShellText.fishQuoted(command.summary))"
      rules.append(rule("\(node.place) 0", offer))
      if tool.hasStandardHelp { rules.append(rule("?\(node.place) 0", offer)) }
    }
    for (index, argument) in node.command.arguments.enumerated() {
      guard node.names != ["help"] || !tool.hasStandardHelp, let action = action(argument.kind) else { continue }
      rules.append(rule("\(node.place) \(index)\(argument.isRepeated ? " +" : "")", action))
    }
    for option in node.options {
      let short = option.short.map { "-s \($0) " } ?? ""
      let value = action(option.kind) ?? ""
      rules.append(rule(node.place, "\(short)-l \(option.name) -x \(value)-d \(ShellText.fishQuoted(option.help))"))
    }
    for flag in node.flags {
      let short = flag.short.map { "-s \($0) " } ?? ""
      rules.append(rule(node.place, "\(short)-l \(flag.name) -d \(ShellText.fishQuoted(flag.help))"))
    }
    return rules
  }

  /// The place is quoted once more within the condition: it may start with `?`, which older releases expand.
  private func rule(_ position: String, _ rest: String) -> String {
    let parts = position.split(separator: " ").map(String.init)
    let call = ([function + "_at", "\"\(parts[0])\""] + parts.dropFirst()).joined(separator: " ")
    return "complete -c \(tool.name) -n \(ShellText.fishQuoted(call)) \(rest)"
  }

  private func action(_ kind: ValueKind) -> String? {
    switch kind {
    case .path(.file): "-k -a '(__fish_complete_path (commandline -ct))' "
    case .path(.directory): "-k -a '(__fish_complete_directories (commandline -ct))' "
    case .enumeration(let words):
      // The list is itself a line of fish: words are quoted in it.
      "-k -a \(ShellText.fishQuoted(words.map(ShellText.fishQuoted).joined(separator: " "))) "
    case .string, .integer, .duration: nil
    }
  }
}
