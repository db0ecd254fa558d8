import Testing

/// Tests of the HTTP plumbing that both silos share.
@Suite struct WebTests {}
