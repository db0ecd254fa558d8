-- What control sends. No kind is the application's: nobody but control writes these tables.
SELECT outbox.declare_kind('user', 'uuid', 'main', false);
SELECT outbox.declare_kind('user_status', 'uuid', 'priority', false);
SELECT outbox.declare_kind('token_key', 'text', 'priority', false);
SELECT outbox.declare_kind('organization_home', 'uuid', 'main', false);
SELECT outbox.declare_kind('grant', 'uuid', 'main', false);
SELECT outbox.declare_kind('region', 'uuid', 'main', false);
SELECT outbox.declare_kind('interest', 'uuid', 'main', false);

SELECT outbox.capture('control."user"', 'user');
SELECT outbox.capture('control.user_status', 'user_status');
SELECT outbox.capture('control.token_key', 'token_key', 'kid');
SELECT outbox.capture('directory.organization_home', 'organization_home');
SELECT outbox.capture('directory."grant"', 'grant');
SELECT outbox.capture('control.region', 'region');
SELECT outbox.capture('directory.interest', 'interest');

GRANT USAGE ON SCHEMA control, directory TO atoll_control_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA control, directory TO atoll_control_service;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA control TO atoll_control_service;
REVOKE UPDATE, DELETE ON control.audit, control.manifest FROM atoll_control_service;
REVOKE DELETE ON control.region, directory.organization_home FROM atoll_control_service;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA directory FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA directory TO atoll_control_service;
SELECT outbox.grant_roles('atoll_control_service', 'atoll_control_application');
