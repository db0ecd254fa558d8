import Postgres

/// The template databases by what was migrated into them.
actor Templates {
  private var cells: [[Migrator]: OnceCell<String>] = [:]

  func cell(for migrators: [Migrator]) -> OnceCell<String> {
    if let cell = cells[migrators] { return cell }
    let cell = OnceCell<String>()
    cells[migrators] = cell
    return cell
  }
}
