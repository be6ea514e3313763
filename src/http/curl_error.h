#pragma once

#include <curl/curl.h>

#include <string>

#include "base/error.h"

namespace sluice::http {

/// Scheme, host and port: all that an error may tell of a URL, which can hold secrets everywhere
/// else.
std::string place_of(const std::string& url);

/// What libcurl could not do, for the person who meets it. `place` is place_of the URL.
Error error_of(CURLcode code, CURL* easy, const std::string& place);

}  // namespace sluice::http
