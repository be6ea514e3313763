-- People, what they are in which tenant, and what they prove it with. Of each secret only a hash is here.
CREATE TABLE people (
  person_id TEXT NOT NULL PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  created_at_us BIGINT NOT NULL,
  password_changed_at_us BIGINT NOT NULL,
  last_login_at_us BIGINT,
  disabled_at_us BIGINT
);

CREATE TABLE memberships (
  person_id TEXT NOT NULL REFERENCES people (person_id),
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id),
  role TEXT NOT NULL,
  created_at_us BIGINT NOT NULL,
  PRIMARY KEY (person_id, tenant_id)
);
CREATE INDEX memberships_by_tenant ON memberships (tenant_id, created_at_us, person_id);

-- A login: a family of refresh tokens, each of which replaces the one before it. The part that all of a family have in common finds the row, so that one that was replaced is known as such.
CREATE TABLE sessions (
  session_id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (person_id),
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id),
  family_sha256 TEXT NOT NULL UNIQUE,
  refresh_sha256 TEXT NOT NULL,
  replaced_sha256 TEXT NOT NULL,
  csrf_sha256 TEXT NOT NULL,
  is_browser INTEGER NOT NULL,
  created_at_us BIGINT NOT NULL,
  refreshed_at_us BIGINT NOT NULL,
  expires_at_us BIGINT NOT NULL,
  revoked_at_us BIGINT
);
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE INDEX sessions_by_end ON sessions (expires_at_us);

CREATE TABLE invitations (
  invitation_id TEXT NOT NULL PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id),
  role TEXT NOT NULL,
  login TEXT NOT NULL,
  invited_by TEXT NOT NULL,
  created_at_us BIGINT NOT NULL,
  expires_at_us BIGINT NOT NULL,
  used_at_us BIGINT,
  used_by TEXT NOT NULL,
  revoked_at_us BIGINT
);
CREATE INDEX invitations_by_tenant ON invitations (tenant_id, created_at_us);

-- What tokens were until now: `full` did everything, `read` read and queried. Their prefix is not known: only hashes were kept.
ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN person_id TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN expires_at_us BIGINT;
ALTER TABLE tokens ADD COLUMN last_used_at_us BIGINT;
ALTER TABLE tokens ADD COLUMN revoked_at_us BIGINT;
UPDATE tokens SET scopes = 'read query write admin' WHERE scope = 'full';
UPDATE tokens SET scopes = 'read query' WHERE scope = 'read';
CREATE INDEX tokens_by_tenant ON tokens (tenant_id, created_at_us, token_id);

-- Keys that sign access tokens; the private half is sealed with the secret of the install.
CREATE TABLE signing_keys (
  key_id TEXT NOT NULL PRIMARY KEY,
  public_key TEXT NOT NULL,
  sealed_private_key TEXT NOT NULL,
  created_at_us BIGINT NOT NULL,
  signs_from_us BIGINT NOT NULL
);

-- Rows are only ever added, and go when they are old enough.
CREATE TABLE audit_log (
  audit_id TEXT NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  operation TEXT NOT NULL,
  object_id TEXT NOT NULL,
  result TEXT NOT NULL,
  status BIGINT NOT NULL,
  person_id TEXT NOT NULL,
  name TEXT NOT NULL,
  credential_kind TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  address TEXT NOT NULL,
  request_id TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX audit_log_by_tenant ON audit_log (tenant_id, at_us, audit_id);
CREATE INDEX audit_log_by_age ON audit_log (at_us);

-- Grows with each change that makes a credential worth less than before: whoever keeps answers looks at it.
INSERT INTO counters (name, value) VALUES ('credentials', 0);
-- Its row is the lock of those who add a key.
INSERT INTO counters (name, value) VALUES ('signing_keys', 0);
