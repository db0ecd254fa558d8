internal import HTTPTypes
package import Web

extension ControlError: ProblemConvertible {
  package var problem: Problem {
    switch code {
    case .emailInvalid: refused("email-invalid", "This is not a usable e-mail address")
    case .tokenInvalid:
      Problem(
        .notFound, "token-invalid", title: "This link is not valid any more",
        detail: "It is unknown, was used, or its time is over. Ask for another one.")
    case .nameInvalid: refused("name-invalid", "A name has 1 to 200 bytes without control characters")
    case .passwordTooShort: refused("password-too-short", "The password is too short")
    case .passwordTooLong: refused("password-too-long", "The password is too long")
    case .busy: .unavailable("Too many passwords are being checked.", retryAfter: 2)
    case .credentialsInvalid:
      Problem(
        .unauthorized, "credentials-invalid", title: "E-mail address or password is wrong",
        detail: "The answer is the same for unknown, suspended and deleted accounts.")
    case .passwordCommon: refused("password-common", "This password is one of the first that anybody tries")
    case .passwordWrong:
      Problem(.forbidden, "password-wrong", title: "The password is wrong", detail: "Your own password is asked for.")
    case .passwordHashUnknown: refused("password-hash-unknown", "This is no password hash that can be verified")
    case .proofNeeded:
      Problem(
        .forbidden, "proof-needed", title: "Your password is asked for once more",
        detail: "You logged in a while ago: send it as `password`, or log in again.")
    case .tooManyAttempts:
      Problem(
        .tooManyRequests, "too-many-attempts", title: "Too many attempts", detail: detail, retryAfter: retryAfter ?? 1)
    case .loginExpired:
      Problem(
        .unauthorized, "login-expired", title: "This login took too long",
        detail: "Begin with the e-mail address and password again.")
    case .codeInvalid:
      Problem(
        .forbidden, "code-invalid", title: "The code is wrong or was used",
        detail: "Take the next one that your device shows, or a recovery code.")
    case .secondFactorOn: conflict("second-factor-on", "A second factor is in force")
    case .secondFactorOff: conflict("second-factor-off", "No second factor is in force")
    case .secondFactorNeeded: conflict("second-factor-needed", "Your password is too short to be the only factor")
    case .sessionUnknown: .notFound("The session")
    case .soleOwner: conflict("sole-owner", "An organization would have no owner")
    case .slugInvalid: refused("slug-invalid", "This is not a usable slug")
    case .slugTaken: conflict("slug-taken", "This slug has an owner, rests, or is reserved")
    case .slugReserved: conflict("slug-reserved", "This slug is reserved already")
    case .slugUnknown: .notFound("The slug")
    case .tooManyAliases: conflict("too-many-aliases", "Too many former slugs of the organization rest")
    case .swapInvalid: refused("swap-invalid", "These slugs cannot be swapped")
    case .projectKeyUnknown: .notFound("The project key")
    case .noSuchClaim: conflict("no-such-claim", "This organization does not claim the key")
    case .localityUnknown: .notFound("The locality")
    case .regionClosed: conflict("region-closed", "The region takes no new organizations")
    case .regionUnknown: refused("region-unknown", "There is no such region")
    case .regionInvalid: refused("region-invalid", "The region's description is not valid")
    case .regionTaken: conflict("region-taken", "A region of this name exists")
    case .regionNotReady: conflict("region-not-ready", "No agent serves this region yet")
    case .idempotencyKeyReused: conflict("idempotency-key-reused", "This Idempotency-Key was used for another request")
    case .tooManyOperations:
      Problem(
        .tooManyRequests, "too-many-operations", title: "Too many organizations are being created", retryAfter: 30)
    case .operationUnknown: .notFound("The operation")
    case .organizationUnknown: .notFound("The organization")
    case .roleInsufficient: .forbidden(detail ?? "Your role does not allow this.")
    case .invitationInvalid:
      Problem(
        .notFound, "invitation-invalid", title: "The invitation is not valid for you",
        detail: "It is unknown, used, revoked, expired, or for another e-mail address.")
    case .alreadyMember: conflict("already-member", "You are a member of this organization already")
    case .noTokenKey: .unavailable("No key for access tokens is active yet.", retryAfter: 2)
    case .operatorTaken: conflict("operator-taken", "An operator of this name exists")
    case .nothingToApprove: conflict("nothing-to-approve", "No agent of this region waits for approval")
    case .reconciling:
      Problem(
        .serviceUnavailable, "reconciling", title: "Control asks its regions before it grants anything", detail: detail,
        retryAfter: 5)
    case .notReconciling: conflict("not-reconciling", "Control is not reconciling")
    case .rotationOpen: conflict("rotation-open", "Announced keys do not sign yet")
    case .manifestRefused: refused("manifest-refused", "This manifest cannot be put in force")
    case .kindUnknown: refused("kind-unknown", "There is no such kind of row")
    case .apiTokenUnknown: .notFound("The API token")
    case .scopeInvalid: refused("scope-invalid", "These are not usable scopes")
    case .tooManyAPITokens: conflict("too-many-api-tokens", "The organization has as many API tokens as it may")
    case .comparisonOpen: conflict("comparison-open", "Another comparison with this region runs")
    case .ringUnknown: refused("ring-unknown", "There is no such ring")
    case .ringTaken: conflict("ring-taken", "The ring cannot be there")
    case .ringInUse: conflict("ring-in-use", "Regions are in this ring")
    case .itemsTooMany: conflict("items-too-many", "There are too many ring-gated items, or too large ones")
    case .itemUnknown: .notFound("The item")
    case .revisionUnknown: refused("revision-unknown", "There is no such revision")
    case .rolloutRefused: conflict("rollout-refused", "The rollout does not allow this now")
    case .clientUnknown: .notFound("The client")
    case .clientInvalid: refused("client-invalid", "This client cannot be registered")
    case .tooManyClients: conflict("too-many-clients", "There are too many clients: revoke one")
    case .notInitialized, .alreadyInitialized: .internalError
    }
  }

  private func refused(_ code: String, _ title: String) -> Problem {
    Problem(.unprocessableContent, code, title: title, detail: detail)
  }

  private func conflict(_ code: String, _ title: String) -> Problem {
    Problem(.conflict, code, title: title, detail: detail)
  }
}
