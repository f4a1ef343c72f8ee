/// Completion for zsh, on `_arguments` and `_describe` of its own completion system.
struct ZshCompletion {
  let tool: CommandLineTool
  private var function: String { "_" + tool.shellIdentifier }

  var script: String {
    let nodes = tool.completionNodes
    return """
      #compdef \(tool.name)
      # Completion of \(tool.name) for zsh, made by '\(tool.name) completions zsh'.

      # The commands at the place $1.
      \(function)_list() {
        local -a list
        case $1 in
      \(nodes.filter { !$0.subcommands.isEmpty }.map(listCase).joined(separator: "\n"))
        esac
        (( $#list )) && _describe -t commands command list
      }

      \(nodes.dropFirst().map(definition).joined(separator: "\n\n"))

      \(nodes.prefix(1).map(definition).joined())

      if [[ $funcstack[1] == \(function) ]]; then
        \(function) "$@"
      else
        compdef \(function) \(tool.name)
      fi

      """
  }

  private func listCase(_ node: CompletionNode) -> String {
    let entries = node.subcommands.map { "      " + ShellText.quoted("\($0.name):\($0.summary)") }
    return "    \(node.place)) list=(\n\(entries.joined(separator: "\n"))\n    ) ;;"
  }

  private func functionName(_ names: [String]) -> String { ([function] + names).joined(separator: "__") }

  /// The blank before the action of a group's first argument makes `_arguments` call it without words of its own.
  private func definition(_ node: CompletionNode) -> String {
    let name = functionName(node.names)
    if node.names == ["help"] && tool.hasStandardHelp { return helpDefinition(name) }
    let switches = (node.options.flatMap(specs) + node.flags.flatMap(specs)).map { "    \($0) \\\n" }.joined()
    if node.subcommands.isEmpty {
      let arguments = node.command.arguments.map { "    \(spec($0)) \\\n" }.joined()
      return "\(name)() {\n  _arguments -s -S \\\n\(switches)\(arguments)    && return 0\n  return 1\n}"
    }
    let cases = node.subcommands.map { "      \($0.name)) \(functionName(node.names + [$0.name])) && ret=0 ;;" }
    return """
      \(name)() {
        local curcontext=$curcontext state state_descr line ret=1
        typeset -A opt_args
        _arguments -C -s -S \\
      \(switches)    '1:command: \(function)_list \(node.place)' \\
          '*::argument:->next' && ret=0
        if [[ $state == next ]]; then
          case $line[1] in
      \(cases.joined(separator: "\n"))
          esac
        fi
        return ret
      }
      """
  }

  /// `words` holds `help` and what follows it.
  private func helpDefinition(_ name: String) -> String {
    """
    \(name)() {
      local place=/ word
      for word in "${(@)words[2,CURRENT-1]}"; do
        place="$place$word/"
      done
      \(function)_list "$place"
    }
    """
  }

  private func specs(_ option: Command.Option) -> [String] {
    let exclusion = option.isRepeated ? "*" : "(\(option.spellings.joined(separator: " ")))"
    let rest = "[\(escape(option.help))]:\(escape(option.valueName)):\(action(option.kind))"
    let long = ShellText.quoted("\(exclusion)--\(option.name)=\(rest)")
    return [long] + (option.short.map { [ShellText.quoted("\(exclusion)-\($0)+\(rest)")] } ?? [])
  }

  /// Repeated flags count, so that they stay on offer.
  private func specs(_ flag: Command.Flag) -> [String] {
    flag.spellings.map { ShellText.quoted("*\($0)[\(escape(flag.help))]") }
  }

  private func spec(_ argument: Command.Argument) -> String {
    let start = argument.isRepeated ? "*:" : argument.isRequired ? ":" : "::"
    return ShellText.quoted("\(start)\(escape(argument.name)):\(action(argument.kind))")
  }

  private func action(_ kind: ValueKind) -> String {
    switch kind {
    case .path(.file): "_files"
    case .path(.directory): "_files -/"
    case .enumeration(let words): "(\(words.map(escapeWord).joined(separator: " ")))"
    case .string, .integer, .duration: " "
    }
  }

  /// Characters that mean something to `_arguments`.
  private func escape(_ text: String) -> String {
    var result = ""
    for character in text {
      if "\\[]:()".contains(character) { result += "\\" }
      result.append(character)
    }
    return result
  }

  private func escapeWord(_ word: String) -> String {
    var result = ""
    for character in word {
      if !character.isLetter && !character.isNumber && !"-_.".contains(character) { result += "\\" }
      result.append(character)
    }
    return result
  }
}
