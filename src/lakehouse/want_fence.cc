#include "lakehouse/want_fence.h"

#include <charconv>

#include "lakehouse/error_codes.h"

namespace sluice::lakehouse {

std::string to_text(const WantFence& fence) {
  return std::to_string(fence.order) + " " + std::to_string(fence.asked_at_us);
}

WantFence want_fence_from(std::string_view text) {
  WantFence fence;
  const char* const end = text.data() + text.size();
  const auto order = std::from_chars(text.data(), end, fence.order);
  if (order.ec != std::errc() || order.ptr == end || *order.ptr != ' ') return {};
  const auto asked_at = std::from_chars(order.ptr + 1, end, fence.asked_at_us);
  return asked_at.ec == std::errc() ? fence : WantFence{};
}

Result<void> check_fence(const TableRequest& request, const WantFence& fence) {
  const bool is_late =
      request.order > 0 && request.order < fence.order && request.asked_at_us < fence.asked_at_us;
  if (!is_late) return {};
  return fail(Errc::conflict, Code::newer_want_carried,
              "The tables of " + request.table_name + " were worked on by want " +
                  std::to_string(fence.order) + " already, and this is want " +
                  std::to_string(request.order) + ": it comes too late.");
}

std::optional<WantFence> raised(const TableRequest& request, const WantFence& fence) {
  if (request.order == 0 || request.asked_at_us < fence.asked_at_us) return std::nullopt;
  if (request.order == fence.order && request.asked_at_us == fence.asked_at_us) return std::nullopt;
  return WantFence{request.order, request.asked_at_us};
}

}  // namespace sluice::lakehouse
