#include "intake/eager_conversion.h"

#include <utility>

namespace sluice::intake {
namespace {

/// Smaller ones are received in the time that a conversion takes to begin.
constexpr std::uint64_t announced_bytes_min = 16 << 20;
/// A client slower than this over a step holds up others: 2 MB/s.
constexpr std::uint64_t step_bytes = 16 << 20;
constexpr std::chrono::seconds step_max{8};

}  // namespace

std::unique_ptr<EagerConversion> EagerConversion::begin(Context& context, Source source,
                                                        const TenantId& tenant,
                                                        std::uint64_t announced_bytes) {
  if (announced_bytes < announced_bytes_min) return nullptr;
  FairSlots::Place place = context.ingest_slots.try_take(tenant.value);
  if (!place || context.ingest_slots.held() == ingest_places.places) return nullptr;
  return std::unique_ptr<EagerConversion>(
      new EagerConversion(context, std::move(source), std::move(place)));
}

EagerConversion::EagerConversion(Context& context, Source source, FairSlots::Place place)
    : arrival_(std::make_shared<ingest::Arrival>()),
      place_(std::move(place)),
      step_began_(std::chrono::steady_clock::now()) {
  source.request.arrival = arrival_;
  source.request.stop = stop_.get_token();
  thread_ = std::jthread([this, &context, source = std::move(source)] {
    try {
      result_.emplace(convert(context, source));
    } catch (...) {
      thrown_ = std::current_exception();
    }
    done_ = true;
  });
}

EagerConversion::~EagerConversion() { stop_.request_stop(); }

void EagerConversion::reached(std::uint64_t bytes) {
  arrival_->reached(bytes);
  if (abandoned_) return;
  // It failed before the last byte, which does not need the place.
  if (done_) return place_.give_back();
  const auto now = std::chrono::steady_clock::now();
  if (now - step_began_ > step_max) return abandon();
  if (bytes - step_from_ < step_bytes) return;
  step_from_ = bytes;
  step_began_ = now;
}

void EagerConversion::abandon() {
  if (std::exchange(abandoned_, true)) return;
  stop_.request_stop();
  thread_.join();
  place_.give_back();
}

std::optional<Result<Converted>> EagerConversion::finish() {
  if (abandoned_) return std::nullopt;
  arrival_->complete();
  thread_.join();
  place_.give_back();
  abandoned_ = true;
  if (thrown_) std::rethrow_exception(thrown_);
  return std::move(result_);
}

}  // namespace sluice::intake
