#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auth/token.h"
#include "base/clock.h"
#include "dataset/dataset.h"

/// What the metadata store takes and gives of people, tokens and what they did: plain values. Of a
/// secret there is only ever its SHA-256 or its argon2id hash.
namespace sluice::metadata {

struct NewToken {
  TenantId tenant;
  std::string sha256;
  std::string prefix = {};  ///< What may be shown of it: auth::token_prefix.
  std::string name = {};
  auth::Permissions permissions = {};
  std::string person_id = {};  ///< Who made it: it may never more than they. Empty: nobody's.
  std::optional<Micros> expires_at_us = {};
};

/// A token as its tenant sees it.
struct TokenRecord {
  std::string id;
  NewToken token;
  Micros created_at_us = 0;
  std::optional<Micros> last_used_at_us;
  std::optional<Micros> revoked_at_us;
};

/// What a token's hash is known to stand for. Its permissions are those of the token that its maker
/// has too, now; none where they are disabled or no member any more.
struct KnownToken {
  auth::Principal principal;
  std::optional<Micros> expires_at_us;
  std::optional<Micros> revoked_at_us;
};

struct TokenUse {
  std::string token_id;
  Micros at_us = 0;
};

struct PersonRecord {
  std::string id;
  std::string login;          ///< In small letters.
  std::string password_hash;  ///< argon2id, in the form of crypto_pwhash_str.
  Micros created_at_us = 0;
  std::optional<Micros> last_login_at_us;
  std::optional<Micros> disabled_at_us;
};

struct Membership {
  TenantId tenant;
  std::string tenant_name;
  auth::Role role = auth::Role::viewer;
  Micros created_at_us = 0;
};

/// Somebody of a tenant.
struct MemberRecord {
  PersonRecord person;  ///< Without the hash.
  Membership membership;
};

struct NewSession {
  std::string person_id;
  TenantId tenant;
  std::string family_sha256;     ///< Of what all refresh tokens of the session have in common.
  std::string refresh_sha256;    ///< Of the first one.
  std::string csrf_sha256 = {};  ///< Of a browser's, of what its unsafe requests must show.
  bool is_browser = false;
  Micros expires_at_us = 0;
};

struct SessionRecord {
  std::string id;
  NewSession session;
  std::string login;
  /// Of the person in the session's tenant, now; none where they are disabled or no member.
  auth::Permissions permissions;
  std::optional<auth::Role> role;
  Micros created_at_us = 0;
  std::optional<Micros> revoked_at_us;
};

/// What became of a refresh token that was shown.
enum class Rotation {
  rotated,  ///< It was the newest: the next one is valid instead.
  raced,    ///< A browser's, replaced a moment ago: another of its tabs was faster.
  reused,   ///< It was replaced before: somebody has a copy, so the session is over.
  ended,    ///< The session had ended, or its person may nothing any more.
  unknown,  ///< It is of no session.
};

struct RotationResult {
  Rotation rotation = Rotation::unknown;
  SessionRecord session = {};  ///< Of a known one.
};

struct NewInvitation {
  TenantId tenant;
  std::string sha256;
  auth::Role role = auth::Role::viewer;
  std::string login = {};       ///< Whom alone it is for; empty: whoever has it.
  std::string invited_by = {};  ///< Name of the person or token.
  Micros expires_at_us = 0;
};

struct InvitationRecord {
  std::string id;
  NewInvitation invitation;
  Micros created_at_us = 0;
  std::optional<Micros> used_at_us;
  std::string used_by;  ///< The login.
  std::optional<Micros> revoked_at_us;
};

struct SigningKeyRecord {
  std::string id;
  std::string public_key;          ///< base64.
  std::string sealed_private_key;  ///< base64.
  Micros created_at_us = 0;
  Micros signs_from_us = 0;  ///< Other processes know it by then.
};

/// One line of a tenant's audit log.
struct AuditEntry {
  std::string id = {};  ///< Set by the store, like the time.
  TenantId tenant = {};
  Micros at_us = 0;
  std::string operation;       ///< `create_token`.
  std::string object_id = {};  ///< What it was done to.
  std::string result;          ///< `ok`, `refused` or `failed`.
  std::int64_t status = 0;     ///< The answer's; 0 where it was no request.
  std::string person_id = {};
  std::string name = {};             ///< Of the person or the token.
  std::string credential_kind = {};  ///< `token`, `session`, or empty.
  std::string credential_id = {};
  std::string address = {};
  std::string request_id = {};
  std::string detail = {};
};

struct AuditCursor {
  Micros at_us = 0;
  std::string id;
};

struct AuditPage {
  std::vector<AuditEntry> entries;
  std::optional<AuditCursor> next;
};

}  // namespace sluice::metadata
