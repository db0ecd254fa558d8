/// Everything that people do with their accounts.
package struct Accounts: Sendable {
  package let identity: IdentityService
  package let signUp: SignUpService
  package let login: LoginService
  package let passwords: PasswordService
  package let secondFactor: SecondFactorService
  package let sessions: SessionService
  package let emailChange: EmailChangeService
  package let deletion: AccountDeletion

  package init(environment: ControlEnvironment, hasher: PasswordHasher) {
    identity = IdentityService(environment: environment)
    signUp = SignUpService(environment: environment, hasher: hasher)
    login = LoginService(environment: environment, hasher: hasher)
    passwords = PasswordService(environment: environment, hasher: hasher)
    secondFactor = SecondFactorService(environment: environment, hasher: hasher)
    emailChange = EmailChangeService(environment: environment, hasher: hasher)
    deletion = AccountDeletion(environment: environment, hasher: hasher)
    sessions = SessionService(environment: environment)
  }
}
