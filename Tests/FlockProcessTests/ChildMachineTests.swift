import Testing

@testable import FlockProcess

struct ChildMachineTests {
  private let start = ContinuousClock.now

  private func machine(
    output: Int = 100, line: Int = 10, timeout: Duration? = nil, grace: Duration = .seconds(2)
  ) -> ChildMachine {
    let limits = ChildMachine.Limits(
      outputBytes: output, errorBytes: 10, lineBytes: line, timeout: timeout, grace: grace)
    return ChildMachine(limits, now: start)
  }

  private func feed(_ machine: inout ChildMachine, _ text: String) {
    Array(text.utf8).withUnsafeBytes { machine.outputArrived($0, now: start) }
  }

  private func bytes(_ text: String) -> ChildMachine.Outcome { .bytes(Array(text.utf8)) }

  @Test
  func `a timeout asks first and kills after the grace`() {
    var machine = machine(timeout: .seconds(5))
    #expect(machine.deadline == start + .seconds(5))
    machine.deadlineReached(now: start + .seconds(4))
    #expect(machine.takeSignal() == nil)
    machine.deadlineReached(now: start + .seconds(5))
    #expect(machine.takeSignal() == .terminate)
    #expect(machine.failure?.code == .timedOut)
    #expect(machine.deadline == start + .seconds(7))
    machine.deadlineReached(now: start + .seconds(7))
    #expect(machine.takeSignal() == .kill)
    #expect(machine.deadline == nil)
    machine.ended(.signalled(number: 9))
    #expect(machine.exit == .signalled(number: 9))
    #expect(machine.takeSignal() == nil)
  }

  @Test
  func `without a grace the first signal kills`() {
    var machine = machine(grace: .zero)
    machine.terminate(now: start)
    #expect(machine.takeSignal() == .kill)
    #expect(machine.deadline == nil)
    #expect(machine.failure == nil)
  }

  @Test
  func `a second reason changes neither the first nor its deadline`() {
    var machine = machine()
    machine.fail(.inputClosed, now: start)
    #expect(machine.takeSignal() == .terminate)
    machine.fail(.cancelled, now: start + .seconds(1))
    machine.terminate(now: start + .seconds(1))
    #expect(machine.takeSignal() == nil)
    #expect(machine.failure?.code == .inputClosed)
    #expect(machine.deadline == start + .seconds(2))
  }

  @Test
  func `what came before the output limit is delivered before the error`() {
    var machine = machine(output: 8)
    feed(&machine, "one\ntwo\nthree\n")
    #expect(machine.takeSignal() == .terminate)
    #expect(machine.take(.line, now: start) == bytes("one"))
    #expect(machine.take(.line, now: start) == bytes("two"))
    #expect(machine.take(.line, now: start) == .failed(.outputTooLong(8)))
    #expect(machine.take(.line, now: start) == .failed(.outputTooLong(8)))
  }

  @Test
  func `output of exactly the limit is no error`() {
    var machine = machine(output: 8)
    feed(&machine, "one\ntwo\n")
    machine.outputEnded()
    #expect(machine.takeSignal() == nil)
    #expect(machine.take(.bytes, now: start) == bytes("one\ntwo\n"))
    #expect(machine.take(.bytes, now: start) == .end)
  }

  @Test
  func `a line too long ends the child and every later read`() {
    var machine = machine(line: 3)
    feed(&machine, "abc\nabcd")
    #expect(machine.take(.line, now: start) == bytes("abc"))
    #expect(machine.takeSignal() == nil)
    #expect(machine.take(.line, now: start) == .failed(.lineTooLong(3)))
    #expect(machine.takeSignal() == .terminate)
    #expect(machine.take(.line, now: start) == .failed(.lineTooLong(3)))
  }

  @Test
  func `the last line needs no line feed, and an empty one does not count`() {
    var machine = machine()
    feed(&machine, "a\nb")
    #expect(machine.take(.line, now: start) == bytes("a"))
    #expect(machine.take(.line, now: start) == nil)
    machine.outputEnded()
    #expect(machine.take(.line, now: start) == bytes("b"))
    #expect(machine.take(.line, now: start) == .end)
  }

  @Test
  func `output is wanted a little ahead, for a reader, and to be thrown away after a failure`() {
    var machine = machine(output: .max)
    let chunk = [UInt8](repeating: 1, count: ChildMachine.readAheadBytes)
    #expect(machine.wantsOutput(readerWaits: false))
    chunk.withUnsafeBytes { machine.outputArrived($0, now: start) }
    #expect(!machine.wantsOutput(readerWaits: false))
    #expect(machine.wantsOutput(readerWaits: true))
    machine.fail(.cancelled, now: start)
    #expect(machine.wantsOutput(readerWaits: false))
    #expect(machine.take(.bytes, now: start) == .failed(.cancelled))
    machine.outputEnded()
    #expect(!machine.wantsOutput(readerWaits: true))
  }

  @Test
  func `a child that has ended cannot be cancelled`() {
    var machine = machine()
    feed(&machine, "late\n")
    machine.ended(.exited(code: 0))
    machine.cancel(now: start)
    machine.terminate(now: start)
    #expect(machine.failure == nil)
    #expect(machine.takeSignal() == nil)
    #expect(machine.take(.line, now: start) == bytes("late"))
    #expect(machine.take(.line, now: start) == .end)
  }

  @Test
  func `the longest durations do not overflow the clock`() {
    let forever = Duration.seconds(Int64.max)
    var machine = machine(timeout: forever, grace: forever)
    #expect(machine.deadline == start + .seconds(100 * 365 * 86_400))
    machine.terminate(now: start)
    #expect(machine.deadline == start + .seconds(100 * 365 * 86_400))
  }
}
