#pragma once

#include <span>
#include <string>

#include "http/message.h"

namespace sluice::http {

/// The name in a Host header or an address, without its port; an IPv6 address keeps its brackets.
std::string_view without_port(std::string_view host);

/// True for `localhost`, `127.0.0.1` and `[::1]`.
bool is_loopback_name(std::string_view name);

/// True where the request's Host is loopback's or one of `allowed`; any address where that is of
/// all
/// (`0.0.0.0`, `[::]`), since no page can give an address another meaning. What answers without a
/// token has to look: a page of another site may point its own name at us (DNS rebinding), but not
/// change the Host that its visitor's browser sends.
bool is_for_us(const Request& request, std::span<const std::string> allowed);

}  // namespace sluice::http
