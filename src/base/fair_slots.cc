#include "base/fair_slots.h"

#include <algorithm>
#include <utility>

namespace sluice {

/// Guarded by the slots' lock, but for what never changes.
struct FairSlots::Ticket::Waiter {
  const std::string owner;
  const std::function<void()> on_turn;
  bool has_turn = false;
  bool is_taken = false;
};

FairSlots::Place::Place(Place&& other) noexcept
    : slots_(std::exchange(other.slots_, nullptr)), owner_(std::move(other.owner_)) {}

FairSlots::Place& FairSlots::Place::operator=(Place&& other) noexcept {
  if (this != &other) {
    give_back();
    slots_ = std::exchange(other.slots_, nullptr);
    owner_ = std::move(other.owner_);
  }
  return *this;
}

void FairSlots::Place::give_back() {
  if (FairSlots* slots = std::exchange(slots_, nullptr)) slots->release(owner_);
}

FairSlots::Ticket::Ticket(FairSlots& slots, std::shared_ptr<Waiter> waiter)
    : slots_(&slots), waiter_(std::move(waiter)) {}

FairSlots::Ticket::~Ticket() {
  if (!waiter_) return;
  std::unique_lock lock(slots_->mutex_);
  if (waiter_->is_taken) return;
  if (waiter_->has_turn) {
    lock.unlock();
    slots_->release(waiter_->owner);
    return;
  }
  Owner& owner = slots_->owners_.at(waiter_->owner);
  owner.waiting.erase(std::find(owner.waiting.begin(), owner.waiting.end(), waiter_));
  --slots_->waiting_;
  slots_->forget_if_idle(waiter_->owner);
}

FairSlots::Place FairSlots::Ticket::take() {
  const std::lock_guard lock(slots_->mutex_);
  if (!waiter_->has_turn || std::exchange(waiter_->is_taken, true)) return {};
  return {*slots_, waiter_->owner};
}

FairSlots::Place FairSlots::Ticket::wait(std::chrono::steady_clock::time_point deadline,
                                         const std::stop_token& stop) {
  {
    std::unique_lock lock(slots_->mutex_);
    slots_->turned_.wait_until(lock, stop, deadline, [this] { return waiter_->has_turn; });
  }
  return take();
}

/// Who comes anew stands behind those who are here, or coming and going would be a way to the
/// front.
FairSlots::Owner& FairSlots::owner_of(const std::string& name) {
  const auto [owner, is_new] = owners_.try_emplace(name);
  if (is_new) owner->second.served = ++count_;
  return owner->second;
}

bool FairSlots::may_take(const Owner& owner) const {
  if (free_ == 0) return false;
  return owner.held == 0 || (owner.held < limits_.owner_max && free_ > limits_.reserve);
}

void FairSlots::give(Owner& owner) {
  ++owner.held;
  owner.served = ++count_;
  --free_;
}

FairSlots::Place FairSlots::try_take(const std::string& owner) {
  const std::lock_guard lock(mutex_);
  Owner& asking = owner_of(owner);
  // Whoever waits cannot have what is free; of the owner itself those come first.
  if (!asking.waiting.empty() || !may_take(asking)) {
    forget_if_idle(owner);
    return {};
  }
  give(asking);
  return {*this, owner};
}

std::optional<FairSlots::Ticket> FairSlots::ask(const std::string& owner,
                                                std::function<void()> on_turn) {
  auto waiter = std::make_shared<Ticket::Waiter>(Ticket::Waiter{owner, std::move(on_turn)});
  bool at_once = false;
  {
    const std::lock_guard lock(mutex_);
    Owner& asking = owner_of(owner);
    if (asking.waiting.empty() && may_take(asking)) {
      give(asking);
      waiter->has_turn = at_once = true;
    } else if (waiting_ < limits_.waiting_max &&
               asking.waiting.size() < limits_.owner_waiting_max) {
      asking.waiting.push_back(waiter);
      ++waiting_;
    } else {
      forget_if_idle(owner);
      return std::nullopt;
    }
  }
  if (at_once && waiter->on_turn) waiter->on_turn();
  return Ticket(*this, std::move(waiter));
}

FairSlots::Place FairSlots::wait(const std::string& owner,
                                 std::chrono::steady_clock::time_point deadline,
                                 const std::stop_token& stop) {
  std::optional<Ticket> ticket = ask(owner);
  return ticket ? ticket->wait(deadline, stop) : Place();
}

FairSlots::Turns FairSlots::hand_out() {
  Turns turns;
  while (free_ > 0) {
    Owner* next = nullptr;
    for (auto& [name, owner] : owners_) {
      if (owner.waiting.empty() || !may_take(owner)) continue;
      if (next == nullptr || owner.held < next->held ||
          (owner.held == next->held && owner.served < next->served)) {
        next = &owner;
      }
    }
    if (next == nullptr) break;
    give(*next);
    turns.push_back(std::move(next->waiting.front()));
    next->waiting.pop_front();
    --waiting_;
    turns.back()->has_turn = true;
  }
  return turns;
}

void FairSlots::forget_if_idle(const std::string& name) {
  const auto owner = owners_.find(name);
  if (owner != owners_.end() && owner->second.held == 0 && owner->second.waiting.empty()) {
    owners_.erase(owner);
  }
}

void FairSlots::release(const std::string& name) {
  Turns turns;
  {
    const std::lock_guard lock(mutex_);
    Owner& owner = owners_.at(name);
    --owner.held;
    owner.served = ++count_;
    ++free_;
    turns = hand_out();
    forget_if_idle(name);
  }
  if (turns.empty()) return;
  turned_.notify_all();
  for (const auto& waiter : turns) {
    if (waiter->on_turn) waiter->on_turn();
  }
}

std::size_t FairSlots::held() const {
  const std::lock_guard lock(mutex_);
  return limits_.places - free_;
}

std::size_t FairSlots::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

}  // namespace sluice
