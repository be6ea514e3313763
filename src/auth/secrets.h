#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Secrets that are shown once, beside API tokens (token.h): each is random, says by its beginning
/// what it is, and is stored as its SHA-256 alone.
namespace sluice::auth {

/// What all refresh tokens of one session have in common: 256 random bits as hex.
std::string make_family();
/// `slr_`, the family, and 256 random bits of its own, as hex.
std::string make_refresh_token(std::string_view family);
/// The family of what make_refresh_token makes; nothing for anything else. A view into the token.
std::optional<std::string_view> family_of(std::string_view refresh_token);

/// `sli_` and 256 random bits as hex.
std::string make_invitation();
bool is_invitation(std::string_view text);

/// What a browser's unsafe requests show besides their cookie: 256 random bits as hex.
std::string make_csrf_token();

}  // namespace sluice::auth
