#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lakehouse/lakehouse.h"

namespace sluice::lakehouse {

/// The newest want that worked on a dataset's tables, as it is kept beside them.
struct WantFence {
  std::int64_t order = 0;
  Micros asked_at_us = 0;
};

/// `ORDER ASKED_AT_US`; what cannot be read is no fence.
std::string to_text(const WantFence& fence);
WantFence want_fence_from(std::string_view text);

/// `newer_want_carried` where the request's want is behind the fence, by order and by time.
Result<void> check_fence(const TableRequest& request, const WantFence& fence);

/// What the fence is from now on, where the request moves it forward.
std::optional<WantFence> raised(const TableRequest& request, const WantFence& fence);

}  // namespace sluice::lakehouse
