extension ChildProcess {
  /// What a child that ran to its end left.
  public struct Completion: Sendable, Hashable {
    public let exit: ProcessExit
    /// All of standard output.
    public let output: [UInt8]
    /// The end of standard error, at most `maximumErrorBytes`.
    public let standardErrorTail: [UInt8]
  }

  /// Runs a program to its end: gives it `input`, collects its output, and waits until it is gone.
  ///
  /// A child that ends or closes its input without reading all of it is no error, and neither is an exit code other than
  /// zero: look at `Completion.exit`. When the call throws, no process of the child's group is left.
  /// - Throws: as `spawn`, `write` and `nextBytes` do, `inputClosed` excepted.
  public static func run(_ configuration: ChildProcessConfiguration, input: [UInt8] = []) async throws -> Completion {
    let child = try await spawn(configuration)
    do {
      let output = try await child.exchange(input)
      let exit = await child.waitForExit()
      // It may have been ended after it closed its output.
      if let failure = child.failure { throw thrown(failure) }
      return Completion(exit: exit, output: output, standardErrorTail: child.standardErrorTail)
    } catch {
      child.terminate()
      _ = await child.waitForExit()
      throw error
    }
  }

  private func exchange(_ input: [UInt8]) async throws -> [UInt8] {
    async let feeding: Void = feed(input)
    var output: [UInt8] = []
    while let bytes = try await nextBytes() { output += bytes }
    try await feeding
    return output
  }

  private func feed(_ input: [UInt8]) async throws {
    do {
      if !input.isEmpty { try await write(input) }
    } catch let error as ChildProcessError where error.code == .inputClosed {
      return
    }
    closeInput()
  }
}
