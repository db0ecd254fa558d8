/// What a region's rows say about where an organization lives.
package struct OrganizationHome: Sendable, Hashable {
  package enum State: Sendable, Hashable {
    /// Control's word has come, the organization is not made here yet.
    case announced
    case provisioned
    /// Its end was decided here.
    case ended
  }

  package let generation: Int64
  package let state: State

  package init(generation: Int64, state: State) {
    self.generation = generation
    self.state = state
  }
}
