/// Everything that people do with their accounts.
package struct Accounts: Sendable {
  package let identity: IdentityService
  package let signUp: SignUpService
  package let login: LoginService
  package let sessions: SessionService

  package init(environment: ControlEnvironment, hasher: PasswordHasher) {
    identity = IdentityService(environment: environment)
    signUp = SignUpService(environment: environment, hasher: hasher)
    login = LoginService(environment: environment, hasher: hasher)
    sessions = SessionService(environment: environment)
  }
}
