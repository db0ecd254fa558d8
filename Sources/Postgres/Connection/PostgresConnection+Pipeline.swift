extension PostgresConnection {
  /// Runs statements without waiting between them and returns their results in order.
  ///
  /// Outside a transaction the whole pipeline is one: an error undoes what came before it in the pipeline.
  ///
  /// - Throws: the first statement's error. Those after it were not run.
  @discardableResult
  public func pipeline(_ build: (inout Pipeline) throws -> Void) async throws -> [PostgresRows] {
    try await pipelineResults(build).map { try $0.get() }
  }

  /// Runs statements without waiting between them and returns each one's result or error.
  ///
  /// Statements after a failed one are not run and have the code `.pipelineAborted`.
  public func pipelineResults(
    _ build: (inout Pipeline) throws -> Void
  ) async throws -> [Result<PostgresRows, PostgresError>] {
    let session = try session()
    var pipeline = Pipeline()
    try build(&pipeline)
    guard !queue.isEmpty else { return try await session.run(pipeline) }
    guard pipeline.count > 0 else { return [] }
    return try await flush(before: pipeline.statements, on: session)
  }
}
