#pragma once

#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "base/error.h"
#include "cli/commands.h"

// What the commands say of an answer. For one thread.

namespace sluice::cli {

/// Says it on `err`; gives the exit code.
int refused(const Error& error, Output& output);

/// A value as people read it: texts bare, null as nothing.
std::string shown(const boost::json::value& value);
/// The texts of a problem's `choices`; none where it has none.
std::vector<std::string> choices_of(const boost::json::object& problem);
/// A member of an object in that way; nothing where there is none.
std::string field(const boost::json::value& object, const char* name);

}  // namespace sluice::cli
