internal import Hummingbird
internal import Web

/// Every page of the control plane but the OpenID Provider's.
struct SiteRoutes: Sendable {
  let site: SiteContext
  let directory: OrganizationDirectory
  let acceptance: InvitationAcceptance
  let registry: RegionRegistry
  let tokens: APITokenService

  func add(to router: Router<WebContext>) {
    PageAssets.add(to: router)
    let group = router.group().add(middleware: PageProblems(site: site))
    SignUpPages(site: site).add(to: group)
    LoginPages(site: site).add(to: group)
    OrganizationPages(site: site, directory: directory, registry: registry).add(to: group)
    SlugPages(site: site, directory: directory, slugs: SlugDirectory(environment: site.environment)).add(to: group)
    InvitationPages(site: site, acceptance: acceptance).add(to: group)
    ResetPages(site: site).add(to: group)
    ProfilePages(site: site).add(to: group)
    PasswordPages(site: site).add(to: group)
    SecondFactorPages(site: site).add(to: group)
    SessionPages(site: site).add(to: group)
    TokenPages(site: site, tokens: tokens, directory: directory).add(to: group)
    ApplicationPages(site: site, applications: Applications(environment: site.environment)).add(to: group)
    DeletionPages(site: site).add(to: group)
    if let folder = site.environment.mail.folder { MailPages(site: site, folder: folder).add(to: group) }
  }
}
