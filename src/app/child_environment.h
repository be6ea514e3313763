#pragma once

#include <map>
#include <string>
#include <string_view>

#include "app/settings.h"

namespace sluice::app {

/// Who gets what of the environment of `serve`.
enum class Child { temporal, api, mcp, worker };

/// All that this child's process has in its environment: of the settings only those that it uses,
/// of secrets only its own, of the rest only what names places of this machine. The table stands in
/// the .cc file.
std::map<std::string, std::string> environment_of(Child child, const Settings& settings,
                                                  const Lookup& ours);

/// Whether the table says who gets this setting; a test asks for each.
bool is_in_the_table(std::string_view setting);

}  // namespace sluice::app
