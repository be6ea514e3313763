#pragma once

#include "base/error_code.h"

namespace sluice::accounts {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_ACCOUNTS_CODES(CODE)                                                         \
  CODE(login_failed, "The login or the password is wrong.")                                 \
  CODE(login_throttled, "Too many logins failed, of this name or from this address.")       \
  CODE(no_membership, "The person is no member of that tenant.")                            \
  CODE(refresh_invalid, "That is no refresh token, or its session has ended.")              \
  CODE(refresh_raced, "Another request of this browser has just taken the next token.")     \
  CODE(refresh_reused, "The refresh token was used before, so that its session was ended.") \
  CODE(registration_closed, "Nobody registers here without an invitation.")                 \
  CODE(scopes_beyond, "A token may be given no more than its maker has.")                   \
  CODE(session_ended, "The session has ended.")                                             \
  CODE(session_needed, "This takes a person who is logged in, not a token.")                \
  CODE(token_expired, "The token has expired.")                                             \
  CODE(token_invalid, "No token was sent, or it is not valid.")                             \
  CODE(token_revoked, "The token was revoked.")
SLUICE_ERROR_CODES(Code, SLUICE_ACCOUNTS_CODES)

}  // namespace sluice::accounts
