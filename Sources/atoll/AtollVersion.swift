/// The version of this program. CHANGELOG.md says what each brought.
enum AtollVersion {
  static let current = "0.1.0"
}
