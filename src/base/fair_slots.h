#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace sluice {

/// A bounded number of places that owners share. Who finds none waits in turn, in the order of his
/// own coming; a place that comes free goes to the owner who holds fewest, and among such to the
/// one who has had nothing for longest. Waiting holds no thread: a Ticket tells when its turn has
/// come. Safe for concurrent use; outlives its places and tickets.
class FairSlots {
 public:
  struct Limits {
    std::size_t places = 1;
    std::size_t owner_max = 1;          ///< Places of one owner.
    std::size_t reserve = 0;            ///< The last places: only for owners that hold none.
    std::size_t waiting_max = 0;        ///< Who wait, of all owners together.
    std::size_t owner_waiting_max = 0;  ///< Who wait, of one owner.
  };

  /// A place that is held, given back in the end. May be empty.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) noexcept;
    ~Place() { give_back(); }
    explicit operator bool() const { return slots_ != nullptr; }
    void give_back();

   private:
    friend class FairSlots;
    Place(FairSlots& slots, std::string owner) : slots_(&slots), owner_(std::move(owner)) {}
    FairSlots* slots_ = nullptr;
    std::string owner_;
  };

  /// A turn that is waited for. Its end gives up the turn, or the place that nobody took.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept = default;
    Ticket& operator=(Ticket&& other) = delete;
    ~Ticket();
    /// The place, once; empty as long as the turn has not come.
    Place take();
    /// Blocks this thread until the turn comes; empty after the deadline or the stop.
    Place wait(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop = {});

   private:
    friend class FairSlots;
    struct Waiter;
    Ticket(FairSlots& slots, std::shared_ptr<Waiter> waiter);
    FairSlots* slots_;
    std::shared_ptr<Waiter> waiter_;
  };

  explicit FairSlots(Limits limits) : limits_(limits), free_(limits.places) {}
  FairSlots(const FairSlots&) = delete;
  FairSlots& operator=(const FairSlots&) = delete;

  /// A place where one is there for this owner now; passes by nobody who could have had it.
  Place try_take(const std::string& owner);
  /// A turn; nothing where too many wait already. `on_turn` is called once when the turn has come,
  /// perhaps before this returns and by any thread that gives a place back: it must be quick.
  std::optional<Ticket> ask(const std::string& owner, std::function<void()> on_turn = {});
  /// Both, on a thread that may block. Empty: too many wait, it is too late, or it was stopped.
  Place wait(const std::string& owner, std::chrono::steady_clock::time_point deadline,
             const std::stop_token& stop = {});

  const Limits& limits() const { return limits_; }
  std::size_t held() const;
  std::size_t waiting() const;

 private:
  struct Owner {
    std::size_t held = 0;
    std::uint64_t served = 0;  ///< When its last place came or went, or it came itself.
    std::deque<std::shared_ptr<Ticket::Waiter>> waiting = {};
  };
  using Turns = std::deque<std::shared_ptr<Ticket::Waiter>>;

  Owner& owner_of(const std::string& name);
  bool may_take(const Owner& owner) const;
  void give(Owner& owner);
  Turns hand_out();
  void forget_if_idle(const std::string& name);
  void release(const std::string& name);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable_any turned_;   ///< For those who wait on a thread.
  std::map<std::string, Owner> owners_;  ///< Those who hold or wait.
  std::size_t free_;
  std::size_t waiting_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace sluice
