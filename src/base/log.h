#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace sluice::log {

/// One `key=value` of a log line. Values are quoted when they hold spaces; control characters are
/// escaped.
using Field = std::pair<std::string_view, std::string_view>;
using Fields = std::initializer_list<Field>;

/// Names the process in each line (`api`, `databricks-worker`, `mcp-server`, `serve`); call once at
/// start. Lines go to standard error: `2026-11-23T00:00:00.000Z info api: message key=value`.
void init(std::string_view service);

/// Thread-safe. Log once, at the boundary that ends an error's journey; never a secret.
void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warn(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

}  // namespace sluice::log
