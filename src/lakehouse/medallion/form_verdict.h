#pragma once

#include <string>

#include "lakehouse/medallion/silver_plan.h"

namespace sluice::lakehouse::medallion {

/// A type for a text column that no plain form fits, or why it stays text.
struct FormVerdict {
  bool is_typed = false;
  std::string type = {};
  Transform transform = Transform::text;
  std::string format = {};
  std::string reason = {};  ///< Empty where the cells are of no such form.
};

}  // namespace sluice::lakehouse::medallion
