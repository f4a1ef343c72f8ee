/// What a command may use of the world: two writers, the environment, and what is known of the terminal.
public struct CommandContext: Sendable {
  /// For data.
  public let out: TextWriter
  /// For everything else: errors, notes, progress.
  public let err: TextWriter
  /// The width to lay text out for.
  public let columns: Int
  public let environment: [String: String]
  public let isOutputTerminal: Bool
  public let isErrorTerminal: Bool
  /// The tool that runs the command; `nil` outside of ``CommandLineTool/run(arguments:context:)``.
  public internal(set) var tool: CommandLineTool?
  /// What was asked for on the command line.
  public internal(set) var global = GlobalOptions()

  /// The width where none is known.
  public static let defaultColumns = 80

  public init(
    out: TextWriter, err: TextWriter, columns: Int = defaultColumns, environment: [String: String] = [:],
    isOutputTerminal: Bool = false, isErrorTerminal: Bool = false
  ) {
    self.out = out
    self.err = err
    self.columns = columns
    self.environment = environment
    self.isOutputTerminal = isOutputTerminal
    self.isErrorTerminal = isErrorTerminal
  }

  /// Data may be coloured.
  public var colorsOutput: Bool { isOutputTerminal && allowsColor }
  /// Messages may be coloured.
  public var colorsErrors: Bool { isErrorTerminal && allowsColor }

  /// `NO_COLOR` counts when it is set and not empty, as its convention says.
  private var allowsColor: Bool {
    !global.noColor && environment["NO_COLOR", default: ""].isEmpty && !isTerminalDumb
  }

  /// A terminal that says nothing about itself is taken for one without abilities.
  private var isTerminalDumb: Bool { ["", "dumb"].contains(environment["TERM", default: ""]) }

  /// Which of the two streams a text is for.
  public enum Stream: Sendable {
    case out
    case err
  }

  /// The text in that style where the stream may be coloured, else as it is.
  public func styled(_ text: String, _ style: TextStyle, for stream: Stream) -> String {
    let allowed = stream == .out ? colorsOutput : colorsErrors
    return allowed ? style.apply(to: text) : text
  }

  /// A line about what happens, on standard error; left out with `--quiet`.
  public func note(_ text: String) {
    guard !global.quiet else { return }
    err.writeLine(Quoted.printable(text, keepingLines: true))
  }

  /// Shows or replaces the progress line, on standard error, cut to the terminal's width. Does nothing unless standard
  /// error is a terminal that can erase a line, and with `--quiet` or `--json`. The next text on either stream, the
  /// next progress line, or the end of the command takes it away.
  public func progress(_ text: String) {
    guard isErrorTerminal, !isTerminalDumb, !global.quiet, !global.json else { return }
    let line = text.prefix(max(1, columns - 1))
    err.showTransientLine(Quoted.printable(String(line), keepingLines: false))
  }

  public func clearProgress() { err.clearTransientLine() }
}
