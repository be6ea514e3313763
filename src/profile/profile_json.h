#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dataset/dataset.h"
#include "profile/profile_kind.h"

namespace sluice::profile {

/// Appends the column's object. `cell` gives the JSON of what the statements found under a name, or
/// `null`.
void append_column(std::string& json, const Column& column, ProfileKind kind,
                   const std::function<std::string(const std::string& name)>& cell);

/// The elements of a JSON array of scalars, each as it stands; none of `null`.
std::vector<std::string> elements_of(const std::string& array);

}  // namespace sluice::profile
