#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// A new UUID version 7 (RFC 9562): lower case, ordered by time to the millisecond.
std::string new_uuid_v7();

/// `bytes` bytes from the kernel's generator as lower-case hex: for tokens and keys.
std::string random_hex(std::size_t bytes);

/// True for 36 characters of lower-case UUID form; the only ids that reach a path or a query.
bool is_uuid(std::string_view text);

}  // namespace sluice
