// Engines: what does an agent's work when that is not a Swift function.
//
//   Wire         the run and its answers as JSON, shared by everything that talks to the outside
//   Subprocess   a program that speaks JSON Lines, Documentation/subprocess-protocol.md
//   HTTP         a service that is sent the run, Documentation/http-engine.md; only with the trait HTTP
//
// An engine for a model goes beside these, in a folder of its own: a type that conforms to `Engine`, makes its call
// inside `context.step`, as `HTTPEngine.run` does, so that a recorded completion is never paid for twice, throws
// `UnknownEffect` where the call may have been made, hands tokens to `context.stream`, and decodes what the model wrote
// before it publishes it.
