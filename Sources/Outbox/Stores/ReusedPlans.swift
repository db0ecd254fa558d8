internal import Postgres

/// Plans that are made once, for the statements of a change's way that look a few rows up.
///
/// PostgreSQL plans a statement anew at each execution when that promises a cheaper plan, as it does for arrays and for what lies behind a bound in a
/// partitioned table. For a few rows planning takes several times as long as executing. Not for many: a plan for any array compares with each of its
/// elements in turn, where one for this array hashes them, and a backlog would stand still.
enum ReusedPlans {
  /// Rows, keys or pointers up to which the plan for any is as good as a plan for these.
  static let most = 50
  /// Begins it, as a column of the transaction's first statement.
  static let begin: SQL = "set_config('plan_cache_mode', 'force_generic_plan', true)"
}

extension PostgresConnection {
  /// Ends what ``ReusedPlans/begin`` began when there turn out to be many rows. Travels with the next statement.
  func planAnew(forRows count: Int) async throws {
    guard count > ReusedPlans.most else { return }
    try await enqueue("SELECT set_config('plan_cache_mode', 'auto', true)")
  }
}
