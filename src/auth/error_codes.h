#pragma once

#include "base/error_code.h"

namespace sluice::auth {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_AUTH_CODES(CODE)                                            \
  CODE(access_token_expired, "The access token has expired.")              \
  CODE(access_token_invalid, "That is no access token of this install.")   \
  CODE(bad_login, "That cannot be somebody's login.")                      \
  CODE(bad_password, "That is not taken as a password.")                   \
  CODE(password_memory, "There was not enough memory to hash a password.") \
  CODE(secret_key_short, "`SLUICE_SECRET_KEY` is too short.")              \
  CODE(signing_key_sealed, "A signing key was sealed with another secret, and opens no more.")
SLUICE_ERROR_CODES(Code, SLUICE_AUTH_CODES)

}  // namespace sluice::auth
